"""What moves come to in sums: the one place that says what is counted as what."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from django.utils import timezone

from degreetrack.accounts.models import User
from degreetrack.applications.lifecycle import State
from degreetrack.applications.models import Application
from degreetrack.aside.services import Trying
from degreetrack.catalogue.models import ObjectionReason
from degreetrack.journal.moves import Told
from degreetrack.oversight.rollup_models import EVERYWHERE
from degreetrack.oversight.stages import monday, rounded_up

# Taken over in one of these, an application was objected to where it came from.
OBJECTED_BEFORE = (State.OBJECTED, State.RETURNED, State.ANSWERED)


class Case(NamedTuple):
    """What a move is counted under, as the application stands when it is counted."""

    office: str
    kind: str
    urgent: bool
    region: str


class Tally:
    """Sums over some moves, by the keys of the models' constraints."""

    def __init__(self) -> None:
        self.moves: Counter[tuple] = Counter()
        self.unobjected: Counter[tuple] = Counter()
        self.stays: Counter[tuple] = Counter()
        self.objections: Counter[tuple] = Counter()
        self._reasons = set(ObjectionReason.objects.values_list("pk", flat=True))
        self._sections = dict(User.objects.exclude(section=None).values_list("pk", "section_id"))

    @classmethod
    def of(cls, histories: list[list[Told]], *, after: int, trying: Trying) -> "Tally":
        """Sum up the moves after an entry; those before it only tell what came before.

        A file whose history cannot be read is left out, and set aside.
        """
        tally, resting = cls(), trying.resting
        cases = cases_of(history[0].stream for history in histories)
        for history in histories:
            stream = history[0].stream
            case = cases.get(stream)
            if case and stream not in resting:
                try:
                    tally._take(history, case, after=after)
                except Exception as fault:
                    # What it left in the sums goes with them: all but this one are summed up again.
                    trying.note(stream, fault)
                    return cls.of(histories, after=after, trying=trying)
        return tally

    def _take(self, history: list[Told], case: Case, *, after: int) -> None:
        state, since, objected = "", None, False
        for move in history:
            again, to = objected, move.after["state"]
            objected |= move.verb == "object" or (move.verb == "adopt" and to in OBJECTED_BEFORE)
            if move.pk > after:
                self._count(move, case, state=state, since=since, unobjected=not objected)
                if move.verb == "object":
                    self._count_objections(move, case, again=again)
            # More time for an answer is a move within a stage: the stay goes on.
            if to != state:
                # What was taken over had been under way elsewhere: how long is not ours to say.
                state, since = to, None if move.verb == "adopt" else move.at

    def _count(self, move: Told, case: Case, *, state: str, since: datetime | None, unobjected: bool) -> None:
        day, to = timezone.localdate(move.at), move.after["state"]
        week = monday(day)
        days = max(0, (day - timezone.localdate(since)).days) if since else 0
        for office in (case.office, EVERYWHERE):
            key = (office, week, day, move.verb, state, to, case.kind, case.urgent)
            self.moves[key] += 1
            self.unobjected[key] += unobjected
            if since and to != state:
                self.stays[office, week, state, case.kind, case.urgent, rounded_up(days)] += 1

    def _count_objections(self, move: Told, case: Case, *, again: bool) -> None:
        week = monday(timezone.localdate(move.at))
        section = self._sections.get(move.actor_id, "") if move.actor_id else ""
        for told in move.after.get("objections", []):
            reason = told if told in self._reasons else ""
            for office in (case.office, EVERYWHERE):
                for dimension, value in (("reason", reason), ("region", case.region)):
                    self.objections[office, week, section, dimension, value, case.kind, again] += 1


def cases_of(streams: Iterable[str]) -> dict[str, Case]:
    """What the moves of these streams are counted under; nothing for a stream without an application."""
    numbers = {int(stream.partition("/")[2]): stream for stream in streams}
    region = "result__student__region_id"
    rows = Application.objects.filter(pk__in=numbers).values_list("pk", "office", "kind", "urgent", region)
    return {numbers[pk]: Case(*rest) for pk, *rest in rows}
