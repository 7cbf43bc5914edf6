"""The outbox against a real mail server: once, in order, again after a fault, never lost."""

from datetime import datetime, timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from degreetrack.journal.services import timeline
from degreetrack.kit.refusals import Refused
from degreetrack.notifications import addresses, delivery, services
from degreetrack.notifications.channels import email
from degreetrack.notifications.delivery import deliver_due
from degreetrack.notifications.models import Channel, Fate, Notice, Priority
from degreetrack.notifications.terms import TERMS

pytestmark = pytest.mark.django_db
CONTEXT = {"name": "Gul Khan", "institution": "AIOU", "link": "https://example.org/x"}


def _queue(**over) -> list[Notice]:
    given = {"stream": "user/1", "email": "gul@example.org", "mobile": "", "language": "en"} | over
    return services.queue("password_reset", context=CONTEXT, **given)


def test_a_notice_is_journalled_without_address_or_text():
    [notice] = _queue()

    [entry] = timeline("user/1")
    assert (notice.subject, notice.fate) == ("Reset your password", Fate.QUEUED)
    assert (entry.verb, entry.data["after"]) == (
        "notice",
        {"notice": notice.pk, "channel": "email", "template": "password_reset"},
    )


def test_without_an_address_nothing_is_queued():
    assert _queue(email="") == []


def test_nothing_is_queued_when_the_transaction_fails():
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        _queue()
        raise ZeroDivisionError

    assert Notice.objects.count() == 0


def test_what_is_due_is_sent_once_and_journalled(mailbox):
    _queue()

    assert (deliver_due(), deliver_due()) == (1, 0)

    sent = Notice.objects.get()
    assert mailbox.recipients == ["gul@example.org"]
    assert (sent.fate, sent.attempts, sent.leased_until) == (Fate.SENT, 1, None)
    assert [entry.verb for entry in timeline("user/1")] == ["notice", "sent"]


def test_what_is_not_due_yet_waits(mailbox):
    _queue(at=timezone.now() + timedelta(minutes=5))

    assert deliver_due() == 0


def test_what_may_wait_for_the_morning_does_and_what_is_late_does_not():
    now = timezone.now()
    morning = now + timedelta(hours=8)

    assert [n.due_at for n in _queue(at=now, not_before=morning)] == [morning]
    assert [n.due_at for n in _queue(at=now, not_before=now - timedelta(hours=1))] == [now]


def test_reminders_go_last(mailbox):
    _queue(email="reminder@example.org", priority=Priority.REMINDER, at=timezone.now() - timedelta(hours=2))
    _queue(email="news@example.org")

    deliver_due()

    assert mailbox.recipients == ["news@example.org", "reminder@example.org"]


def test_what_somebody_waits_for_goes_before_the_backlog(mailbox):
    _queue(email="news@example.org", at=timezone.now() - timedelta(hours=2))
    _queue(email="waits@example.org", priority=Priority.AT_ONCE)

    deliver_due()

    assert mailbox.recipients == ["waits@example.org", "news@example.org"]


def test_a_passing_fault_is_tried_again_with_growing_pauses(mailbox):
    _queue()
    pauses = TERMS[Priority.NEWS].pauses
    waited = []
    mailbox.answers = ["450 busy"] * (len(pauses) + 1)

    for _ in pauses:
        now = Notice.objects.get().due_at
        assert deliver_due(now=now) == 1
        waited.append((Notice.objects.get().due_at - now).total_seconds())

    assert all(0.75 * want < got < 1.25 * want + 1 for want, got in zip(pauses, waited, strict=True))
    assert Notice.objects.get().fate == Fate.QUEUED
    deliver_due(now=Notice.objects.get().due_at)
    notice = Notice.objects.get()
    assert (notice.fate, notice.permanent, notice.problem) == (Fate.FAILED, False, "SMTP 450")
    assert [entry.verb for entry in timeline("user/1")] == ["notice", "failed"]


def test_a_fault_of_ours_holds_up_nobody_else(mailbox, monkeypatch):
    [broken] = _queue(priority=Priority.AT_ONCE)
    _queue(email="next@example.org")
    monkeypatch.setattr(email, "written", lambda notice: _broken(notice, broken.pk))

    deliver_due()

    broken.refresh_from_db()
    assert mailbox.recipients == ["next@example.org"]
    assert (broken.fate, broken.attempts, broken.problem) == (Fate.QUEUED, 1, "a fault of ours")


def _broken(notice: Notice, pk: int, written=email.written):
    if notice.pk == pk:
        raise RuntimeError("a fault of ours")
    return written(notice)


def test_what_a_killed_worker_held_is_sent_when_its_lease_is_over(mailbox):
    _queue()
    now = timezone.now()
    delivery.Delivery(Channel.EMAIL)._claim(10)

    assert Notice.objects.get().fate == Fate.SENDING
    assert deliver_due(now=now + delivery.LEASE / 2) == 0
    assert deliver_due(now=now + delivery.LEASE * 2) == 1
    assert mailbox.recipients == ["gul@example.org"]


def test_what_is_too_late_is_not_sent(mailbox):
    [code] = _queue(priority=Priority.AT_ONCE, valid=timedelta(minutes=10))

    deliver_due(now=timezone.now() + timedelta(minutes=11))

    code.refresh_from_db()
    assert (code.fate, mailbox.mails) == (Fate.EXPIRED, [])
    assert [entry.verb for entry in timeline("user/1")] == ["notice", "expired"]


def test_what_newer_news_has_overtaken_is_dropped_and_says_so(mailbox):
    [old] = _queue(topic="status", priority=Priority.REMINDER)
    _queue(topic="status", stream="user/2", email="other@example.org")
    _queue(email="thread@example.org")
    _queue(topic="status", email="new@example.org")

    deliver_due()

    old.refresh_from_db()
    assert sorted(mailbox.recipients) == ["new@example.org", "other@example.org", "thread@example.org"]
    assert (old.fate, old.problem) == (Fate.DROPPED, "overtaken by newer news")
    assert "dropped" in [entry.verb for entry in timeline("user/1")]


def test_who_stops_gets_no_more_and_neither_what_was_queued_before(mailbox):
    [waiting] = _queue()
    addresses.stop(Channel.EMAIL, "gul@example.org")
    [later] = _queue()
    _queue(priority=Priority.AT_ONCE)

    deliver_due()
    addresses.resume(Channel.EMAIL, "gul@example.org")
    _queue()
    deliver_due()

    waiting.refresh_from_db()
    assert (waiting.fate, later.fate) == (Fate.DROPPED, Fate.DROPPED)
    assert len(mailbox.mails) == 2


@pytest.mark.parametrize(
    ("hour", "quiet"), [(21, False), (22, True), (23, True), (3, True), (7, True), (8, False), (12, False)]
)
def test_at_night_only_what_somebody_waits_for_goes(hour, quiet, mailbox, settings):
    settings.QUIET_HOURS = (22, 8)
    at = timezone.make_aware(datetime(2026, 5, 4, hour, 30))
    [news] = _queue(at=at, email="news@example.org")
    _queue(at=at, priority=Priority.AT_ONCE)
    # One that was queued by day and is due again by night.
    Notice.objects.filter(pk=news.pk).update(due_at=at)

    deliver_due(now=at)

    assert mailbox.recipients == ["gul@example.org"] + ["news@example.org"] * (not quiet)
    due = timezone.localtime(news.due_at)
    assert due == at if not quiet else (due.hour, due.day) == (8, 5 if hour > 20 else 4)


def test_staff_send_a_notice_again_to_the_address_of_today(mailbox, person):
    [notice] = _queue()
    with pytest.raises(Refused):
        services.send_again(notice, by=person("receipt"))
    deliver_due()
    Notice.objects.update(template="submit")
    notice.refresh_from_db()

    again = services.send_again(notice, by=person("receipt"), to="new@example.org")
    deliver_due()

    assert mailbox.recipients == ["gul@example.org", "new@example.org"]
    assert again.body == notice.body


def test_words_for_the_recipient_alone_are_not_sent_again(mailbox, person):
    [notice] = _queue()
    deliver_due()
    notice.refresh_from_db()

    with pytest.raises(Refused):
        services.send_again(notice, by=person("receipt"))


def test_one_that_kills_its_workers_holds_up_nobody_and_is_tried_ever_more_seldom(mailbox):
    for place in range(3):
        _queue(email=f"p{place}@example.org")
    poison = Notice.objects.first()
    now = timezone.now()
    waits = []
    # Each worker dies of the first one, whatever it had claimed beside it.
    for _ in range(12):
        claimed = delivery.Delivery(Channel.EMAIL, delivery.Clock(lambda now=now: now))._claim(10)
        assert claimed[0] == poison
        poison.refresh_from_db()
        waits.append(poison.leased_until - now)
        now = poison.leased_until + timedelta(seconds=1)
        if len(waits) == 2:
            # Somebody sends the others meanwhile.
            deliver_due(now=now - timedelta(seconds=2))

    assert mailbox.recipients == ["p1@example.org", "p2@example.org"]
    assert waits[:4] == [delivery.LEASE, delivery.LEASE, delivery.LEASE * 2, delivery.LEASE * 4]
    assert waits[-1] == delivery.LEASE * 128
    assert (poison.attempts, poison.deaths) == (0, 11)
    deliver_due(now=poison.expires_at + timedelta(hours=10))
    poison.refresh_from_db()
    assert poison.fate == Fate.EXPIRED


def test_what_was_sent_and_could_not_be_written_down_is_not_sent_again_at_once(mailbox, monkeypatch):
    _queue()

    def full(*_what, **_more):
        raise OSError("disk full")

    monkeypatch.setattr(delivery, "_save_sent", full)
    line = delivery.Delivery(Channel.EMAIL)
    with pytest.raises(OSError, match="disk full"):
        line.round()
    assert [line.round() for _ in range(3)] == [0, 0, 0]
    assert len(mailbox.mails) == 1
