"""An application as the public may see it: the least that helps whoever holds the number."""

from functools import cached_property
from typing import Any

from django.utils import timezone

from degreetrack.applications import custody, queries
from degreetrack.applications.clocks import Clocks, clocks
from degreetrack.applications.forecasts import Expected, expected
from degreetrack.applications.lifecycle import ENDED, GROUPS, WAITS_ON_APPLICANT, Group, State
from degreetrack.applications.models import Application, Objection
from degreetrack.applications.queries import Step, status_of
from degreetrack.catalogue.models import Issue, Kind
from degreetrack.journal.services import timeline


def masked_name(name: str) -> str:
    """The first letter of each word, so that its owner knows it and a stranger does not learn it."""
    return " ".join(word[0] + "•" * 5 for word in name.split())


class PublicStatus:
    """What a status page shows; `whole` to the holder of the tracking ID, less by roll number."""

    def __init__(self, application: Application, *, whole: bool, elsewhere: bool = False) -> None:
        self.application = application
        self.whole = whole
        self.elsewhere = elsewhere
        self.state = State(application.state)
        self.incomplete = GROUPS[self.state] in (Group.INCOMPLETE, Group.RETURNED)
        self.now = timezone.now()

    @property
    def name(self) -> str:
        """The applicant's name, masked."""
        return masked_name(self.application.result.student.name)

    @property
    def kind(self) -> str:
        """What was applied for."""
        return str(Kind(self.application.kind).label)

    @property
    def issue(self) -> str:
        """Original, duplicate or corrected."""
        return str(Issue(self.application.issue).label)

    @property
    def programme(self) -> str:
        """The programme's title."""
        return self.application.result.programme.title

    @property
    def waits_on_you(self) -> bool:
        """Whether the applicant must act."""
        return self.state in WAITS_ON_APPLICANT

    @property
    def too_late(self) -> bool:
        """Whether the time to answer or revive is over."""
        limit_on = self.application.limit_on
        return limit_on is not None and limit_on < timezone.localdate()

    @property
    def standing(self) -> str:
        """Who has to act now: you, the university or the courier; else done or shut."""
        if self.waits_on_you:
            return "you"
        if self.state in (State.DISPATCHED, State.DELIVERED):
            return "courier" if self.state is State.DISPATCHED else "done"
        return "shut" if GROUPS[self.state] is Group.CLOSED else "university"

    @cached_property
    def _entries(self) -> list[Any]:
        """Its journal, read once for the steps and the clocks."""
        return timeline(self.application.stream)

    @cached_property
    def trail(self) -> list[custody.Stop]:
        """Where the paper file has been, newest last; only for the owner and whoever has the tracking ID."""
        if not self.whole or self.state in ENDED:
            return []
        return custody.trail(self._entries, now=self.now)

    @property
    def steps(self) -> list[Step]:
        """The way from receipt to delivery."""
        return status_of(self.application, self._entries)

    @property
    def clocks(self) -> Clocks:
        """The days with the university and with the applicant."""
        return clocks(self.application, self._entries, at=self.now)

    @cached_property
    def ahead(self) -> int | None:
        """How many cases stand before this one at its desk; None where they are too many to count."""
        return queries.ahead(self.application)

    @cached_property
    def expected(self) -> Expected | None:
        """Between which days it is to be done, where that is known."""
        return expected(self.application, at=self.now)

    @property
    def overdue(self) -> bool:
        """Whether it is time to enquire."""
        return self.expected is not None and self.expected.early is None

    @property
    def objections(self) -> list[Objection]:
        """What has to be cured; nothing once the answer is in."""
        if self.state not in (State.OBJECTED, State.RETURNED):
            return []
        return list(self.application.objections.filter(cleared_at=None))
