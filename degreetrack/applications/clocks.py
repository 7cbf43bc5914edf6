"""Two clocks: how long a case has been with the university, and how long with the applicant."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple, Protocol

from degreetrack.applications.lifecycle import ENDED, WAITS_ON_APPLICANT, State

# While a parcel is under way, and once all is over, no clock runs.
_NOBODYS = frozenset({State.DISPATCHED, *ENDED})


class Told(Protocol):
    """What the clocks read of an entry of the journal."""

    @property
    def at(self) -> datetime: ...
    @property
    def data(self) -> dict[str, Any]: ...


class Received(Protocol):
    """What the clocks read of an application."""

    @property
    def received_at(self) -> datetime: ...


class Clocks(NamedTuple):
    """Whole days since receipt; those with the courier and after the end are nobody's."""

    university_days: int
    applicant_days: int


def clocks(application: Received, entries: Sequence[Told], *, at: datetime) -> Clocks:
    """Both clocks of a case at a moment, from the entries of its journal, oldest first."""
    university = applicant = timedelta()
    # Of the time before the first entry, as in the old register, the university had the case.
    state: str = State.RECEIVED
    since = application.received_at
    moves = [(entry.at, entry.data["after"]["state"]) for entry in entries if "state" in entry.data["after"]]
    for moment, following in [*moves, (at, state)]:
        until = moment if moment < at else at
        if until > since:
            if state in WAITS_ON_APPLICANT:
                applicant += until - since
            elif state not in _NOBODYS:
                university += until - since
        if moment > since:
            since = moment
        state = following
    return Clocks(university.days, applicant.days)
