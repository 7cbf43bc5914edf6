"""What cases took, and what that makes of one."""

import threading
from datetime import UTC, date, datetime, timedelta
from itertools import count

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from degreetrack.accounts.models import Actor
from degreetrack.applications import forecasts
from degreetrack.applications.forecasts import Expected, Stay, expected, refresh_daily, refresh_forecasts
from degreetrack.applications.lifecycle import State
from degreetrack.applications.models import Application, Forecast, ForecastDay
from degreetrack.catalogue.models import Holiday
from degreetrack.journal.services import record

pytestmark = pytest.mark.django_db
CLERK = Actor("a clerk")
NOW = datetime(2026, 6, 15, 9, tzinfo=UTC)
S = State
numbers = count(1)


@pytest.fixture
def lived(a_result):
    """Make a case of which each move was so many days ago: [(days, state), ...]."""
    result = a_result()

    def make(*moves: tuple[int, State], verb: str = "move", kind: str = "PC", urgent: bool = False):
        first, last = moves[0][0], moves[-1]
        case = Application.objects.create(
            tracking_id=f"T{next(numbers)}",
            result=result,
            kind=kind,
            urgent=urgent,
            route="register",
            state=last[1],
            state_since=NOW - timedelta(days=last[0]),
            received_at=NOW - timedelta(days=first),
        )
        for days, state in moves:
            record(case.stream, verb, by=CLERK, after={"state": state}, at=NOW - timedelta(days=days))
        return case

    return make


def _known() -> list[tuple]:
    rows = Forecast.objects.order_by("kind", "urgent", "state")
    return [(row.kind, row.urgent, row.state, row.cases, row.early, row.late) for row in rows]


def test_the_stays_of_a_case_are_read_from_its_moves():
    day = [NOW + timedelta(days=n) for n in range(8)]
    moves = [
        S.RECEIVED,
        S.OBJECTED,
        S.ANSWERED,
        S.VERIFIED,
        S.RECEIVED,
        S.SIGNED,
        S.DISPATCHED,
        S.UNDELIVERED,
    ]

    found = list(forecasts.stays_of(zip(day, moves, strict=True)))

    done = day[6].date()
    assert found == [
        Stay(state, day[n].date(), done, True)
        for n, state in [(5, S.SIGNED), (4, S.RECEIVED), (3, S.VERIFIED), (2, S.ANSWERED), (0, S.RECEIVED)]
    ]


@pytest.mark.parametrize("end", [S.REJECTED, S.WITHDRAWN, S.RETURNED])
def test_what_ends_otherwise_was_not_done(end):
    moves = [(NOW, S.RECEIVED), (NOW + timedelta(days=3), end), (NOW + timedelta(days=9), S.ANSWERED)]

    assert list(forecasts.stays_of(moves)) == [
        Stay(S.ANSWERED, date(2026, 6, 24), None, False),
        Stay(S.RECEIVED, date(2026, 6, 15), date(2026, 6, 18), False),
    ]


def test_half_and_eighty_five_of_a_hundred_by_kind_urgency_and_stage(lived):
    for days in range(1, 21):
        # All began on one day, so that none weighs more than another.
        lived((40, S.RECEIVED), (40 - days, S.DISPATCHED))
        lived((40, S.RECEIVED), (38, S.SIGNED), (38 - days, S.DELIVERED), urgent=True)

    assert refresh_forecasts(at=NOW) == 3
    assert _known() == [
        ("PC", False, "received", 20, 10, 17),
        ("PC", True, "received", 20, 12, 19),
        ("PC", True, "signed", 20, 10, 17),
    ]
    assert forecasts.usual("PC", urgent=True) == (12, 19)
    assert forecasts.usual("DEGREE", urgent=False) is None


def test_fewer_than_twenty_cases_tell_nothing(lived):
    for _ in range(19):
        lived((9, S.SIGNED), (5, S.DISPATCHED))

    assert (refresh_forecasts(at=NOW), _known()) == (0, [])
    lived((9, S.SIGNED), (5, S.DISPATCHED))
    assert (refresh_forecasts(at=NOW), _known()) == (1, [("PC", False, "signed", 20, 4, 4)])


def test_those_still_waiting_are_not_forgotten(lived):
    for days in [*[2] * 20, *[8] * 20]:
        lived((30, S.SIGNED), (30 - days, S.DISPATCHED))
    for _ in range(60):
        lived((30, S.SIGNED))

    refresh_forecasts(at=NOW)

    # Only 40 of 100 are done after 29 days: of neither half nor 85 is the day known.
    assert _known() == []


def test_what_is_not_done_by_today_is_counted_as_waiting_and_today_is_not_over(lived):
    for days in [*[4] * 21, *[10] * 4]:
        lived((10, S.SIGNED), (10 - days, S.DISPATCHED))

    refresh_forecasts(at=NOW)

    assert _known() == []
    refresh_forecasts(at=NOW + timedelta(days=1))
    assert _known() == [("PC", False, "signed", 25, 4, 10)]


def test_what_ended_before_the_window_or_began_a_year_ago_is_not_counted(lived):
    for _ in range(20):
        lived((120, S.SIGNED), (95, S.DISPATCHED))
        lived((400, S.APPROVED), (20, S.DISPATCHED))
        lived((100, S.PRINTED), (85, S.DISPATCHED))

    refresh_forecasts(at=NOW)

    assert _known() == [("PC", False, "printed", 20, 15, 15)]


def test_what_began_of_late_weighs_more(lived):
    for _ in range(30):
        lived((72, S.SIGNED), (70, S.DISPATCHED))
        lived((16, S.SIGNED), (6, S.DISPATCHED))

    refresh_forecasts(at=NOW)

    # More than two half-lives lie between: what began first weighs less than a sixth of what began last.
    assert _known() == [("PC", False, "signed", 60, 10, 10)]


def test_what_was_taken_over_from_the_old_register_is_no_measure(lived):
    for _ in range(20):
        lived((30, S.RECEIVED), verb="adopt")
        lived((30, S.PRINTED), (25, S.DISPATCHED), verb="adopt")

    assert refresh_forecasts(at=NOW) == 0


def test_a_journal_without_its_case_and_other_streams_are_passed_over(lived):
    for number in range(20):
        for days, state in ((9, S.SIGNED), (5, S.DISPATCHED)):
            at = NOW - timedelta(days=days)
            record(f"application/{900 + number}", "move", by=CLERK, after={"state": state}, at=at)
            record(f"student/{900 + number}", "move", by=CLERK, after={"state": state}, at=at)

    assert refresh_forecasts(at=NOW) == 0


def test_a_refresh_replaces_all_in_few_statements(lived):
    for _ in range(20):
        lived((9, S.SIGNED), (5, S.DISPATCHED))
    Forecast.objects.create(kind="DMC", urgent=False, state="signed", cases=99, early=1, late=2)

    with CaptureQueriesContext(connection) as told:
        refresh_forecasts(at=NOW)

    assert _known() == [("PC", False, "signed", 20, 4, 4)]
    reading = [one["sql"] for one in told if one["sql"].startswith("SELECT")]
    assert len([sql for sql in reading if "applications_application" in sql]) == 1


def test_once_a_day_and_by_one_worker(lived):
    for _ in range(20):
        lived((9, S.SIGNED), (5, S.DISPATCHED))

    assert [refresh_daily(at=NOW), refresh_daily(at=NOW + timedelta(hours=1))] == [1, 0]
    assert refresh_daily(at=NOW + timedelta(days=1)) == 1
    assert list(ForecastDay.objects.values_list("day", "done")) == [(date(2026, 6, 16), True)]


def test_a_claim_that_ran_out_is_taken_up_again(aiou):
    ForecastDay.objects.create(day=date(2026, 6, 15), leased_until=NOW + timedelta(minutes=5))

    refresh_daily(at=NOW)
    assert not ForecastDay.objects.get().done
    refresh_daily(at=NOW + timedelta(minutes=6))
    assert ForecastDay.objects.get().done


@pytest.mark.django_db(transaction=True)
def test_the_worker_makes_them(aiou):
    call_command("worker", "--once")

    assert ForecastDay.objects.get().done


@pytest.mark.django_db(transaction=True)
def test_of_several_workers_at_once_one_makes_them(lived):
    for _ in range(20):
        lived((9, S.SIGNED), (5, S.DISPATCHED))
    start = threading.Barrier(4)
    made: list[int] = []

    def work() -> None:
        start.wait()
        try:
            made.append(refresh_daily(at=NOW))
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(made) == [0, 0, 0, 1]
    assert _known() == [("PC", False, "signed", 20, 4, 4)]


@pytest.fixture
def told(aiou):
    """What is expected of a case that came to printing on Monday 1 June 2026."""
    Forecast.objects.create(kind="PC", urgent=False, state="printed", cases=50, early=4, late=11)
    case = Application(
        kind="PC", urgent=False, state=S.PRINTED, state_since=datetime(2026, 6, 1, 9, tzinfo=UTC)
    )

    def on(day: int) -> Expected | None:
        return expected(case, at=datetime(2026, 6, day, 9, tzinfo=UTC))

    return on


def test_days_count_from_the_stage_and_end_on_a_working_day(told):
    assert told(1) == Expected(date(2026, 6, 5), date(2026, 6, 12), date(2026, 6, 13))
    Holiday.objects.create(day=date(2026, 6, 5), name_en="x", name_ur="x")
    Holiday.objects.create(day=date(2026, 6, 12), name_en="x", name_ur="x")
    assert told(1) == Expected(date(2026, 6, 8), date(2026, 6, 15), date(2026, 6, 16))


def test_what_is_past_is_not_promised(told):
    assert told(5) == Expected(date(2026, 6, 5), date(2026, 6, 12), date(2026, 6, 13))
    # Saturday: the rest begins on Monday.
    assert told(6) == Expected(date(2026, 6, 8), date(2026, 6, 12), date(2026, 6, 13))
    assert told(12) == Expected(date(2026, 6, 12), date(2026, 6, 12), date(2026, 6, 13))
    assert told(13) == Expected(None, None, date(2026, 6, 13))
    assert told(30) == Expected(None, None, date(2026, 6, 13))


@pytest.mark.parametrize("state", [S.OBJECTED, S.RETURNED, S.UNDELIVERED, S.DISPATCHED, S.SIGNED])
def test_where_nothing_is_known_nothing_is_told(state, told):
    case = Application(kind="PC", urgent=False, state=state, state_since=NOW)

    assert expected(case, at=NOW) is None
