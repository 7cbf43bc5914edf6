"""Deliveries of blanks: received number by number, voided in the store where they are damaged."""

import re
from datetime import datetime

from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from degreetrack.accounts.models import Actor, User
from degreetrack.catalogue.models import Kind
from degreetrack.credentials.ledger import STOCK_NO, Change, move, must_keep_stock, said, write
from degreetrack.credentials.models import Blank, Fate, Lot
from degreetrack.journal.services import ByWhom
from degreetrack.kit.refusals import Refused

MOST_IN_A_LOT = 200_000
_PREFIX = re.compile(r"([A-Z0-9][A-Z0-9/-]{0,9})?")


def receive(
    kind: str,
    *,
    first: str,
    last: str,
    paper_no: str,
    by: User | Actor,
    prefix: str = "",
    at: datetime | None = None,
) -> Lot:
    """Take a delivery into the store: every number from first to last, with as many digits as typed."""
    must_keep_stock(by)
    prefix, paper_no = prefix.strip().upper(), " ".join(paper_no.split())
    begin, end = _range(first, last)
    if kind not in Kind.values:
        raise Refused(_("Choose the kind of document that these blanks are for."))
    if not _PREFIX.fullmatch(prefix):
        raise Refused(_("What stands before the digits has at most 10 letters, digits, dashes or slashes."))
    if not 3 <= len(paper_no) <= 60:
        raise Refused(_("Write the number of the delivery note, and whose it is, in 3 to 60 letters."))
    lot = Lot(
        kind=kind,
        prefix=prefix,
        first=begin,
        last=end,
        width=len(first.strip()),
        paper_no=paper_no,
        received_at=at or timezone.now(),
        received_by_id=by.pk,
        received_by_name=by.display_name,
    )
    if not STOCK_NO.fullmatch(lot.number(end)):
        raise Refused(_("A stock number has 3 to 20 letters, digits, dashes or slashes."))
    _store(lot, by)
    return lot


def _range(first: str, last: str) -> tuple[int, int]:
    first, last = first.strip(), last.strip()
    if not re.fullmatch(r"[0-9]{1,18}", first) or not re.fullmatch(r"[0-9]{1,18}", last):
        raise Refused(_("Write the first and the last number in digits alone."))
    if len(first) != len(last):
        raise Refused(_("The first and the last number have the same count of digits, zeros included."))
    if int(last) < int(first):
        raise Refused(_("The last number is lower than the first."))
    if int(last) - int(first) >= MOST_IN_A_LOT:
        raise Refused(_("One delivery holds at most %(most)s blanks.") % {"most": f"{MOST_IN_A_LOT:,}"})
    return int(first), int(last)


def _store(lot: Lot, by: ByWhom) -> None:
    twice = _("Some of these numbers were received before: look for them in the list of deliveries.")
    same = Lot.objects.filter(prefix=lot.prefix, width=lot.width)
    if same.filter(first__lte=lot.last, last__gte=lot.first).exists():
        raise Refused(twice)
    try:
        with transaction.atomic():
            lot.save(force_insert=True)
            _make_blanks(lot)
            write(lot, "", (lot.first, lot.last), Change(Fate.IN_STORE, by, lot.received_at))
    except IntegrityError as error:
        raise Refused(twice) from error


# One statement makes a hundred thousand rows in a second; one by one they take a quarter of a minute.
# Ten to the power of the width, added and cut off again, gives the leading zeros.
_MAKE = """
WITH RECURSIVE serials(n) AS (
    SELECT CAST(%(first)s AS BIGINT) UNION ALL SELECT n + 1 FROM serials WHERE n < %(last)s
)
INSERT INTO {table} (number, lot_id, serial, fate, stream, run, reason, at)
SELECT %(prefix)s || substr(CAST(%(ten)s + n AS TEXT), 2), %(lot)s, n, %(fate)s, '', '', '', %(at)s
FROM serials
"""


def _make_blanks(lot: Lot) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            _MAKE.format(table=Blank._meta.db_table),
            {
                "first": lot.first,
                "last": lot.last,
                "prefix": lot.prefix,
                "ten": 10**lot.width,
                "lot": lot.pk,
                "fate": Fate.IN_STORE.value,
                "at": connection.ops.adapt_datetimefield_value(lot.received_at),
            },
        )


def void(
    lot: Lot, *, first: str, last: str, reason: str, by: User | Actor, at: datetime | None = None
) -> int:
    """Void blanks that lie in the store, from one number to another; say how many."""
    must_keep_stock(by)
    reason = said(reason)
    with transaction.atomic():
        begin, end = (_serial(lot, typed) for typed in (first, last))
        if end < begin:
            raise Refused(_("The last number is lower than the first."))
        rows = lot.blanks.select_for_update().filter(serial__range=(begin, end))
        other = rows.exclude(fate=Fate.IN_STORE).order_by("serial").first()
        if other:
            raise Refused(
                _("Blank %(number)s is not in the store, it is: %(fate)s.")
                % {"number": other.number, "fate": other.get_fate_display()}
            )
        move(lot, (begin, end), Fate.IN_STORE, Change(Fate.VOID, by, at or timezone.now(), reason=reason))
    return end - begin + 1


def _serial(lot: Lot, typed: str) -> int:
    """The serial of a number typed whole, or as its digits."""
    typed = typed.strip().upper()
    number = typed if not typed.isdecimal() or lot.prefix == "" else f"{lot.prefix}{typed.zfill(lot.width)}"
    serial = lot.blanks.filter(number=number[:20]).values_list("serial", flat=True).first()
    if serial is None:
        raise Refused(_("This delivery has no blank %(number)s.") % {"number": typed[:20]})
    return serial
