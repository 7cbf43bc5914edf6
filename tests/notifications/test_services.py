"""The outbox against a real mail server: once, in order, again after a fault, never lost."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from degreetrack.journal.services import timeline
from degreetrack.kit.claiming import claim
from degreetrack.notifications import services
from degreetrack.notifications.models import Fate, Notice, Priority

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

    assert (services.deliver_due(), services.deliver_due()) == (1, 0)

    sent = Notice.objects.get()
    assert mailbox.recipients == ["gul@example.org"]
    assert (sent.fate, sent.attempts, sent.leased_until) == (Fate.SENT, 1, None)
    assert [entry.verb for entry in timeline("user/1")] == ["notice", "sent"]


def test_what_is_not_due_yet_waits(mailbox):
    _queue(at=timezone.now() + timedelta(minutes=5))

    assert services.deliver_due() == 0


def test_what_may_wait_for_the_morning_does_and_what_is_late_does_not():
    now = timezone.now()
    morning = now + timedelta(hours=8)

    assert [n.due_at for n in _queue(at=now, not_before=morning)] == [morning]
    assert [n.due_at for n in _queue(at=now, not_before=now - timedelta(hours=1))] == [now]


def test_reminders_go_last(mailbox):
    _queue(email="reminder@example.org", priority=Priority.REMINDER, at=timezone.now() - timedelta(hours=2))
    _queue(email="news@example.org")

    services.deliver_due()

    assert mailbox.recipients == ["news@example.org", "reminder@example.org"]


def test_what_somebody_waits_for_goes_before_the_backlog(mailbox):
    _queue(email="news@example.org", at=timezone.now() - timedelta(hours=2))
    _queue(email="waits@example.org", priority=Priority.AT_ONCE)

    services.deliver_due()

    assert mailbox.recipients == ["waits@example.org", "news@example.org"]


def test_a_passing_fault_is_tried_again_with_growing_pauses(mailbox):
    _queue()
    pauses = []
    mailbox.answers = ["450 busy"] * (len(services.PAUSES) + 1)

    for _ in services.PAUSES:
        assert services.deliver_due(now=Notice.objects.get().due_at) == 1
        pauses.append((Notice.objects.get().due_at - timezone.now()).total_seconds())

    assert all(0.75 * want < got < 1.25 * want for want, got in zip(services.PAUSES, pauses, strict=True))
    assert Notice.objects.get().fate == Fate.QUEUED
    services.deliver_due(now=Notice.objects.get().due_at)
    assert (Notice.objects.get().fate, Notice.objects.get().problem) == (Fate.FAILED, "SMTP 450")
    assert [entry.verb for entry in timeline("user/1")] == ["notice", "failed"]


def test_a_fault_of_ours_holds_up_nobody_else(mailbox):
    [broken] = _queue()
    Notice.objects.update(channel="crow")
    _queue(email="next@example.org")

    services.deliver_due()

    broken.refresh_from_db()
    assert mailbox.recipients == ["next@example.org"]
    assert (broken.fate, broken.attempts) == (Fate.QUEUED, 1)
    assert "crow" in broken.problem


def test_what_a_killed_worker_held_is_sent_when_its_lease_is_over(mailbox):
    _queue()
    now = timezone.now()
    claim(Notice.objects.filter(fate=Fate.QUEUED), now=now, lease=services.LEASE, limit=10)

    assert services.deliver_due(now=now + services.LEASE / 2) == 0
    assert services.deliver_due(now=now + services.LEASE * 2) == 1
    assert mailbox.recipients == ["gul@example.org"]


def test_one_that_kills_each_worker_is_given_up(mailbox):
    _queue()
    Notice.objects.update(attempts=len(services.PAUSES) + 1)

    services.deliver_due()

    assert (Notice.objects.get().fate, mailbox.mails) == (Fate.FAILED, [])


def test_a_claim_that_ran_out_is_left_to_the_worker_that_has_it_now(mailbox):
    _queue()
    now = timezone.now()
    [ours] = claim(Notice.objects.all(), now=now, lease=services.LEASE, limit=1)
    [theirs] = claim(Notice.objects.all(), now=now + services.LEASE * 2, lease=services.LEASE, limit=1)

    assert (services._begin(ours), services._begin(theirs)) == (False, True)
    assert Notice.objects.get().attempts == 1
