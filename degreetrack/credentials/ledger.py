"""The ledger of stock: every change of blanks is a row, a line that stays and a word in the journal."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from degreetrack.accounts.models import Actor, Role, User
from degreetrack.credentials.models import Blank, Fate, Lot, StockLine
from degreetrack.journal.services import ByWhom, record
from degreetrack.kit.refusals import Refused

STOCK_NO = re.compile(r"[A-Z0-9][A-Z0-9/-]{2,19}")
_VERBS = {
    Fate.IN_STORE: "stock_returned",
    Fate.ISSUED: "stock_issued",
    Fate.PRINTED: "stock_printed",
    Fate.SPOILED: "stock_spoiled",
    Fate.VOID: "stock_void",
}


@dataclass(frozen=True)
class Change:
    """What happens to some blanks, by whom, when and why."""

    to: Fate
    by: ByWhom
    at: datetime
    stream: str = ""
    run: str = ""
    reason: str = ""


def keeps_stock(by: User | Actor) -> bool:
    """Whether somebody may receive, void and issue blanks."""
    return Role.PRINTING in by.roles


def must_keep_stock(by: User | Actor) -> None:
    """Refuse whoever does not keep the stock."""
    if not keeps_stock(by):
        raise Refused(_("Only the printing section keeps the stock of blanks."))


def said(reason: str) -> str:
    """The reason of a loss, refused where there is none."""
    reason = " ".join(reason.split())[:300]
    if len(reason) < 3:
        raise Refused(_("Write the reason why the blank is lost."))
    return reason


def change_fate(blanks: list[Blank], change: Change) -> None:
    """Give blanks, all of one fate, another one."""
    if not blanks:
        return
    before, lots = Fate(blanks[0].fate), {blank.lot_id: blank.lot for blank in blanks}
    with transaction.atomic():
        for lot_id in sorted(lots):
            serials = sorted(blank.serial for blank in blanks if blank.lot_id == lot_id)
            for numbers in _ranges(serials):
                move(lots[lot_id], numbers, before, change)
    for blank in blanks:
        blank.fate, blank.stream, blank.run = change.to, change.stream, change.run
        blank.reason, blank.at = change.reason[:300], change.at


def move(lot: Lot, numbers: tuple[int, int], before: Fate, change: Change) -> None:
    """Move all blanks from one serial to another: rows, ledger and journal together."""
    first, last = numbers
    rows = lot.blanks.filter(serial__range=numbers, fate=before)
    new = {"fate": change.to, "stream": change.stream, "run": change.run, "at": change.at}
    if rows.update(reason=change.reason[:300], **new) != last - first + 1:
        raise Refused(_("Somebody else took one of these blanks just now. Do it again."))
    write(lot, before, numbers, change)


def _ranges(serials: list[int]) -> Iterator[tuple[int, int]]:
    """Sorted serials as runs without a gap."""
    first = last = serials[0]
    for serial in serials[1:]:
        if serial != last + 1:
            yield first, last
            first = serial
        last = serial
    yield first, last


def write(lot: Lot, before: str, numbers: tuple[int, int], change: Change) -> None:
    """Add a line to the ledger, and its word to the journal."""
    first, last = numbers
    quantity = last - first + 1
    StockLine.objects.create(
        lot=lot,
        before=before,
        after=change.to,
        first=first,
        last=last,
        quantity=quantity,
        at=change.at,
        by_id=change.by.pk,
        by_name=change.by.display_name,
        reason=change.reason[:300],
    )
    verb = _VERBS[change.to] if before else "stock_received"
    after = {"first": lot.number(first), "last": lot.number(last), "quantity": quantity}
    record(lot.stream, verb, by=change.by, reason=change.reason, after=after, at=change.at)
