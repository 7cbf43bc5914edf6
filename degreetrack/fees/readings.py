"""What the bank writes, read: amounts, days and the kind of a payment, in a file or a message."""

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from degreetrack.fees.models import PaymentKind
from degreetrack.kit.refusals import Refused

COLUMNS = ("reference", "challan_no", "amount", "paid_on", "kind", "reverses")
NEEDED = COLUMNS[:-1]
# Thousands or lakhs grouped by commas; paisas only where they are none.
_AMOUNT = re.compile(r"(\d{1,9}|\d{1,3}(?:,\d{2,3})*,\d{3})(?:\.0{1,2})?", re.ASCII)
_DAY_FIRST = re.compile(r"(\d{1,2})([./-])(\d{1,2})\2(\d{4})", re.ASCII)
_CUT = re.compile(r"\d(?:[.,]\d+)?E\+?\d+", re.ASCII | re.IGNORECASE)


def facts_of(cells: Mapping[str, str]) -> dict[str, Any]:
    """The facts of a payment as take_payment() wants them; Refused names the field that is wrong."""
    for name in ("reference", "challan_no", "reverses"):
        if _CUT.fullmatch(cells.get(name, "").strip()):
            raise Refused(
                _("%(field)s: a spreadsheet has cut this number short. Take it from the bank's own file.")
                % {"field": name}
            )
    kind, reverses = cells["kind"].strip().lower(), cells.get("reverses", "").strip()
    if kind not in PaymentKind.values:
        raise Refused(_("kind: must be “payment” or “reversal”."))
    if (kind == PaymentKind.REVERSAL) != bool(reverses):
        raise Refused(_("reverses: a reversal, and only a reversal, names the payment that it takes back."))
    return {
        "reference": cells["reference"],
        "challan_no": cells["challan_no"],
        "amount": amount_of(cells["amount"]),
        "paid_on": day_of(cells["paid_on"]),
        "reverses": reverses,
    }


def amount_of(text: str) -> int:
    """Rupees from `1600`, `1,600`, `1,20,000` or `1600.00`; paisas are refused."""
    match = _AMOUNT.fullmatch(text.strip())
    if match is None:
        raise Refused(
            _("amount: must be whole rupees such as 1600 or 1,600, not “%(cell)s”.") % {"cell": text}
        )
    return int(match[1].replace(",", ""))


def day_of(text: str) -> date:
    """A day from `2026-11-24`, or with the day first: `24/11/2026`, `24.11.2026`, `24-Nov-2026`."""
    written = text.strip()
    day_first = _DAY_FIRST.fullmatch(written)
    try:
        if day_first:
            return date(int(day_first[4]), int(day_first[3]), int(day_first[1]))
        if written[-5:-4] == "-":
            return datetime.strptime(written, "%d-%b-%Y").date()
        return date.fromisoformat(written)
    except ValueError as error:
        raise Refused(
            _("paid_on: must be a day such as 2026-11-24 or 24/11/2026, not “%(cell)s”.") % {"cell": text}
        ) from error
