"""A poisoned row of each job: it is set aside and told, and the rest goes on."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from degreetrack.accounts.models import Actor, Role, User
from degreetrack.applications import batches
from degreetrack.applications.asking import answer_texts
from degreetrack.applications.forecasts import refresh_daily
from degreetrack.applications.intake import follow_payments
from degreetrack.applications.lifecycle import State
from degreetrack.applications.models import Application, Batch, Redue
from degreetrack.applications.reminders import remind_due
from degreetrack.applications.services import return_overdue
from degreetrack.applications.targets import redue_changed
from degreetrack.aside.models import Aside
from degreetrack.aside.services import RESTS, set_aside, try_again
from degreetrack.catalogue.models import Target
from degreetrack.fees.challans import make_challan
from degreetrack.fees.models import Payment
from degreetrack.fees.payments import take_payment
from degreetrack.journal.services import record, seal_new, timeline
from degreetrack.notifications.delivery import deliver_due
from degreetrack.notifications.models import Fate, Incoming, Notice
from degreetrack.notifications.services import queue
from degreetrack.oversight.digests import send_digests
from degreetrack.oversight.escalations import escalate_late
from degreetrack.oversight.models import Digest, Escalation
from degreetrack.oversight.rollup_models import MoveFigure
from degreetrack.oversight.rollups import refresh_figures
from tests.life import datetime_after

pytestmark = pytest.mark.django_db
SOMEBODY = Actor("a fault of the past")


def _again_and_again(job, *, at: datetime) -> list[object]:
    """What a job did at each of its rounds, until each row that fails has failed often enough."""
    done = [job(at=at)]
    for rest in RESTS:
        done.append(job(at=at - timedelta(seconds=1) + rest))
        at += rest
        done.append(job(at=at))
    return done


def _kept() -> list[tuple[str, str, int]]:
    """Job, row and tries of all that is set aside."""
    rows = Aside.objects.filter(set_aside_at__isnull=False).order_by("pk")
    return [(row.job, row.row, row.tries) for row in rows]


def _poisoned(application: Application) -> Application:
    """A language without templates."""
    Application.objects.filter(pk=application.pk).update(language="xx")
    return application


def test_a_reminder_that_always_fails_is_tried_ever_more_seldom_and_then_left_to_a_person(in_state):
    bad, good = _poisoned(in_state(State.OBJECTED, language="en")), in_state(State.OBJECTED)

    done = _again_and_again(remind_due, at=good.state_since + timedelta(days=8))

    assert done == [1, 0, 0, 0, 0, 0, 0, 0, 0]
    assert _kept() == [("remind_due", bad.stream, 5)]
    told = timeline(bad.stream)[-1]
    assert (told.verb, told.actor_name, told.data["after"]["tries"]) == ("set_aside", "worker", 5)
    assert told.data["after"]["fault"].startswith("TemplateDoesNotExist, ")


def test_what_is_mended_goes_once_staff_say_so_and_leaves_the_list(in_state, person):
    bad, chief = _poisoned(in_state(State.OBJECTED, language="en")), person(Role.CONTROLLER)
    at = bad.state_since + timedelta(days=8)
    _again_and_again(remind_due, at=at)
    Application.objects.update(language="en")

    assert remind_due(at=at + timedelta(hours=6)) == 0
    try_again(set_aside(chief).get().pk, by=chief, at=at + timedelta(hours=6))
    assert remind_due(at=at + timedelta(hours=6)) == 1

    assert Aside.objects.count() == 0
    assert [entry.verb for entry in timeline(bad.stream)][-3:] == ["tried_again", "remind", "notice"]


def test_a_file_that_cannot_be_returned_holds_up_no_other(in_state):
    bad, good = _poisoned(in_state(State.OBJECTED)), in_state(State.OBJECTED)

    done = _again_and_again(return_overdue, at=datetime_after(good))

    assert (done[0], sum(done)) == (1, 1)
    assert _kept() == [("return_overdue", bad.stream, 5)]


def test_a_payment_that_cannot_be_followed_is_not_forgotten_and_holds_up_no_other(a_result):
    student, today = a_result().student, timezone.localdate()
    for reference, subject in (("R1", "draft/nonsense"), ("R2", "application/1")):
        lines = [("Degree, Original", "ڈگری, اصل", 1600)]
        challan = make_challan(student, subject=subject, purpose="application", lines=lines)
        told = {"reference": reference, "challan_no": challan.number, "amount": 1600, "paid_on": today}
        take_payment(provider="hbl", via="file", **told)

    _again_and_again(follow_payments, at=timezone.now())

    bad = Payment.objects.get(followed_at=None)
    assert bad.reference == "R1"
    assert _kept() == [("follow_payments", f"payment/{bad.pk}", 5)]


def test_a_text_that_cannot_be_answered_holds_up_no_other(in_state):
    bad, now = _poisoned(in_state()), timezone.now()
    for words in (bad.tracking_id, "HELP"):
        Incoming.objects.create(sender="+923001234567", text=words, at=now)

    done = _again_and_again(answer_texts, at=now)

    assert (done[0], sum(done)) == (1, 1)
    assert _kept() == [("answer_texts", f"incoming/{Incoming.objects.get(answered_at=None).pk}", 5)]


def test_a_batch_that_cannot_be_worked_at_holds_up_no_other(in_state, clerks):
    user = clerks(Role.SCRUTINY)
    one, two = in_state(), in_state()
    bad = batches.begin(user, verb="check", state=State.RECEIVED, chosen=[one.tracking_id])
    batches.begin(user, verb="check", state=State.RECEIVED, chosen=[two.tracking_id])
    Batch.objects.filter(pk=bad.pk).update(verb="no step of ours")

    assert batches.carry_on() == 1

    assert Aside.objects.get().row == f"batch/{bad.pk}"
    assert list(Batch.objects.filter(finished_at=None)) == [bad]


def test_a_file_whose_day_cannot_be_computed_keeps_no_other_from_a_new_day(in_state):
    bad, good = in_state(), in_state()
    redue_changed()
    Application.objects.filter(pk=bad.pk).update(state_since=datetime(9999, 12, 31, 9, tzinfo=UTC))
    Target.objects.filter(state=State.RECEIVED).update(days=40)

    assert redue_changed() == 1

    assert _kept() == [("redue_changed", bad.stream, 1)]
    assert Redue.objects.get().done
    Application.objects.filter(pk=bad.pk).update(state_since=good.state_since)
    Aside.objects.update(set_aside_at=None, again_at=timezone.now() - timedelta(seconds=1))
    redue_changed()
    assert (
        Application.objects.get(pk=bad.pk).due_on == Application.objects.get(pk=good.pk).due_on > good.due_on
    )
    assert Aside.objects.count() == 0


def test_a_late_file_for_which_nobody_can_be_named_keeps_no_other_from_its_officer(in_state, person):
    head, bad, good = person(Role.SCRUTINY, supervisor=True), in_state(), in_state()
    Application.objects.update(due_on=timezone.localdate() - timedelta(days=3))
    # It waits at no desk, and yet is due.
    Application.objects.filter(pk=bad.pk).update(state=State.WITHDRAWN)

    done = _again_and_again(escalate_late, at=timezone.now())

    assert (done[0], sum(done)) == (1, 1)
    assert [(row.application, row.officer) for row in Escalation.objects.all()] == [(good, head)]
    assert _kept() == [("escalate_late", bad.stream, 5)]


def test_a_digest_that_cannot_be_written_keeps_nobody_from_theirs(in_state, person):
    heads = [person(Role.SCRUTINY, supervisor=True) for _ in range(2)]
    User.objects.filter(pk=heads[0].pk).update(language="xx")
    in_state()
    # A Wednesday, at nine.
    at = timezone.make_aware(datetime(2026, 3, 18, 9))
    Application.objects.update(due_on=at.date() - timedelta(days=3))

    _again_and_again(send_digests, at=at)

    assert list(Digest.objects.values_list("user", flat=True)) == [heads[1].pk]
    assert _kept() == [("send_digests", f"user/{heads[0].pk}", 5)]


def test_a_history_that_cannot_be_read_keeps_no_other_from_being_counted(in_state):
    bad, _good = in_state(), in_state(State.CHECKED)
    record(bad.stream, "object", by=SOMEBODY, after={"state": State.OBJECTED, "objections": 5})
    seal_new()

    refresh_figures()

    assert _kept() == [("refresh_figures", bad.stream, 1)]
    counted = MoveFigure.objects.filter(office="*").values_list("verb", "n")
    assert dict(counted) == {"submit": 1, "check": 1}
    Aside.objects.update(set_aside_at=None, again_at=timezone.now() - timedelta(seconds=1))
    refresh_figures()
    # Tried again it fails again, and the others are counted once.
    assert _kept() == [("refresh_figures", bad.stream, 1)]
    assert dict(counted.all()) == {"submit": 1, "check": 1}


def test_a_state_that_is_none_keeps_no_forecast_from_being_made(in_state):
    bad = in_state()
    record(bad.stream, "melt", by=SOMEBODY, after={"state": "melted"}, at=timezone.now() - timedelta(days=2))

    refresh_daily()
    refresh_daily(at=timezone.now() + timedelta(days=1))

    assert _kept() == [("refresh_daily", bad.stream, 1)]
    assert [entry.verb for entry in timeline(bad.stream)].count("set_aside") == 1


def test_a_notice_that_cannot_be_written_fails_alone(mailbox):
    for place in range(3):
        queue(
            "fee_short", stream="student/1", email=f"p{place}@example.org", mobile="", language="en",
            context={"rest": 1, "institution": "U", "portal_url": "x", "name": "n"},
        )  # fmt: skip
    bad = Notice.objects.earliest("pk")
    Notice.objects.filter(pk=bad.pk).update(subject="two\nlines")

    deliver_due()

    assert mailbox.recipients == ["p1@example.org", "p2@example.org"]
    assert Notice.objects.get(pk=bad.pk).fate == Fate.FAILED
