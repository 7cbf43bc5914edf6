"""Bounces and complaints that a mail provider tells of, by django-anymail's webhooks."""

from typing import Any

from anymail.signals import AnymailTrackingEvent, tracking
from django.dispatch import receiver
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.module_loading import import_string
from django.views.decorators.csrf import csrf_exempt

from degreetrack.notifications.models import Fate
from degreetrack.notifications.receipts import take_mail

# Those whose calls our secret alone proves; the others sign with keys that no setting of ours has.
PROVIDERS = {
    "amazon_ses": "AmazonSES",
    "brevo": "Brevo",
    "mailjet": "Mailjet",
    "mailtrap": "Mailtrap",
    "postmark": "Postmark",
    "sparkpost": "SparkPost",
}
_FATES = {"delivered": Fate.DELIVERED, "bounced": Fate.FAILED, "rejected": Fate.FAILED, "failed": Fate.FAILED}


@csrf_exempt
def take(request: HttpRequest, provider: str) -> HttpResponseBase:
    """What a provider tells, in its own format; its library is loaded when it first calls."""
    if provider not in PROVIDERS:
        raise Http404
    view = import_string(f"anymail.webhooks.{provider}.{PROVIDERS[provider]}TrackingWebhookView")
    answer: HttpResponseBase = view.as_view()(request)
    return answer


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
