"""Payments told at once by a bank's system: signed, no older than five minutes, harmless to repeat."""

import hashlib
import hmac
import json
import re
import time
from typing import Any, NoReturn

from django.conf import settings
from django.http import HttpRequest, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from degreetrack.fees.challans import rest
from degreetrack.fees.models import Via
from degreetrack.fees.payments import Taken, ToldDifferently, take_payment
from degreetrack.fees.readings import COLUMNS, NEEDED, facts_of
from degreetrack.kit.refusals import Refused

MOST_BYTES = 10_240
MOST_SECONDS = 300


class _Answer(Exception):
    """A refusal with the status that the caller gets."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.status = status


@csrf_exempt
@never_cache
@require_POST
def take(request: HttpRequest, provider: str) -> JsonResponse:
    """Take in one payment or reversal; docs/payments.md has the message and how to sign it."""
    try:
        body = _body(request, provider)
        taken = take_payment(provider=provider, via=Via.WEBHOOK, **_facts(body))
    except _Answer as answer:
        return JsonResponse({"error": str(answer)}, status=answer.status)
    except ToldDifferently as refusal:
        return JsonResponse({"error": str(refusal)}, status=409)
    except Refused as refusal:
        return JsonResponse({"error": str(refusal)}, status=400)
    return JsonResponse(_told(taken))


def _body(request: HttpRequest, provider: str) -> bytes:
    """The body, once it is known who sent it, and when."""
    secrets = settings.PAYMENT_SECRETS.get(provider)
    if secrets is None:
        raise _Answer(404, _("No such provider. Ask the university which name to use in the address."))
    length = request.headers.get("Content-Length") or "0"
    if not re.fullmatch(r"[0-9]{1,18}", length) or int(length) > MOST_BYTES:
        raise _Answer(413, _("The body is larger than 10 KB. Send one payment at a time."))
    body = request.body
    sent = request.headers.get("X-Timestamp", "")
    given = request.headers.get("X-Signature", "")
    if not re.fullmatch(r"[0-9]{1,12}", sent) or not any(
        hmac.compare_digest(signature(secret, sent, body).encode(), given.encode()) for secret in secrets
    ):
        raise _Answer(
            401,
            _("The signature is missing or wrong. Sign the timestamp, a dot and the body as they are sent."),
        )
    if abs(time.time() - int(sent)) > MOST_SECONDS:
        raise _Answer(
            401, _("The timestamp is more than five minutes off. Set the clock, and sign anew for each try.")
        )
    return body


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """What X-Signature must say: `sha256=` and the HMAC of timestamp, dot and body in hexadecimal."""
    drawn = hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256)
    return f"sha256={drawn.hexdigest()}"


def _facts(body: bytes) -> dict[str, Any]:
    """The payment that a body tells of."""
    try:
        # Numbers stay as they are written, so that 1600.00 is rupees and 1600.50 is refused.
        told = json.loads(body, parse_int=str, parse_float=str, parse_constant=_no_number)
    except (ValueError, RecursionError):
        told = None
    if not isinstance(told, dict):
        raise _Answer(400, _("The body is no JSON object in UTF-8."))
    unknown = sorted(told.keys() - set(COLUMNS))
    missing = [name for name in NEEDED if name not in told]
    if unknown or missing or not all(isinstance(value, str) for value in told.values()):
        raise _Answer(
            400,
            _("The body must have the fields %(fields)s, each as text or number, and no others.")
            % {"fields": ", ".join(COLUMNS)},
        )
    return facts_of(told)


def _no_number(name: str) -> NoReturn:
    raise ValueError(name)


def _told(taken: Taken) -> dict[str, Any]:
    challan = taken.payment.challan
    return {
        "already": not taken.new,
        "verdict": taken.payment.verdict,
        "challan_no": challan.number if challan else None,
        "rest": rest(challan) if challan else None,
    }
