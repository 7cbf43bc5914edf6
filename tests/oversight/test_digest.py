"""The morning's e-mail: one to each who answers for files, by a real mail server."""

import threading
from datetime import date, datetime, timedelta

import pytest
from django.db import connection
from django.utils import timezone

from degreetrack.accounts.models import Role, User
from degreetrack.applications.lifecycle import State
from degreetrack.applications.models import Application
from degreetrack.notifications.delivery import deliver_due
from degreetrack.notifications.models import Fate, Notice
from degreetrack.oversight.digests import forget_old_digests, send_digests
from degreetrack.oversight.escalations import escalate_late
from degreetrack.oversight.models import Digest

pytestmark = pytest.mark.django_db
# A Wednesday; Thursday is a working day, Friday the 20th of March 2026 is Eid.
TODAY = date(2026, 3, 18)


def _at(hour: int = 8, *, day: date = TODAY) -> datetime:
    return timezone.make_aware(datetime(day.year, day.month, day.day, hour, 1))


@pytest.fixture
def due(in_state):
    """Make a file that waits for verification, due so many days after the Wednesday."""

    def make(days: int, *, state: State = State.CHECKED, **more) -> Application:
        application = in_state(state, **more)
        Application.objects.filter(pk=application.pk).update(due_on=TODAY + timedelta(days=days))
        return application

    return make


@pytest.fixture
def hina(person) -> User:
    """Who heads Verification."""
    return person(Role.VERIFICATION, username="hina", supervisor=True, first_name="Hina", last_name="Malik")


def _digests() -> list[Notice]:
    return list(Notice.objects.filter(template="digest").order_by("pk"))


def test_it_arrives_with_numbers_tracking_ids_and_days_and_nothing_of_a_person(due, hina, mailbox):
    late = [due(-9), due(-1)]
    due(0)
    due(1)
    due(2)
    due(-30, state=State.RECEIVED)
    # What else is queued is no business of this mailbox.
    Notice.objects.all().delete()
    escalate_late(at=_at(7))

    assert send_digests(at=_at()) == 1
    deliver_due(now=_at())

    [mail] = mailbox.mails
    body = " ".join(mail.get_body(("plain",)).get_content().split())
    assert (mail["To"], mail["Subject"]) == ("hina@example.org", "Late files: 18 Mar 2026")
    assert "Dear Hina Malik, This is how the files at your desks at AIOU stand this morning." in body
    stage = "Papers complete, waiting for verification late: 2"
    assert f"{stage} · due today, late tomorrow: 1 · due the next working day: 1" in body
    assert f"Late longest: {late[0].tracking_id}: 9 days {late[1].tracking_id}: 1 day" in body
    assert "Escalated to you: 2. You have not said what you do about: 2." in body
    assert body.endswith("Which files, and why: http://127.0.0.1:8000/staff/late/")
    for personal in ("Ayesha", "Siddiqa", "00501", "+92300", "Received, waiting", "Notices:"):
        assert personal not in body


def test_the_ten_that_are_late_longest_are_named(due, hina):
    made = [due(-days).tracking_id for days in range(12, 0, -1)]

    send_digests(at=_at())

    [digest] = _digests()
    assert [tracking_id in digest.body for tracking_id in made] == [True] * 10 + [False] * 2


@pytest.mark.parametrize(
    ("at", "sent"),
    [
        (_at(7), 0),
        (_at(8), 1),
        (_at(17), 1),
        (_at(18), 0),
        (_at(day=date(2026, 3, 20)), 0),
        (_at(day=date(2026, 3, 21)), 0),
        (_at(day=date(2026, 3, 23)), 0),
        (_at(day=date(2026, 3, 24)), 1),
    ],
)
def test_it_goes_on_working_days_from_its_hour_on_until_the_evening(at, sent, due, hina):
    due(-3)

    assert send_digests(at=at) == sent


def test_the_hour_is_a_setting(due, hina, settings):
    due(-3)
    settings.DIGEST_HOUR = 10

    assert [send_digests(at=_at(hour)) for hour in (9, 10)] == [0, 1]


def test_one_a_day_however_often_it_is_asked_for_and_another_tomorrow(due, hina):
    due(-3)

    days = [TODAY, TODAY, TODAY + timedelta(days=1)]

    assert [send_digests(at=_at(day=day)) for day in days] == [1, 0, 1]


def test_who_has_nothing_to_read_or_no_mailbox_gets_none(due, hina, person):
    due(-3, state=State.RECEIVED)
    due(6)
    no_mailbox = person(Role.SCRUTINY, supervisor=True)
    User.objects.filter(pk=no_mailbox.pk).update(email="")
    person(Role.SCRUTINY)
    person(Role.AUDITOR)

    assert (send_digests(at=_at()), Notice.objects.filter(template="digest").count()) == (0, 0)
    assert list(Digest.objects.values_list("user__username", "queued")) == [("hina", False)]


def test_the_controller_reads_of_every_stage_and_of_notices_that_did_not_arrive(due, person):
    person(Role.CONTROLLER, username="boss")
    due(-3)
    due(-3, state=State.RECEIVED)
    Notice.objects.update(due_at=_at(8), fate=Fate.SENT)
    lost, stuck = list(Notice.objects.order_by("pk")[:2])
    Notice.objects.filter(pk=lost.pk).update(fate=Fate.FAILED, ended_at=_at(3))
    Notice.objects.filter(pk=stuck.pk).update(fate=Fate.QUEUED, due_at=_at(6))

    send_digests(at=_at())

    [digest] = _digests()
    said = "Notices: 1 did not arrive since yesterday, 1 should have gone out and have not."
    assert said in digest.body
    assert digest.body.count("late: 1") == 2
    assert "Escalated to you" not in digest.body


def test_a_regional_office_reads_of_its_own_files(due, person):
    person(Role.REGIONAL, username="lahore", supervisor=True, office="lahore")
    mine, other = due(-3, office="lahore"), due(-3, office="karachi")

    send_digests(at=_at())

    [digest] = _digests()
    assert (mine.tracking_id in digest.body, other.tracking_id in digest.body) == (True, False)


def test_it_is_written_in_the_language_of_its_reader(due, hina):
    User.objects.update(language="ur")
    due(-3)

    send_digests(at=_at())

    [digest] = _digests()
    assert (digest.language, digest.subject[:6]) == ("ur", "تاخیر ")
    assert "تاخیر میں: 1" in digest.body


def test_one_that_fails_does_not_stop_the_others_and_is_tried_again(due, hina, person, caplog):
    other = person(Role.VERIFICATION, supervisor=True)
    # A language without templates.
    User.objects.filter(pk=hina.pk).update(language="xx")
    due(-3)

    assert send_digests(at=_at()) == 1
    assert f"send_digests failed with user/{hina.pk}: TemplateDoesNotExist" in caplog.text
    assert list(Digest.objects.values_list("user", flat=True)) == [other.pk]

    User.objects.filter(pk=hina.pk).update(language="en")
    assert send_digests(at=_at(9)) == 1


def test_old_mornings_are_forgotten(due, hina):
    due(-3)
    send_digests(at=_at())

    assert str(Digest.objects.get()) == "hina 2026-03-18"
    assert [forget_old_digests(at=_at() + timedelta(days=days)) for days in (30, 31)] == [0, 1]


def test_before_an_institution_is_loaded_there_is_no_digest(hina):
    assert send_digests(at=_at()) == 0


@pytest.mark.django_db(transaction=True)
def test_workers_at_once_send_each_person_one(due, hina, person):
    person(Role.CONTROLLER)
    due(-3)
    start, outcomes = threading.Barrier(5), []

    def work() -> None:
        start.wait()
        try:
            outcomes.append(send_digests(at=_at()))
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (len(outcomes), sum(outcomes), len(_digests())) == (5, 2, 2)
