from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from degreetrack.journal.services import timeline
from degreetrack.kit.claiming import claim
from degreetrack.notifications import services
from degreetrack.notifications.channels import Permanent, Temporary
from degreetrack.notifications.models import Channel, Fate, Notice

pytestmark = pytest.mark.django_db
CONTEXT = {"name": "Gul Khan", "institution": "AIOU", "link": "https://example.org/x"}


def _queue(**over) -> list[Notice]:
    given = {"stream": "user/1", "email": "gul@example.org", "mobile": "", "language": "en"} | over
    return services.queue("password_reset", context=CONTEXT, **given)


@pytest.fixture
def provider(monkeypatch):
    """A provider that answers as told, in place of the mail server."""
    answers: list[Exception | None] = []
    taken: list[int] = []

    def send(notice: Notice) -> str:
        answer = answers.pop(0) if answers else None
        if answer:
            raise answer
        taken.append(notice.pk)
        return "id-1"

    monkeypatch.setitem(services.SENDERS, Channel.EMAIL, send)
    return answers, taken


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


def test_what_is_due_is_sent_once_and_journalled(provider):
    [notice] = _queue()

    assert (services.deliver_due(), services.deliver_due()) == (1, 0)

    sent = Notice.objects.get()
    assert provider[1] == [notice.pk]
    assert (sent.fate, sent.provider_id, sent.attempts, sent.leased_until) == (Fate.SENT, "id-1", 1, None)
    assert [entry.verb for entry in timeline("user/1")] == ["notice", "sent"]


def test_what_is_not_due_yet_waits(provider):
    _queue(at=timezone.now() + timedelta(minutes=5))

    assert services.deliver_due() == 0


def test_a_passing_fault_is_tried_again_with_growing_pauses(provider):
    answers, _taken = provider
    _queue()
    pauses = []

    for _ in services.PAUSES:
        answers.append(Temporary("busy"))
        assert services.deliver_due(now=Notice.objects.get().due_at) == 1
        pauses.append((Notice.objects.get().due_at - timezone.now()).total_seconds())

    assert all(0.75 * want < got < 1.25 * want for want, got in zip(services.PAUSES, pauses, strict=True))
    assert Notice.objects.get().fate == Fate.QUEUED
    answers.append(Temporary("busy"))
    services.deliver_due(now=Notice.objects.get().due_at)
    assert (Notice.objects.get().fate, Notice.objects.get().problem) == (Fate.FAILED, "busy")
    assert [entry.verb for entry in timeline("user/1")] == ["notice", "failed"]


def test_a_lasting_fault_fails_at_once(provider):
    provider[0].append(Permanent("no such mailbox"))
    _queue()

    services.deliver_due()

    assert (Notice.objects.get().fate, Notice.objects.get().problem) == (Fate.FAILED, "no such mailbox")


def test_what_a_killed_worker_held_is_sent_when_its_lease_is_over(provider):
    [notice] = _queue()
    now = timezone.now()
    claim(Notice.objects.filter(fate=Fate.QUEUED), now=now, lease=services.LEASE, limit=10)

    assert services.deliver_due(now=now + services.LEASE / 2) == 0
    assert services.deliver_due(now=now + services.LEASE * 2) == 1
    assert provider[1] == [notice.pk]
