"""Bounces and complaints that a mail provider tells of, by django-anymail's webhooks."""

from typing import Any

from anymail.signals import AnymailTrackingEvent, tracking
from django.dispatch import receiver
from django.utils import timezone

from degreetrack.notifications.models import Fate
from degreetrack.notifications.receipts import take_mail

_FATES = {"delivered": Fate.DELIVERED, "bounced": Fate.FAILED, "rejected": Fate.FAILED, "failed": Fate.FAILED}


@receiver(tracking)
def take_event(sender: Any, event: AnymailTrackingEvent, **_more: Any) -> None:
    """Mark the notice, and the address where it is the address's fault."""
    complaint = event.event_type in ("complained", "unsubscribed")
    fate = _FATES.get(event.event_type)
    if event.message_id and (fate or complaint):
        why = " ".join(filter(None, (event.event_type, event.reject_reason)))
        take_mail(
            event.message_id,
            to=event.recipient or "",
            fate=fate or Fate.SENT,
            problem="" if fate == Fate.DELIVERED else why,
            stop=complaint,
            at=timezone.now(),
        )
