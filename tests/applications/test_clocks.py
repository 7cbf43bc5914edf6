from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from degreetrack.applications.clocks import Clocks, clocks
from degreetrack.applications.lifecycle import State
from degreetrack.applications.models import Application
from degreetrack.journal.services import timeline

RECEIVED = datetime(2026, 3, 2, 9, tzinfo=UTC)
CASE = Application(received_at=RECEIVED)


@dataclass
class Line:
    """An entry of the journal, as much as the clocks read."""

    at: datetime
    data: dict = field(default_factory=dict)


def _day(days: float) -> datetime:
    return RECEIVED + timedelta(days=days)


def _told(*moves: tuple[float, State | None]) -> list[Line]:
    return [Line(_day(day), {"after": {"state": state} if state else {}}) for day, state in moves]


WHOLE = _told(
    (0, State.RECEIVED),
    (4, State.OBJECTED),
    (9.5, State.ANSWERED),
    (10, None),
    (12, State.VERIFIED),
    (20, State.SIGNED),
    (21, State.DISPATCHED),
    (25, State.UNDELIVERED),
    (27, State.DISPATCHED),
    (30, State.DELIVERED),
)


@pytest.mark.parametrize(
    ("day", "university", "applicant"),
    [
        (0, 0, 0),
        (0.9, 0, 0),
        (3.5, 3, 0),
        (8, 4, 4),
        (12, 6, 5),
        (21, 15, 5),
        (24, 15, 5),
        (26, 15, 6),
        (29, 15, 7),
        (90, 15, 7),
    ],
)
def test_each_day_is_with_one_of_the_two_or_with_the_courier(day, university, applicant):
    told = [line for line in WHOLE if line.at <= _day(day)]

    assert clocks(CASE, told, at=_day(day)) == Clocks(university, applicant)


@pytest.mark.parametrize("state", [State.REJECTED, State.WITHDRAWN])
def test_the_end_stops_both(state):
    told = _told((0, State.RECEIVED), (2, State.OBJECTED), (5, State.ANSWERED), (6, state))

    assert clocks(CASE, told, at=_day(300)) == Clocks(3, 3)


def test_a_returned_case_waits_on_the_applicant():
    told = _told((0, State.RECEIVED), (1, State.OBJECTED), (31, State.RETURNED))

    assert clocks(CASE, told, at=_day(50)) == Clocks(1, 49)


def test_the_university_had_what_was_taken_over_before_its_first_entry():
    assert clocks(CASE, _told((30, State.OBJECTED)), at=_day(40)) == Clocks(30, 10)


@pytest.mark.django_db
def test_they_are_read_from_the_real_journal(in_state):
    application = in_state(State.OBJECTED)

    later = application.state_since + timedelta(days=3, hours=1)

    assert clocks(application, timeline(application.stream), at=later) == Clocks(0, 3)
