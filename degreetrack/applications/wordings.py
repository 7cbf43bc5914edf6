"""Every notice with the longest plausible values: what it says, how long it is, and what it costs."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.utils import translation

from degreetrack.applications.lifecycle import MOVES, State
from degreetrack.catalogue.services import institution
from degreetrack.notifications.models import Channel
from degreetrack.notifications.services import Wording, wording
from degreetrack.notifications.sms_text import parts

BY_SMS_AND_MAIL = [move.verb for move in MOVES.values() if move.tells] + [
    "reminder", "bearer", "reply", "sign_in_code", "contact_confirmed", "address_changed", "fee_short",
    "breach",
]  # fmt: skip
BY_SMS = ["asked_status", "asked_unknown", "asked_help", "asked_stop", "asked_start"]
BY_MAIL = ["password_reset", "lockout", "account", "digest", "guessing"]
_SITE = "https://tracking.uni.edu.pk"
LONGEST: dict[str, Any] = {
    "tracking_id": "WWW-WWW-WWWW",
    "kind": "Provisional certificate",
    "programme": "Higher Secondary School Certificate (FA)",
    "name": "Muhammad Abdurrahman Siddiqui Chaudhry",
    "status_url": f"{_SITE}/status/WWW-WWW-WWWW/",
    "portal_url": f"{_SITE}/my/",
    "site": _SITE,
    "link": f"{_SITE}/status/WWW-WWW-WWWW/",
    "courier": "Pakistan Post",
    "consignment_no": "RGL600095774000000",
    "reason": "The result was cancelled by the examination department",
    "objections": ["The photograph is missing or does not show the face."],
    "days_left": 29,
    "bearer": "Muhammad Abdurrahman Siddiqui Chaudhry",
    "code": "000000",
    "rest": 12000,
    "challan_no": "123456789012",
    "number": "WWW-WWW-WWWW",
    "example": "EBN-AGZ-2G3K",
    "until": "September 30, 2026, 11:59 p.m.",
    "day": "September 30, 2026",
    "what": "Somebody signed in to your account with a browser that we did not know: Chrome, Android.",
    "stages": [
        {"label": "Papers complete, waiting for verification", "late": 12000, "today": 340, "next": 560}
    ],
    "oldest": [{"tracking_id": "WWW-WWW-WWWW", "days": 365}],
    "escalated": 120,
    "unanswered": 110,
    "how": "network",
    "misses": 12000,
    "lost": 45,
    "stuck": 6789,
    "late_url": f"{_SITE}/staff/late/",
}
_URDU = {"limit_on": "ستمبر 30, 2026", "name": "محمد عبدالرحمٰن صدیقی چوہدری"}
_ENGLISH = {"limit_on": "September 30, 2026"}


@dataclass(frozen=True)
class Sample:
    """One notice in one language; `parts` of its SMS."""

    template: str
    language: str
    sms: str
    parts: int
    mail: Wording | None


def longest(language: str) -> dict[str, Any]:
    """The longest plausible values in a language."""
    with translation.override(language):
        state = max((str(state.label) for state in State), key=len)
        uni = institution()
        ours = {"institution": uni.short_name, "help_phone": uni.help_phone}
    return LONGEST | {"state": state} | ours | (_URDU if language == "ur" else _ENGLISH)


def samples() -> Iterator[Sample]:
    """Every notice in both languages."""
    for template in [*BY_SMS_AND_MAIL, *BY_SMS, *BY_MAIL]:
        for language in ("en", "ur"):
            values = longest(language)
            sms = wording(template, Channel.SMS, language, values).body if template not in BY_MAIL else ""
            mail = wording(template, Channel.EMAIL, language, values) if template not in BY_SMS else None
            yield Sample(template, language, sms, parts(sms) if sms else 0, mail)
