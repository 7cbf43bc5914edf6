"""Many files moved together: checked one by one, written all at once."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from degreetrack.accounts.models import User
from degreetrack.applications import holds, news, queries, services, targets, writing
from degreetrack.applications.effects import HANDLERS_OF_MANY, Step
from degreetrack.applications.lifecycle import Move
from degreetrack.applications.models import Application
from degreetrack.journal.services import Line, record_many
from degreetrack.kit.refusals import Refused


@dataclass(frozen=True)
class Outcome:
    """What became of each file: moved, or refused with its reason; what somebody has locked is in neither."""

    moved: list[int]
    refused: dict[int, str]


def move_many(
    pks: Iterable[int], line: Move, *, by: User, reason: str, at: datetime, also: dict[str, Any]
) -> Outcome:
    """Make one move of many files in one transaction, each checked as if it were moved alone.

    What another transaction holds just now is left for later. No statement is per file; `also` goes
    into the journal's entry of each.
    """
    step = Step(by=by, at=at, reason=reason, facts={})
    with transaction.atomic():
        asked = set(pks)
        found = _locked(asked, line, by)
        hands = {pk: hold for pk, hold in holds.holders(found, at=at).items() if hold.user_id != by.pk}
        moving: list[Application] = []
        refused: dict[int, str] = {}
        for pk, application in found.items():
            try:
                services.check(line, application, step, held=hands.get(pk))
            except Refused as refusal:
                refused[pk] = str(refusal)
            else:
                moving.append(application)
        if missing := asked - found.keys():
            busy = queries.visible_to(by).filter(pk__in=missing).values_list("pk", flat=True)
            refused |= dict.fromkeys(missing.difference(busy), queries.not_yours())
        if moving:
            _make(line, moving, step, also)
    return Outcome([row.pk for row in moving], refused)


def _locked(pks: set[int], line: Move, by: User) -> dict[int, Application]:
    """Those that this person may see and that no other transaction holds."""
    skip = connection.features.has_select_for_update_skip_locked
    rows = queries.visible_to(by).select_for_update(of=("self",), skip_locked=skip).filter(pk__in=pks)
    if line.tells:
        # Whom the notices go to; a move that tells nobody is spared the joins.
        rows = rows.select_related("result__student", "result__programme")
    return {row.pk: row for row in rows.order_by("pk")}


def _make(line: Move, applications: Sequence[Application], step: Step, also: dict[str, Any]) -> None:
    before = [vars(row).copy() for row in applications]
    for effect in line.effects:
        HANDLERS_OF_MANY[effect](applications, step)
    table = targets.timetable()
    for row in applications:
        services.change(line, row, step, by=table)
    holds.release(applications)
    writing.write(applications, before)
    after = {"state": line.to, **also}
    said = [
        Line(row.stream, line.verb, after, {"state": old["state"]}, step.reason, step.by)
        for row, old in zip(applications, before, strict=True)
    ]
    if line.tells:
        news.tell_many(applications, line, reason=step.reason, at=step.at, first=said)
    else:
        record_many(said, by=step.by, at=step.at)
