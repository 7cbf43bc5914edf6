"""Asking by SMS: a tracking ID or roll number is answered with where it stands; STOP, START and HELP."""

import re
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import formats, timezone, translation

from degreetrack.applications import queries, reach
from degreetrack.applications.lifecycle import ENDED, WAITS_ON_APPLICANT, State
from degreetrack.applications.models import Application
from degreetrack.aside.services import Trying
from degreetrack.catalogue.services import institution
from degreetrack.notifications import addresses
from degreetrack.notifications.models import Channel, Incoming, Priority
from degreetrack.notifications.services import queue

STOP = {"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "بند", "بند کریں", "روکیں", "روک دیں"}
START = {"START", "UNSTOP", "شروع", "شروع کریں", "چالو", "چالو کریں"}
HELP = {"HELP", "INFO", "DTS", "STATUS", "?", "مدد"}
# More than so many in an hour, or in a day, are kept and not answered: each answer costs money.
PER_HOUR, PER_DAY = 6, 20
EXAMPLE = "EBN-AGZ-2G3K"


def answer_texts(*, at: datetime | None = None, most: int = 200) -> int:
    """Answer what people have sent; say how many. One that always fails is set aside."""
    at = at or timezone.now()
    trying = Trying("answer_texts", at=at)
    waiting = Incoming.objects.filter(answered_at=None).exclude(pk__in=trying.resting_pks).order_by("pk")
    answered = 0
    for pk in list(waiting.values_list("pk", flat=True)[:most]):
        answered += trying.attempt(f"incoming/{pk}", _answer_one, pk, at) or 0
    trying.end()
    return answered


def _answer_one(pk: int, at: datetime) -> bool:
    """Answer one, unless another worker has done so, or its sender asks too often."""
    with transaction.atomic():
        row = Incoming.objects.select_for_update().filter(pk=pk, answered_at=None).first()
        if row is None:
            return False
        row.answered_at = at
        row.save(update_fields=["answered_at"])
        mine = Incoming.objects.filter(sender=row.sender, pk__lte=pk)
        often = mine.filter(at__gt=row.at - timedelta(hours=1)).count() > PER_HOUR
        if often or mine.filter(at__gt=row.at - timedelta(days=1)).count() > PER_DAY:
            return False
        template, language, context = _answer_to(row)
        uni = institution()
        with translation.override(language):
            context |= {"institution": uni.short_name, "help_phone": uni.help_phone, "example": EXAMPLE}
        queue(
            template,
            stream=f"incoming/{row.pk}",
            email="",
            mobile=row.sender,
            language=language,
            context=context,
            priority=Priority.AT_ONCE,
            at=at,
        )
    return True


def _answer_to(row: Incoming) -> tuple[str, str, dict[str, Any]]:
    """The template, the language and the values of the answer."""
    words = " ".join(row.text.split()).strip(" .!۔").upper()
    language = "ur" if re.search("[؀-ۿ]", words) else "en"
    if words in STOP:
        addresses.stop(Channel.SMS, row.sender)
        return "asked_stop", language, {}
    if words in START:
        addresses.resume(Channel.SMS, row.sender)
        return "asked_start", language, {}
    if words in HELP or not words:
        return "asked_help", language, {}
    number = re.sub(r"^(DTS|STATUS|ڈی ٹی ایس)\b[\s:,-]*", "", words)
    found = queries.find(number[:40])
    if not found.applications:
        return "asked_unknown", language, {}
    application = min(found.applications, key=lambda row: row.state in ENDED)
    own = row.sender in {application.mobile, reach.contact(application).mobile}
    return "asked_status", application.language if own else language, _where(application, found.by, own)


def _where(application: Application, by: str, own: bool) -> dict[str, Any]:
    """Where it stands. A strange phone with a roll number, which can be guessed, learns the least."""
    language = application.language if own else None
    whole = own or by == "tracking_id"
    with translation.override(language or translation.get_language()):
        waits = application.state in WAITS_ON_APPLICANT and whole
        limit_on = application.limit_on if waits else None
        path = reverse("public:status", args=[application.tracking_id]) if whole else reverse("public:home")
        return {
            "number": application.tracking_id if whole else application.result.roll_no,
            "state": str(State(application.state).label),
            "limit_on": formats.date_format(limit_on) if limit_on else "",
            "link": settings.SITE_URL.rstrip("/") + path,
        }
