"""What SMPP messages say: the parts of an SMS, statuses, receipts, and texts from people."""

import logging
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone

from degreetrack.kit.phones import masked
from degreetrack.notifications.channels import Down, Permanent, Receipt, Temporary, Text
from degreetrack.notifications.models import Fate, Notice
from degreetrack.notifications.sms_text import decoded, split

log = logging.getLogger("degreetrack.smpp")
# Type and plan of a number.
INTERNATIONAL, ALPHANUMERIC, SHORT_CODE = (1, 1), (5, 0), (3, 0)
JOINED = 0x40
RECEIPT = 0x04
# Command statuses (SMPP 3.4, 5.1.3). What is in no list is temporary: better sent late than lost.
BUSY = {0x58: "throttled", 0x14: "its queue is full"}
OURS = {0x03, 0x04, 0x05, 0x0D, 0x0E, 0x0F, 0x15, 0x53}
BAD_ADDRESS = {0x0B, 0x40, 0x48, 0x49, 0x50, 0x51}
BAD_MESSAGE = {0x01, 0x02, 0x06, 0x07, 0x0A, 0x43, 0x44, 0x61, 0x62, 0x66, 0xC0, 0xC1, 0xC2, 0xC3, 0xC4}
# message_state of a receipt, and the words for it.
STATES = {
    2: Fate.DELIVERED, 3: Fate.EXPIRED, 4: Fate.FAILED, 5: Fate.FAILED, 8: Fate.FAILED,
    "DELIVRD": Fate.DELIVERED, "EXPIRED": Fate.EXPIRED, "DELETED": Fate.FAILED, "UNDELIV": Fate.FAILED,
    "REJECTD": Fate.FAILED,
}  # fmt: skip


def fault_of(status: int) -> Exception:
    """Whose fault a refusal is."""
    said = f"SMPP {status:#04x}"
    if status in BUSY:
        return Down(BUSY[status])
    if status in OURS:
        return Down(said)
    if status in BAD_ADDRESS:
        return Permanent(said)
    if status in BAD_MESSAGE:
        return Permanent(said, bad_address=False)
    return Temporary(said)


def submissions(notice: Notice) -> Iterator[dict[str, Any]]:
    """The submit_sm of each part of a notice."""
    coding, pieces = split(notice.body)
    # A part of an earlier attempt must not be joined with one of this.
    reference = (notice.pk * 7 + notice.attempts + notice.deaths) & 0xFF
    sender = settings.SMS_SENDER
    ton, npi = _kind_of(sender)
    left = max(notice.expires_at - timezone.now(), timedelta(minutes=1))
    for number, piece in enumerate(pieces, start=1):
        header = bytes([5, 0, 3, reference, len(pieces), number]) if len(pieces) > 1 else b""
        yield {
            "source_addr_ton": ton, "source_addr_npi": npi, "source_addr": sender,
            "dest_addr_ton": INTERNATIONAL[0], "dest_addr_npi": INTERNATIONAL[1],
            "destination_addr": notice.to.lstrip("+"),
            "esm_class": JOINED if header else 0, "data_coding": coding, "short_message": header + piece,
            "registered_delivery": 1, "validity_period": _period(left),
        }  # fmt: skip


def _period(left: timedelta) -> str:
    """A span as SMPP writes it, at most 63 days: YYMMDDhhmmss000R."""
    seconds = min(int(left.total_seconds()), 63 * 86400)
    days, rest = divmod(seconds, 86400)
    months, days = divmod(days, 30)
    return f"00{months:02}{days:02}{rest // 3600:02}{rest % 3600 // 60:02}{rest % 60:02}000R"


def _kind_of(sender: str) -> tuple[int, int]:
    """Type and plan of a sender: a mask with letters, a short code, or a whole number."""
    if not sender.lstrip("+").isdigit():
        return ALPHANUMERIC
    return SHORT_CODE if len(sender) <= 6 else INTERNATIONAL


def read(pdu: Any) -> Receipt | Text | None:
    """A receipt, or an SMS from a person."""
    raw = pdu.short_message or getattr(pdu, "message_payload", None) or b""
    sender = (pdu.source_addr or b"").decode("latin-1")
    if not (pdu.esm_class or 0) & 0x3C:
        if (pdu.esm_class or 0) & JOINED and raw:
            raw = raw[raw[0] + 1 :]
        log.info("an SMS came from %s", masked(sender))
        return Text(sender, decoded(pdu.data_coding or 0, raw))
    if not (pdu.esm_class or 0) & RECEIPT:
        return None
    words = raw.decode("latin-1")
    tlv = getattr(pdu, "receipted_message_id", None)
    found = re.search(r"id:\s*(\S+)", words)
    given = tlv.rstrip(b"\0").decode("latin-1") if isinstance(tlv, bytes) else (tlv or "")
    provider_id = given or (found[1] if found else "")
    stat = re.search(r"stat:\s*(\w+)", words)
    told: Any = getattr(pdu, "message_state", None) or (stat[1].upper() if stat else "")
    error = re.search(r"err:\s*(\w+)", words)
    if not provider_id or told not in STATES:
        return None
    fate = STATES[told]
    words = f"receipt {stat[1] if stat else told}" + (f", error {error[1]}" if error else "")
    return Receipt(provider_id, sender, fate, "" if fate == Fate.DELIVERED else words)
