"""Reminders over a simulated month and a half, day by day."""

from datetime import date, datetime, timedelta

import pytest
from django.utils import timezone

from degreetrack.accounts.models import Role
from degreetrack.applications import services
from degreetrack.applications.lifecycle import State
from degreetrack.applications.limits import next_reminder
from degreetrack.applications.models import Application
from degreetrack.applications.register import import_register
from degreetrack.applications.reminders import _remind, remind_due
from degreetrack.catalogue.models import Holiday, Institution
from degreetrack.journal.services import timeline
from degreetrack.notifications.models import Fate, Notice, Priority
from tests.applications.test_register import ROW, _file
from tests.life import applicant_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def plain_days(aiou) -> None:
    """A calendar without weekends and holidays, so that days are counted on the fingers."""
    Institution.objects.update(weekend=[])
    Holiday.objects.all().delete()


def _days(application: Application, days: range, *, hour: int = 12) -> list[int]:
    """The days after the objection on which a worker that runs twice a day sends a reminder."""
    start = timezone.localtime(application.state_since).replace(hour=hour)
    return [day for day in days for _twice in "ab" if remind_due(at=start + timedelta(days=day))]


@pytest.mark.usefixtures("plain_days")
def test_the_institutions_days_each_once_and_none_after_the_limit(in_state):
    application = in_state(State.OBJECTED, email="ayesha@example.org")

    assert _days(application, range(41)) == [7, 15, 25, 29]

    told = Notice.objects.filter(template="reminder", channel="sms").order_by("pk")
    entries = [entry for entry in timeline(application.stream) if entry.verb == "remind"]
    left = [entry.data["after"]["days_left"] for entry in entries]
    assert left == [23, 15, 5, 1]
    assert [f"Days left: {n}." in notice.body for n, notice in zip(left, told, strict=True)] == [True] * 4
    assert {(n.priority, n.fate) for n in told} == {(Priority.REMINDER, Fate.QUEUED)}
    assert Notice.objects.filter(template="reminder", channel="email").count() == 4


@pytest.mark.usefixtures("plain_days")
def test_after_more_time_also_the_day_before_the_new_limit(in_state):
    application = in_state(State.OBJECTED, email="ayesha@example.org")
    assert _days(application, range(11)) == [7]

    later = application.state_since + timedelta(days=10)
    services.move(application.tracking_id, "extend", by=applicant_of(application), at=later)

    assert _days(application, range(10, 60)) == [15, 25, 29, 44]
    told = Notice.objects.filter(template="reminder", channel="email").order_by("pk")
    assert ["ask once for more time" in notice.body for notice in told] == [True, False, False, False, False]


@pytest.mark.usefixtures("plain_days")
def test_more_time_asked_for_after_the_last_reminder_brings_one_more(in_state):
    application = in_state(State.OBJECTED)
    assert _days(application, range(30)) == [7, 15, 25, 29]

    later = application.state_since + timedelta(days=29)
    services.move(application.tracking_id, "extend", by=applicant_of(application), at=later)

    assert _days(application, range(29, 60)) == [44]


@pytest.mark.usefixtures("plain_days")
def test_a_worker_that_slept_past_two_days_sends_one(in_state):
    application = in_state(State.OBJECTED)

    assert _days(application, range(16, 30)) == [16, 25, 29]


@pytest.mark.usefixtures("plain_days")
def test_a_worker_that_slept_past_the_limit_sends_none(in_state):
    assert _days(in_state(State.OBJECTED), range(31, 60)) == []


@pytest.mark.usefixtures("plain_days")
def test_whoever_answered_is_not_reminded_and_new_objections_begin_again(in_state, person):
    application = in_state(State.OBJECTED)
    answers = {application.objections.get().pk: "Attached"}
    services.move(application.tracking_id, "answer", by=applicant_of(application), answers=answers)
    assert _days(application, range(41)) == []

    later = application.state_since + timedelta(days=20)
    again = [(None, "The photograph is torn.")]
    supervisor = person(Role.SCRUTINY, supervisor=True)
    application = services.move(application.tracking_id, "object", by=supervisor, objections=again, at=later)

    assert _days(application, range(41)) == [7, 15, 25, 29]


@pytest.mark.usefixtures("plain_days")
def test_an_answer_between_the_look_and_the_lock_wins(in_state):
    application = in_state(State.OBJECTED)
    answers = {application.objections.get().pk: "Attached"}
    services.move(application.tracking_id, "answer", by=applicant_of(application), answers=answers)

    assert _remind(application.tracking_id, at=application.state_since + timedelta(days=8)) is False
    assert Notice.objects.filter(template="reminder").count() == 0


@pytest.mark.usefixtures("plain_days")
def test_nothing_rings_at_midnight(in_state):
    application = in_state(State.OBJECTED)
    night = timezone.localtime(application.state_since).replace(hour=0, minute=1) + timedelta(days=7)

    assert remind_due(at=night) == 1

    morning = night.replace(hour=9, minute=0, second=0, microsecond=0)
    assert Notice.objects.get(template="reminder").due_at == morning


@pytest.mark.usefixtures("plain_days")
def test_days_beyond_a_short_limit_are_left_out(in_state):
    Institution.objects.update(objection_days=15)

    assert _days(in_state(State.OBJECTED), range(41)) == [7, 15]


@pytest.mark.usefixtures("plain_days")
def test_one_that_fails_does_not_stop_the_others(in_state, caplog):
    broken, whole = in_state(State.OBJECTED, language="en"), in_state(State.OBJECTED)
    # A language without templates.
    Application.objects.filter(pk=broken.pk).update(language="xx")

    assert remind_due(at=whole.state_since + timedelta(days=7)) == 1

    assert f"remind_due failed with {broken.stream}: TemplateDoesNotExist" in caplog.text
    assert Application.objects.get(pk=broken.pk).remind_on == broken.remind_on


@pytest.mark.usefixtures("plain_days")
def test_cases_of_the_old_register_count_from_the_import(tmp_path, a_result):
    a_result()
    import_register(_file(tmp_path, ROW))

    today = timezone.localdate()
    application = Application.objects.get()
    assert (application.limit_from, application.remind_on) == (today, today + timedelta(days=7))
    assert remind_due() == 0


@pytest.mark.usefixtures("plain_days")
def test_at_most_so_many_in_one_round(in_state):
    first = in_state(State.OBJECTED)
    for _ in range(2):
        in_state(State.OBJECTED)
    at = first.state_since + timedelta(days=7, hours=1)

    assert [remind_due(at=at, most=2) for _ in range(3)] == [2, 1, 0]


@pytest.mark.usefixtures("plain_days")
def test_an_institution_without_reminders_sends_none(in_state):
    Institution.objects.update(reminder_days=[])
    application = in_state(State.OBJECTED)

    assert application.remind_on is None
    assert _days(application, range(41)) == []


def test_a_round_is_told_by_its_dates_not_by_the_hour_of_day(in_state, clerks, plain_days):
    late = timezone.make_aware(datetime(2026, 3, 2, 23, 50))
    application = in_state()
    objections = [(None, "The photograph is missing.")]
    from_night = services.move(
        application.tracking_id, "object", by=clerks(Role.SCRUTINY), objections=objections, at=late
    )

    assert from_night.remind_on == date(2026, 3, 9)
    assert remind_due(at=late + timedelta(days=6)) == 0
    assert remind_due(at=timezone.make_aware(datetime(2026, 3, 9, 0, 5))) == 1


def test_where_there_is_no_limit_there_is_no_reminder(in_state):
    application = in_state()

    assert next_reminder(application, after=timezone.localdate()) is None
