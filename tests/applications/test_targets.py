"""The university's clock at each stage: pure days first, then real moves."""

from datetime import date, datetime, timedelta

import pytest
from django.utils import timezone

from degreetrack.accounts.models import Role
from degreetrack.applications import services, targets
from degreetrack.applications.lifecycle import ENDED, GROUPS, Group, State
from degreetrack.applications.models import Application, Redue
from degreetrack.applications.register import import_register
from degreetrack.applications.targets import Timetable, due, redue_changed, timetable
from degreetrack.catalogue.models import Holiday, Institution, Target
from degreetrack.catalogue.targets import STAGES
from degreetrack.journal.services import timeline
from degreetrack.kit.calendars import working_date, working_days_between
from tests.applications.test_register import ROW, _file
from tests.life import applicant_of, facts_for

MONDAY = date(2026, 3, 2)


def _table(*rows: tuple[str, str, bool, int], closed: tuple[date, ...] = ()) -> Timetable:
    """A timetable of a few rows (state, kind, urgent, days), with Saturday and Sunday free."""
    made = {
        (state, kind, urgent): Target(state=state, kind=kind, urgent=urgent, days=days, escalate_days=2)
        for state, kind, urgent, days in rows
    }
    return Timetable(made, frozenset(closed), frozenset({5, 6}))


def _due(state: State, table: Timetable, *, kind="PC", urgent=False, since=MONDAY, used=0) -> date | None:
    return due(state, kind=kind, urgent=urgent, since=since, used=used, by=table)


def _at(day: date, hour: int = 11) -> datetime:
    return timezone.make_aware(datetime(day.year, day.month, day.day, hour))


@pytest.mark.parametrize("days", range(16))
@pytest.mark.parametrize("start", [MONDAY + timedelta(days=n) for n in range(7)])
def test_counting_working_days_and_going_so_far_agree(start, days):
    calendar = {"holidays": {date(2026, 3, 4), date(2026, 3, 7), date(2026, 3, 16)}, "weekend": {5, 6}}

    assert working_days_between(start, working_date(start, days, **calendar), **calendar) == days


def test_no_days_lie_between_a_day_and_one_before_it():
    assert working_days_between(MONDAY, MONDAY - timedelta(days=9), holidays=(), weekend=()) == 0


@pytest.mark.parametrize(
    ("days", "closed", "last"),
    [
        (1, (), date(2026, 3, 3)),
        (5, (), date(2026, 3, 9)),
        (5, (date(2026, 3, 4),), date(2026, 3, 10)),
        (5, (date(2026, 3, 7),), date(2026, 3, 9)),
        (10, (date(2026, 3, 9), date(2026, 3, 10)), date(2026, 3, 18)),
    ],
)
def test_weekends_and_holidays_do_not_count(days, closed, last):
    assert _due(State.RECEIVED, _table(("received", "", False, days), closed=closed)) == last


def test_the_row_of_the_kind_goes_before_that_of_any_and_urgency_is_its_own():
    table = _table(("received", "", False, 5), ("received", "DEGREE", False, 10), ("received", "", True, 1))

    assert _due(State.RECEIVED, table) == date(2026, 3, 9)
    assert _due(State.RECEIVED, table, kind="DEGREE") == date(2026, 3, 16)
    assert _due(State.RECEIVED, table, kind="DEGREE", urgent=True) == date(2026, 3, 3)
    assert _due(State.CHECKED, table) is None


@pytest.mark.parametrize(("used", "last"), [(0, 9), (2, 5), (4, 3), (5, 3), (40, 3)])
def test_checking_goes_on_with_what_was_left_and_one_day_at_least(used, last):
    table = _table(("answered", "", False, 5), ("received", "", False, 5), ("verified", "", False, 5))

    assert _due(State.ANSWERED, table, used=used) == date(2026, 3, last)
    assert _due(State.RECEIVED, table, used=used) == date(2026, 3, last)
    assert _due(State.VERIFIED, table, used=used) == date(2026, 3, 9)


def test_targets_are_set_where_a_file_waits_on_the_university_and_nowhere_else():
    on_us = {state for state, group in GROUPS.items() if group is Group.IN_PROCESS}

    assert set(STAGES) == on_us


@pytest.mark.django_db
@pytest.mark.parametrize("state", State)
def test_every_state_by_real_moves_is_due_or_not(state, in_state):
    application = in_state(state)

    assert (application.due_on is not None) is (state in STAGES)
    assert Application.objects.get().due_on == application.due_on


@pytest.mark.django_db
def test_the_clock_rests_while_it_waits_on_the_applicant_and_goes_on_with_what_was_left(
    a_result, clerks, person
):
    application = services.submit(a_result(), by=clerks(Role.RECEIPT), kind="PC", at=_at(MONDAY))
    assert (application.due_on, application.stage_days) == (date(2026, 3, 9), 0)

    facts = {"objections": [(None, "The photograph is missing.")]}
    wednesday = _at(MONDAY + timedelta(days=2))
    application = services.move(
        application.tracking_id, "object", by=clerks(Role.SCRUTINY), at=wednesday, **facts
    )
    assert (application.due_on, application.stage_days) == (None, 2)

    three_weeks_later = _at(date(2026, 3, 25))
    answers = facts_for(application, {"answers": "all"})
    by = applicant_of(application)
    application = services.move(application.tracking_id, "answer", by=by, at=three_weeks_later, **answers)
    assert (application.due_on, application.stage_days) == (date(2026, 3, 30), 2)

    again = {"objections": [(None, "The photograph is torn.")]}
    late = _at(date(2026, 4, 6))
    head = person(Role.SCRUTINY, supervisor=True)
    application = services.move(application.tracking_id, "object", by=head, at=late, **again)
    assert (application.due_on, application.stage_days) == (None, 10)

    answers = facts_for(application, {"answers": "all"})
    friday = _at(date(2026, 4, 10))
    application = services.move(application.tracking_id, "answer", by=by, at=friday, **answers)
    assert application.due_on == date(2026, 4, 13)


@pytest.mark.django_db
def test_whoever_sends_back_gives_checking_no_second_target(a_result, clerks):
    application = services.submit(a_result(), by=clerks(Role.RECEIPT), kind="PC", at=_at(MONDAY))
    thursday, friday = _at(MONDAY + timedelta(days=3)), _at(MONDAY + timedelta(days=4))
    services.move(application.tracking_id, "check", by=clerks(Role.SCRUTINY), at=thursday)

    application = services.move(
        application.tracking_id, "send_back", by=clerks(Role.VERIFICATION), at=friday, reason="Wrong copy"
    )

    assert (application.due_on, application.stage_days) == (date(2026, 3, 10), 3)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("more", "last"),
    [
        ({"kind": "PC"}, date(2026, 3, 26)),
        ({"kind": "DEGREE"}, date(2026, 4, 2)),
        ({"kind": "DEGREE", "urgent": True}, date(2026, 3, 19)),
    ],
)
def test_holidays_of_the_institution_kind_and_urgency_count_by_real_receipt(more, last, a_result, clerks):
    """The 20th and 23rd of March 2026 are holidays."""
    tuesday = _at(date(2026, 3, 17))

    application = services.submit(a_result(), by=clerks(Role.RECEIPT), at=tuesday, **more)

    assert application.due_on == last


@pytest.mark.django_db
def test_an_urgent_file_has_about_two_weeks_for_its_whole_way(aiou):
    table = timetable()

    days = [table.target(state, kind="PC", urgent=True).days for state in STAGES if state != "answered"]

    assert sum(days) == 9


@pytest.mark.django_db
def test_more_time_for_the_applicant_changes_nothing_here(in_state):
    application = in_state(State.OBJECTED)

    application = services.move(application.tracking_id, "extend", by=applicant_of(application))

    assert (application.due_on, application.stage_days) == (None, 0)


@pytest.mark.django_db
def test_a_file_of_the_old_register_is_as_late_as_it_is(tmp_path, a_result):
    a_result()
    row = ROW.replace("OBJECTION,Fee short by Rs. 100", "RECEIVED,")
    import_register(_file(tmp_path, row))

    application = Application.objects.get()
    since = timezone.localdate(application.state_since)
    assert application.due_on == timetable().after(since, 5)
    assert application.due_on < timezone.localdate()


@pytest.mark.django_db
def test_who_moves_many_reads_the_timetable_once(in_state, django_assert_num_queries):
    cases = [in_state(State.CHECKED) for _ in range(3)]
    with django_assert_num_queries(3):
        table = timetable()

    with django_assert_num_queries(0):
        for case in cases:
            targets.turn(case, State.VERIFIED, at=case.state_since, by=table)

    assert {case.due_on for case in cases} == {table.after(timezone.localdate(cases[0].state_since), 3)}


@pytest.mark.django_db
def test_when_targets_or_holidays_change_open_files_follow_once(in_state, monkeypatch):
    monkeypatch.setattr(targets, "CHUNK", 2)
    cases = [in_state(State.CHECKED) for _ in range(5)] + [in_state(State.OBJECTED)]
    ended = [in_state(state) for state in ENDED]
    assert redue_changed() == 0
    Target.objects.filter(state="checked", kind="", urgent=False).update(days=8)

    assert (redue_changed(), redue_changed()) == (5, 0)

    expected = timetable().after(timezone.localdate(), 8)
    assert [case.due_on for case in Application.objects.order_by("pk")] == [expected] * 5 + [None] * 4
    assert cases[0].due_on != expected
    told = [entry.data["after"]["changed"] for entry in timeline("targets")]
    assert (told, len(ended)) == ([0, 5], 3)

    Holiday.objects.create(day=expected, name_en="Rain", name_ur="بارش")
    assert redue_changed() == 5
    assert Application.objects.first().due_on == timetable().after(expected, 1)
    assert Redue.objects.count() == 1


@pytest.mark.django_db
def test_what_a_killed_worker_left_is_gone_on_with_when_its_lease_is_over(in_state):
    cases = [in_state(State.CHECKED) for _ in range(5)]
    redue_changed()
    Target.objects.filter(state="checked").update(days=9)
    at, expected = timezone.now(), timetable().after(timezone.localdate(), 9)
    Application.objects.filter(pk__lte=cases[1].pk).update(due_on=expected)
    Redue.objects.create(
        fingerprint=timetable().fingerprint,
        made_at=at,
        last_key=cases[1].pk,
        changed=2,
        leased_until=at + targets.LEASE,
    )

    assert redue_changed(at=at + timedelta(minutes=1)) == 0
    assert redue_changed(at=at + timedelta(minutes=20)) == 5

    assert {case.due_on for case in Application.objects.all()} == {expected}


@pytest.mark.django_db
def test_a_change_on_the_way_begins_anew(in_state):
    cases = [in_state(State.CHECKED) for _ in range(3)]
    redue_changed()
    Redue.objects.create(fingerprint="of yesterday", made_at=timezone.now(), last_key=cases[2].pk)
    Target.objects.filter(state="checked").update(days=9)

    assert redue_changed() == 3


@pytest.mark.django_db
def test_before_an_institution_is_loaded_there_is_nothing_to_follow():
    assert (Institution.objects.count(), redue_changed()) == (0, 0)
