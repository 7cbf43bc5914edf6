"""Numbered blank stock: used once, voided with a reason, never used again."""

import re
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from degreetrack.credentials.models import StockUse
from degreetrack.kit.refusals import Refused

_STOCK_NO = re.compile(r"[A-Z0-9][A-Z0-9/-]{2,19}")


def use_stock(stream: str, *, stock_no: str, at: datetime) -> StockUse:
    """Take one numbered blank for an application; refuse a number that was used before."""
    stock_no = stock_no.strip().upper()
    if not _STOCK_NO.fullmatch(stock_no):
        raise Refused(_("A stock number has 3 to 20 letters, digits, dashes or slashes."))
    try:
        with transaction.atomic():
            return StockUse.objects.create(stock_no=stock_no, stream=stream, printed_at=at)
    except IntegrityError as error:
        raise Refused(_("Stock number %(number)s is used already.") % {"number": stock_no}) from error


def void_stock(stream: str, *, reason: str, at: datetime) -> None:
    """Void the blank that the application's good print is on."""
    StockUse.objects.filter(stream=stream, voided_at=None).update(voided_at=at, void_reason=reason[:300])
