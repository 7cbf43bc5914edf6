"""Late files go to named officers, once for each stay and level, however many workers look."""

import threading
from datetime import date, datetime, timedelta

import pytest
from django.db import connection
from django.utils import timezone

from degreetrack.accounts.models import Right, Role, Section
from degreetrack.applications import services
from degreetrack.applications.lifecycle import MOVES, State
from degreetrack.applications.models import Application, Delivery
from degreetrack.applications.targets import timetable
from degreetrack.catalogue.targets import STAGES
from degreetrack.journal.services import timeline
from degreetrack.journal.verification import verify
from degreetrack.kit.refusals import Refused
from degreetrack.oversight import escalations
from degreetrack.oversight.escalations import acknowledge, escalate_late, of_file, of_officer
from degreetrack.oversight.models import Escalation, Level
from degreetrack.oversight.officers import DESKS, desks_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def head(person):
    """Make somebody who heads a section that holds one role, at headquarters or at an office."""

    def make(role: str = Role.VERIFICATION, **more):
        return person(role, supervisor=True, **more)

    return make


def _on(application: Application, days: int) -> datetime:
    """Noon so many working days after the day that a file is due."""
    day = timetable().after(application.due_on, days)
    return timezone.make_aware(datetime(day.year, day.month, day.day, 12))


def _named() -> list[tuple[str, int]]:
    return [(row.officer.username, row.level) for row in Escalation.objects.order_by("pk")]


ONWARD = ("check", "verify", "approve", "print", "sign", "dispatch")


def test_the_desk_of_each_stage_is_that_whose_move_takes_it_on():
    onward = {
        state: [
            move.roles
            for move in MOVES.values()
            if state in move.from_
            and move.verb in ("check", "verify", "approve", "print", "sign", "dispatch")
        ]
        for state in STAGES
    }

    assert onward == {state: [frozenset({DESKS[state]})] for state in STAGES}


def test_nothing_is_escalated_on_its_last_day(in_state, head):
    head()
    application = in_state(State.CHECKED)

    assert escalate_late(at=_on(application, 0)) == 0


def test_the_first_day_after_it_goes_to_who_heads_the_desk_and_the_journal_names_them(in_state, head):
    hina = head(first_name="Hina", last_name="Malik")
    head(Role.SCRUTINY)
    application = in_state(State.CHECKED)
    at = _on(application, 1)

    assert (escalate_late(at=at), escalate_late(at=at)) == (1, 0)

    one = Escalation.objects.get()
    assert (one.officer, one.level, one.due_on) == (hina, Level.SUPERVISOR, application.due_on)
    told = timeline(application.stream)[-1]
    assert (told.verb, told.actor_name) == ("escalated", "clock")
    assert told.data["after"] == {
        "officer": "Hina Malik",
        "level": 1,
        "stage": "checked",
        "due_on": str(application.due_on),
    }
    assert verify() == []


def test_files_are_shared_out_evenly(in_state, head):
    for _ in range(3):
        head()
    cases = [in_state(State.CHECKED) for _ in range(7)]

    escalate_late(at=_on(cases[0], 1))

    officers = list(Escalation.objects.values_list("officer", flat=True))
    shares = [officers.count(pk) for pk in set(officers)]
    assert sorted(shares) == [2, 2, 3]


def test_a_file_that_stays_late_goes_to_the_controller_too_once(in_state, head, person):
    """Ordinary files of the sample university: three working days after their day."""
    head(username="hina")
    person(Role.CONTROLLER, username="boss")
    application = in_state(State.CHECKED)

    made = [escalate_late(at=_on(application, days)) for days in (1, 2, 3, 4)]

    assert made == [1, 0, 1, 0]
    assert _named() == [("hina", 1), ("boss", 2)]


def test_what_was_late_for_long_goes_to_both_at_once(in_state, head, person):
    head(username="hina")
    person(Role.CONTROLLER, username="boss")
    application = in_state(State.CHECKED)

    assert escalate_late(at=_on(application, 40)) == 2
    assert _named() == [("hina", 1), ("boss", 2)]


def test_without_a_supervisor_it_goes_to_the_controller_at_once(in_state, person):
    person(Role.CONTROLLER, username="boss")
    application = in_state(State.CHECKED)

    assert [escalate_late(at=_on(application, days)) for days in (1, 9)] == [1, 0]
    assert _named() == [("boss", 2)]


def test_where_nobody_can_be_named_it_waits_until_somebody_can(in_state, head):
    application = in_state(State.CHECKED)
    assert escalate_late(at=_on(application, 1)) == 0

    head(username="hina")

    assert escalate_late(at=_on(application, 2)) == 1


def test_who_heads_the_desk_at_its_office_goes_before_headquarters(in_state, head, clerks):
    section = Section.objects.create(code="lahore-checks", name_en="x", name_ur="x")
    Right.objects.create(section=section, office="lahore", role=Role.VERIFICATION)
    head(username="hina")
    there = head(username="bilal", office="lahore")
    there.section = section
    there.save()
    lahore, elsewhere = in_state(State.CHECKED, office="lahore"), in_state(State.CHECKED, office="karachi")

    escalate_late(at=_on(lahore, 1))

    answers = {row.application_id: row.officer.username for row in Escalation.objects.all()}
    assert answers == {lahore.pk: "bilal", elsewhere.pk: "hina"}


@pytest.mark.parametrize(
    ("delivery", "office", "desks"),
    [
        (Delivery.POST, "", [(Role.DISPATCH, "lahore"), (Role.DISPATCH, "")]),
        (Delivery.COLLECT, "multan", [(Role.REGIONAL, "multan"), (Role.DISPATCH, "")]),
        (Delivery.COLLECT, "", [(Role.RECEIPT, ""), (Role.DISPATCH, "")]),
    ],
)
def test_a_signed_document_lies_where_it_leaves_the_university(delivery, office, desks):
    application = Application(state=State.SIGNED, delivery=delivery, collect_office=office, office="lahore")

    assert desks_of(application) == desks


def test_it_is_closed_by_itself_when_the_file_moves_on_and_a_new_stay_begins_anew(in_state, head, clerks):
    hina = head()
    application = in_state(State.CHECKED)
    at = _on(application, 1)
    escalate_late(at=at)

    services.move(application.tracking_id, "verify", by=clerks(Role.VERIFICATION), at=at)
    assert (list(of_officer(hina)), of_file(application)) == ([], [])
    escalate_late(at=at)
    assert Escalation.objects.get().closed_at == at

    later = at + timedelta(hours=1)
    services.move(
        application.tracking_id, "send_back", by=clerks(Role.APPROVAL), at=later, reason="Wrong name"
    )
    application = services.move(application.tracking_id, "check", by=clerks(Role.SCRUTINY), at=later)
    assert escalate_late(at=_on(application, 1)) == 1
    assert [row.application for row in of_officer(hina)] == [application]


def test_objections_stop_the_clock_and_close_it(in_state, head):
    supervisor = head()
    application = in_state(State.CHECKED)
    at = _on(application, 1)
    escalate_late(at=at)
    wrong = [(None, "The photograph is missing.")]

    services.move(application.tracking_id, "object", by=supervisor, at=at, objections=wrong)

    assert escalate_late(at=at + timedelta(days=20)) == 0
    assert Escalation.objects.filter(closed_at=None).count() == 0


def test_who_has_left_is_replaced_by_name(in_state, head):
    gone = head(username="gone")
    application = in_state(State.CHECKED)
    escalate_late(at=_on(application, 1))
    acknowledge(Escalation.objects.get().pk, by=gone, note="I ask the archive")
    gone.is_active = False
    gone.save()
    head(username="new")

    assert escalate_late(at=_on(application, 1)) == 1

    one = Escalation.objects.get()
    assert (one.officer.username, one.note, one.seen_at) == ("new", "", None)
    officers = [e.data["after"]["officer"] for e in timeline(application.stream) if e.verb == "escalated"]
    assert officers == ["gone", "new"]


def test_the_officer_says_what_they_do_and_nobody_else_does(in_state, head, person):
    hina, other = head(), person(Role.VERIFICATION)
    application = in_state(State.CHECKED)
    escalate_late(at=_on(application, 1))
    pk = Escalation.objects.get().pk

    with pytest.raises(Refused, match="not escalated to you"):
        acknowledge(pk, by=other, note="I take it")
    with pytest.raises(Refused, match="Write what you do about it"):
        acknowledge(pk, by=hina, note=" x ")
    acknowledge(pk, by=hina, note="Asked the\narchive for the file")

    one = Escalation.objects.get()
    assert (one.note, one.seen_at is None) == ("Asked the archive for the file", False)
    told = timeline(application.stream)[-1]
    assert (told.verb, told.actor_id, told.reason) == (
        "escalation_answered",
        hina.pk,
        "Asked the archive for the file",
    )


def test_a_holiday_declared_late_leaves_the_officer_named(in_state, head):
    """It is the file's day that moves; whoever was named answers until the file moves on."""
    hina = head()
    application = in_state(State.CHECKED)
    escalate_late(at=_on(application, 1))

    Application.objects.update(due_on=application.due_on + timedelta(days=5))
    escalate_late(at=_on(application, 1))

    assert [row.officer for row in of_file(application)] == [hina]


def test_many_are_done_in_chunks(in_state, head, monkeypatch):
    monkeypatch.setattr(escalations, "CHUNK", 2)
    head()
    cases = [in_state(State.CHECKED) for _ in range(5)]

    assert escalate_late(at=_on(cases[0], 1)) == 5


def test_before_an_institution_is_loaded_nothing_is_escalated():
    assert escalate_late() == 0


def test_an_escalation_reads_as_people_say_it(in_state, head):
    head(username="hina")
    application = in_state(State.CHECKED)
    Application.objects.update(due_on=date(2026, 1, 2))

    escalate_late()

    assert str(Escalation.objects.get(application=application)) == "Supervisor: hina, due 2026-01-02"


@pytest.mark.django_db(transaction=True)
def test_workers_at_once_escalate_each_file_once(in_state, head, person):
    head()
    person(Role.CONTROLLER)
    cases = [in_state(State.CHECKED) for _ in range(4)]
    at, start, outcomes = _on(cases[0], 5), threading.Barrier(5), []

    def work() -> None:
        start.wait()
        try:
            outcomes.append(escalate_late(at=at))
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    outcomes.append(escalate_late(at=at))

    assert (len(outcomes), sum(outcomes)) == (6, 8)
    assert sorted(Escalation.objects.values_list("application", "level")) == sorted(
        (case.pk, level) for case in cases for level in (1, 2)
    )
    assert [[e.verb for e in timeline(case.stream)].count("escalated") for case in cases] == [2] * 4
    assert verify() == []
