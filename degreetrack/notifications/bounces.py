"""Mail that came back: delivery status notifications (RFC 3464) and complaints (RFC 5965)."""

import email
import re
from dataclasses import dataclass
from email import policy
from email.message import EmailMessage, Message

from degreetrack.notifications.models import Fate


@dataclass(frozen=True)
class Bounce:
    """What a returned mail tells: of which e-mail and recipient, and what became of it."""

    message_id: str
    to: str
    fate: Fate
    problem: str
    complaint: bool = False


def read_bounce(raw: bytes) -> Bounce | None:
    """Read a returned mail; None where it is no report, or tells of a delay only."""
    mail = email.message_from_bytes(raw, policy=policy.default)
    if mail.get_content_type() != "multipart/report":
        return None
    original = _original(mail)
    message_id = str(original.get("Message-ID", "")).strip() if original else ""
    if not message_id:
        return None
    for part in mail.walk():
        if part.get_content_type() == "message/feedback-report":
            to = str(original.get("To", "")) if original else ""
            return Bounce(message_id, _bare(to), Fate.SENT, "complaint", complaint=True)
        if part.get_content_type() == "message/delivery-status":
            found = _status(part, message_id)
            if found:
                return found
    return None


def _status(part: Message, message_id: str) -> Bounce | None:
    """The first recipient of a report whose fate is settled."""
    payload = part.get_payload()
    for fields in payload if isinstance(payload, list) else []:
        if not isinstance(fields, Message):
            continue
        action = str(fields.get("Action", "")).strip().casefold()
        status = str(fields.get("Status", "")).strip()
        to = _bare(str(fields.get("Original-Recipient") or fields.get("Final-Recipient") or ""))
        if action == "delivered":
            return Bounce(message_id, to, Fate.DELIVERED, "")
        if action == "failed":
            # 4.x.x: the server gave up on what might have gone later; the mailbox may be a good one.
            return Bounce(
                message_id, to, Fate.EXPIRED if status.startswith("4") else Fate.FAILED, f"bounced {status}"
            )
    return None


def _original(mail: EmailMessage) -> Message | None:
    """The headers of the e-mail that came back."""
    for part in mail.walk():
        kind = part.get_content_type()
        if kind == "message/rfc822":
            inner = part.get_payload()
            first = inner[0] if isinstance(inner, list) and inner else None
            return first if isinstance(first, Message) else None
        if kind == "text/rfc822-headers":
            return email.message_from_string(part.get_content(), policy=policy.default)
    return None


def _bare(field: str) -> str:
    """`rfc822; a@example.org` or `A <a@example.org>` as `a@example.org`."""
    found = re.search(r"[^\s<>;]+@[^\s<>;]+", field)
    return found[0] if found else ""
