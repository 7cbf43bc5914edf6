"""The outbox: queue() writes rows within the move's transaction, deliver_due() sends them."""

import logging
import random
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F
from django.template.loader import render_to_string
from django.utils import timezone, translation

from degreetrack.accounts.models import Actor
from degreetrack.journal.services import record
from degreetrack.kit.claiming import claim
from degreetrack.notifications.channels import Permanent, Temporary, console, email
from degreetrack.notifications.models import Channel, Fate, Notice, Priority

log = logging.getLogger("degreetrack.notifications")
SENDERS = {Channel.EMAIL: email.send, Channel.SMS: console.send}
OUTBOX = Actor("outbox")
# Longer than the slowest talk with a provider, so that nobody sends what is being sent.
LEASE = timedelta(seconds=120)
PAUSES = [30, 120, 480, 1800, 7200, 21600, 43200, 86400]


def queue(
    template: str,
    *,
    stream: str,
    email: str,
    mobile: str,
    language: str,
    context: dict[str, Any],
    priority: Priority = Priority.NEWS,
    at: datetime | None = None,
    not_before: datetime | None = None,
) -> list[Notice]:
    """Queue the news by each channel with an address; nothing is sent until the transaction commits."""
    at = at or timezone.now()
    common = {
        "stream": stream,
        "template": template,
        "language": language,
        "priority": priority,
        "queued_at": at,
        "due_at": max(at, not_before or at),
    }
    notices = []
    with translation.override(language):
        if email:
            text = render_to_string(f"notices/{template}.{language}.email.txt", context)
            subject, _, body = text.partition("\n")
            notices.append(
                Notice(channel=Channel.EMAIL, to=email, subject=subject.strip(), body=body.strip(), **common)
            )
        if mobile:
            text = render_to_string(f"notices/{template}.{language}.sms.txt", context)
            notices.append(Notice(channel=Channel.SMS, to=mobile, body=" ".join(text.split()), **common))
    for notice in notices:
        notice.save(force_insert=True)
        said = {"notice": notice.pk, "channel": notice.channel, "template": template}
        record(stream, "notice", by=OUTBOX, after=said, at=at)
    return notices


def deliver_due(*, now: datetime | None = None, limit: int = 100) -> int:
    """Send what is due, most pressing first, with no transaction open meanwhile; say how many were tried."""
    now = now or timezone.now()
    due = Notice.objects.filter(fate=Fate.QUEUED, due_at__lte=now).order_by("priority", "due_at")
    claimed = claim(due, now=now, lease=LEASE, limit=limit)
    for notice in claimed:
        if _begin(notice):
            _deliver(notice)
    return len(claimed)


def _begin(notice: Notice) -> bool:
    """Count the attempt before it is made, so that one that kills the worker is given up in the end.

    False where the claim ran out while others of its batch were sent: another worker has it.
    """
    ours = Notice.objects.filter(pk=notice.pk, fate=Fate.QUEUED, leased_until=notice.leased_until)
    begun = ours.update(attempts=F("attempts") + 1, leased_until=timezone.now() + LEASE)
    notice.attempts += begun
    return bool(begun)


def _deliver(notice: Notice) -> None:
    try:
        if notice.attempts > len(PAUSES) + 1:
            raise Permanent("each attempt stopped the worker")
        notice.provider_id = SENDERS[Channel(notice.channel)](notice)
    except Permanent as problem:
        notice.fate, notice.problem = Fate.FAILED, str(problem)[:300]
    except Temporary as problem:
        _postpone(notice, problem)
    except Exception as problem:
        log.exception("notice %s met a fault of ours", notice.pk)
        _postpone(notice, problem)
    else:
        notice.fate, notice.sent_at, notice.problem = Fate.SENT, timezone.now(), ""
    notice.leased_until = None
    with transaction.atomic():
        notice.save()
        if notice.fate != Fate.QUEUED:
            _journal(notice)


def _journal(notice: Notice) -> None:
    said = {"notice": notice.pk, "channel": notice.channel, "problem": notice.problem}
    record(notice.stream, str(notice.fate), by=OUTBOX, after=said)


def _postpone(notice: Notice, problem: Exception) -> None:
    """Try again after a pause that grows; give up after the last."""
    notice.problem = str(problem)[:300]
    if notice.attempts > len(PAUSES):
        notice.fate = Fate.FAILED
        return
    pause = PAUSES[notice.attempts - 1] * random.uniform(0.8, 1.2)  # noqa: S311 - spreads the load
    notice.due_at = timezone.now() + timedelta(seconds=pause)
    log.warning("notice %s is tried again in %d s: %s", notice.pk, pause, notice.problem)
