"""Receipts and texts that an SMS gateway tells of; the secret in the address is the gateway's."""

import json
import re

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from degreetrack.notifications import receipts
from degreetrack.notifications.channels import Receipt, Text
from degreetrack.notifications.models import Channel, Fate

MOST_BYTES = 10_240


@csrf_exempt
@never_cache
@require_http_methods(["GET", "POST"])
def receipt(request: HttpRequest, secret: str) -> HttpResponse:
    """One receipt; a state that settles nothing is taken and forgotten."""
    told = _told(request, secret)
    state, provider_id = told.get("state", ""), told.get("id", "")
    if not provider_id:
        return _refused("The message's id is missing.")
    if re.search(settings.SMS_WEBHOOK["delivered"], state):
        fate = Fate.DELIVERED
    elif re.search(settings.SMS_WEBHOOK["failed"], state):
        fate = Fate.EXPIRED if "expir" in state.casefold() else Fate.FAILED
    else:
        return HttpResponse("OK", content_type="text/plain")
    problem = "" if fate == Fate.DELIVERED else f"receipt {state}"[:100]
    told_of = Receipt(provider_id[:255], told.get("to", ""), fate, problem)
    receipts.take(Channel.SMS, [told_of], at=timezone.now())
    return HttpResponse("OK", content_type="text/plain")


@csrf_exempt
@never_cache
@require_http_methods(["GET", "POST"])
def text(request: HttpRequest, secret: str) -> HttpResponse:
    """One SMS that somebody sent; it is answered by the worker."""
    told = _told(request, secret)
    if not told.get("sender") or "text" not in told:
        return _refused("The sender or the text is missing.")
    receipts.keep([Text(told["sender"], told["text"])], at=timezone.now())
    return HttpResponse("OK", content_type="text/plain")


def _told(request: HttpRequest, secret: str) -> dict[str, str]:
    """What the gateway says, by our names; by query, form or JSON."""
    if not any(constant_time_compare(secret, ours) for ours in settings.SMS_WEBHOOK_SECRETS):
        raise Http404
    given: dict[str, object] = {**request.GET.dict(), **request.POST.dict()}
    if request.content_type == "application/json" and len(request.body) <= MOST_BYTES:
        try:
            body = json.loads(request.body)
        except (ValueError, RecursionError):
            body = None
        given |= body if isinstance(body, dict) else {}
    names = settings.SMS_WEBHOOK["fields"]
    return {ours: str(given[theirs]).replace("\0", "") for ours, theirs in names.items() if theirs in given}


def _refused(why: str) -> HttpResponse:
    return HttpResponse(why, status=400, content_type="text/plain")
