"""What is read from the sums: against what really happened, and by whom it may be seen."""

from collections import Counter
from datetime import date, timedelta

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from degreetrack.accounts.models import Right, Role, Section
from degreetrack.applications import services
from degreetrack.applications.lifecycle import State
from degreetrack.applications.models import Application
from degreetrack.journal.services import seal_new, timeline
from degreetrack.kit.refusals import Refused
from degreetrack.oversight import figures
from degreetrack.oversight.clearing import Clearing, clearing
from degreetrack.oversight.figures import Flow, within
from degreetrack.oversight.open_figures import told
from degreetrack.oversight.panels import page
from degreetrack.oversight.rollups import refresh_figures
from degreetrack.oversight.scopes import ALL_STAGES, Scope, scope_of
from degreetrack.oversight.stages import DAYS, LONGER, rounded_up

MONDAY = date(2026, 11, 23)
SUNDAYS = [6]


@pytest.fixture
def clerks(heads):
    """Everybody heads their section: files are objected to again and again."""
    return heads


@given(st.lists(st.integers(0, 900), min_size=1, max_size=80), st.sampled_from([50, 90]))
def test_half_and_nine_of_ten_are_within_the_days_told_and_not_within_fewer(stays, share):
    days = within(Counter(rounded_up(stay) for stay in stays), share)

    def share_within(most: int) -> float:
        return 100 * sum(stay <= most for stay in stays) / len(stays)

    assert share_within(days) >= share
    shorter = [edge for edge in (*DAYS, LONGER) if edge < days]
    assert not shorter or share_within(shorter[-1]) < share


def test_of_nothing_no_days_are_told():
    assert within(Counter(), 50) is None


def _flow(came: int, left: int, *, rest: int = 0) -> Flow:
    """So many on each working day of the four weeks before, and `rest` leaving on each Sunday."""
    flow = Flow()
    for place in range(1, 29):
        day = MONDAY - timedelta(days=place)
        sunday = day.weekday() == 6
        flow.came[day] = 0 if sunday else came
        flow.left[day] = rest if sunday else left
    return flow


def _clearing(waiting: int, flow: Flow) -> Clearing:
    return clearing(waiting, flow, today=MONDAY, holidays=(), weekend=SUNDAYS)


def test_at_an_even_pace_the_days_are_the_backlog_by_what_is_gained():
    assert _clearing(50, _flow(5, 10)) == Clearing(50, 5, 10, (5, 5), (10, 10), -30)


def test_a_growing_backlog_does_not_clear_and_says_by_how_much_it_grows():
    assert _clearing(50, _flow(12, 10)) == Clearing(50, 12, 10, (5, 5), None, 12)


def test_what_is_done_on_a_day_of_rest_counts_to_the_working_day_after():
    found = _clearing(50, _flow(5, 5, rest=6))

    assert (found.came, found.left, found.growth) == (5, 6, -6)


def test_an_uneven_pace_gives_a_range_and_a_late_end_that_may_never_be():
    uneven = _flow(5, 6)
    for place in (1, 3, 10, 17):
        uneven.left[MONDAY - timedelta(days=place)] += 40

    found = _clearing(100, uneven)

    assert found.through[0] < 100 / found.left < found.through[1]
    assert found.empty[0] < 100 / (found.left - found.came) < found.empty[1]
    hardly = _flow(5, 5)
    hardly.left[MONDAY - timedelta(days=5)] += 30
    assert _clearing(200, hardly).empty == (96, None)


def test_where_nothing_moved_nothing_is_foretold():
    assert _clearing(3, Flow()) == Clearing(3, 0, 0, None, None, 0)


@pytest.mark.django_db
def test_each_week_tells_what_came_what_was_done_and_what_was_right(wander):
    wander(60, since=timezone.now() - timedelta(days=120))
    seal_new()
    refresh_figures()
    scope = Scope(timezone.localdate(), weeks=13)

    weeks = figures.weeks(scope)

    assert len(weeks) == 14
    came, approved, clean = Counter(), Counter(), Counter()
    for application in Application.objects.all():
        objected = False
        for entry in timeline(application.stream):
            day = timezone.localdate(entry.at)
            week = day - timedelta(days=day.weekday())
            came[week] += entry.verb == "submit"
            objected |= entry.verb == "object" or entry.data["after"].get("state") == "objected"
            approved[week] += entry.verb == "approve"
            clean[week] += entry.verb == "approve" and not objected
    assert {week: one.came for week, one in weeks.items()} == {week: came[week] for week in weeks}
    assert {week: (one.approved, one.clean) for week, one in weeks.items()} == {
        week: (approved[week], clean[week]) for week in weeks
    }
    assert sum(approved.values()) > sum(clean.values()) > 0


@pytest.mark.django_db
def test_a_section_sees_what_came_into_and_left_its_stages(in_state):
    for state in (State.CHECKED, State.VERIFIED, State.APPROVED):
        in_state(state)
    seal_new()
    refresh_figures()
    scope = Scope(timezone.localdate(), weeks=4, stages=(State.CHECKED,), section="verification")

    this_week = list(figures.weeks(scope).values())[-1]

    assert (this_week.came, this_week.done) == (3, 2)


@pytest.mark.django_db
def test_repeats_are_told_from_first_objections(in_state, clerks):
    in_state(State.OBJECTED)
    again = in_state(State.ANSWERED)
    facts = {"objections": [("cnic-copy", None), ("fee-short", None)]}
    services.move(again.tracking_id, "object", by=clerks(Role.SCRUTINY), **facts)
    seal_new()
    refresh_figures()

    raised = figures.objections(Scope(timezone.localdate()))

    numbers = {code: (one.first, one.again) for code, one in raised["reason"].items()}
    assert numbers == {"": (2, 0), "cnic-copy": (0, 1), "fee-short": (0, 1)}
    assert {code: (one.first, one.again) for code, one in raised["region"].items()} == {"islamabad": (2, 2)}
    assert {code: one.share for code, one in raised["section"].items()} == {"only-scrutiny": 50}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("role", "more", "expected"),
    [
        (Role.CONTROLLER, {}, ("karachi", ALL_STAGES, "")),
        (Role.AUDITOR, {}, ("karachi", ALL_STAGES, "")),
        (Role.REGIONAL, {"office": "lahore"}, ("lahore", ALL_STAGES, "")),
        (
            Role.SCRUTINY,
            {"supervisor": True},
            ("karachi", (State.RECEIVED, State.ANSWERED), "only-scrutiny"),
        ),
        (Role.RECEIPT, {"supervisor": True}, ("karachi", (State.SIGNED,), "only-receipt")),
    ],
)
def test_each_sees_the_figures_of_their_own_work(role, more, expected, person):
    scope = scope_of(person(role, **more), today=MONDAY, office="karachi")

    assert (scope.office, scope.stages, scope.section) == expected


@pytest.mark.django_db
def test_clerks_and_supervisors_without_a_stage_see_none(person):
    section = Section.objects.create(code="tea", name_en="Tea", name_ur="چائے")
    Right.objects.create(section=section, office="", role="other")
    for user in (person(Role.SCRUTINY), person(Role.REGIONAL), person(Role.SUPERVISOR)):
        with pytest.raises(Refused):
            scope_of(user, today=MONDAY)


@pytest.mark.django_db
def test_what_is_asked_amiss_is_the_usual(person):
    scope = scope_of(person(Role.CONTROLLER), today=MONDAY, weeks="9999", kind="PARROT")

    assert (scope.weeks, scope.kind, scope.since) == (13, "", date(2026, 8, 24))


@pytest.mark.django_db
def test_a_page_before_anything_is_counted_says_so_in_every_panel(aiou):
    whole = page(Scope(MONDAY))

    words = {row[0]: row[-1] for row in whole.panel("clearing").rows}
    assert set(words.values()) == {"Nothing waits."}
    assert [number for _label, number in whole.tiles] == ["0", "0", "0", "0", "–", "–"]


@given(st.dictionaries(st.sampled_from(["PC", "DMC", "DEGREE"]), st.integers(0, 60), min_size=3))
def test_no_small_number_is_shown_nor_to_be_worked_out_from_the_sum(numbers):
    shown = told(numbers)

    hidden = {name for name, words in shown.items() if not words.isdecimal()}
    assert all(int(words) == numbers[name] >= 10 for name, words in shown.items() if name not in hidden)
    if hidden:
        # Who knows the sum of all knows the sum of the hidden ones.
        assert len(hidden) >= 2
        assert sum(numbers[name] for name in hidden) >= 10 or hidden == set(numbers)
