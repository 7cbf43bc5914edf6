"""Numbered blank stock: received, issued, printed, spoilt, void. Every change is a line of the ledger."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from degreetrack.accounts.models import Actor, Role, User
from degreetrack.catalogue.models import Kind
from degreetrack.credentials.models import Blank, Fate, Lot, StockLine
from degreetrack.journal.services import ByWhom, record
from degreetrack.kit.refusals import Refused

MOST_IN_A_LOT = 200_000
_STOCK_NO = re.compile(r"[A-Z0-9][A-Z0-9/-]{2,19}")
_PREFIX = re.compile(r"([A-Z0-9][A-Z0-9/-]{0,9})?")
_VERBS = {
    Fate.IN_STORE: "stock_returned",
    Fate.ISSUED: "stock_issued",
    Fate.PRINTED: "stock_printed",
    Fate.SPOILED: "stock_spoiled",
    Fate.VOID: "stock_void",
}


@dataclass(frozen=True)
class _Change:
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


def _must_keep_stock(by: User | Actor) -> None:
    if not keeps_stock(by):
        raise Refused(_("Only the printing section keeps the stock of blanks."))


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
    _must_keep_stock(by)
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
    if not _STOCK_NO.fullmatch(lot.number(end)):
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
            for begin in range(lot.first, lot.last + 1, 10_000):
                Blank.objects.bulk_create(
                    Blank(number=lot.number(n), lot=lot, serial=n, at=lot.received_at)
                    for n in range(begin, min(begin + 10_000, lot.last + 1))
                )
            _write(lot, "", (lot.first, lot.last), _Change(Fate.IN_STORE, by, lot.received_at))
    except IntegrityError as error:
        raise Refused(twice) from error


def issue(kind: str, number: int, *, run: str, by: User | Actor, at: datetime) -> list[Blank]:
    """Take up to so many blanks out of the store for a run: the oldest delivery first, in order."""
    _must_keep_stock(by)
    with transaction.atomic():
        free = Blank.objects.filter(lot__kind=kind, fate=Fate.IN_STORE).select_related("lot")
        if connection.features.has_select_for_update_skip_locked:
            free = free.select_for_update(of=("self",), skip_locked=True)
        blanks = list(free.order_by("lot_id", "serial")[:number])
        _change(blanks, _Change(Fate.ISSUED, by, at, run=run))
    return blanks


def put_back(blanks: Iterable[Blank], *, by: User | Actor, at: datetime) -> None:
    """Take what a run did not use into the store again."""
    _must_keep_stock(by)
    _change(list(blanks), _Change(Fate.IN_STORE, by, at))


def use_stock(stream: str, *, kind: str, stock_no: str, by: ByWhom, at: datetime, run: str = "") -> Blank:
    """Print an application's document on one blank, from the store or out of the run that it went to."""
    stock_no = stock_no.strip().upper()
    if not _STOCK_NO.fullmatch(stock_no):
        raise Refused(_("A stock number has 3 to 20 letters, digits, dashes or slashes."))
    with transaction.atomic():
        found = Blank.objects.select_for_update(of=("self",)).select_related("lot")
        blank = found.filter(number=stock_no).first()
        if blank is None:
            raise Refused(
                _("The store has no blank %(number)s: read it again, or receive its delivery first.")
                % {"number": stock_no}
            )
        _must_fit(blank, kind, run)
        _change([blank], _Change(Fate.PRINTED, by, at, stream=stream, run=run))
    return blank


def _must_fit(blank: Blank, kind: str, run: str) -> None:
    said = {"number": blank.number, "kind": blank.lot.get_kind_display(), "wanted": Kind(kind).label}
    if blank.fate == Fate.PRINTED:
        raise Refused(_("Stock number %(number)s is used already.") % said)
    if blank.fate == Fate.SPOILED:
        raise Refused(_("Blank %(number)s is spoilt: take another.") % said)
    if blank.fate == Fate.VOID:
        raise Refused(_("Blank %(number)s is void: take another.") % said)
    if blank.lot.kind != kind:
        raise Refused(_("Blank %(number)s is for: %(kind)s. Take one for: %(wanted)s.") % said)
    if blank.run != run:
        raise Refused(
            _("Blank %(number)s is at a print run: mark it printed there, or take one of the store.") % said
        )


def spoil_print(stream: str, *, reason: str, by: ByWhom, at: datetime) -> Blank | None:
    """Spoil the blank that an application's good print is on; None where it was printed elsewhere."""
    with transaction.atomic():
        found = Blank.objects.select_for_update(of=("self",)).select_related("lot")
        blank = found.filter(stream=stream, fate=Fate.PRINTED).first()
        if blank:
            _change([blank], _Change(Fate.SPOILED, by, at, stream=stream, run=blank.run, reason=reason))
    return blank


def spoil_issued(blank: Blank, *, stream: str, reason: str, by: User | Actor, at: datetime) -> None:
    """Spoil a blank of a run before its print was good."""
    _must_keep_stock(by)
    if blank.fate != Fate.ISSUED:
        raise Refused(_("Blank %(number)s is not at a print run now.") % {"number": blank.number})
    _change([blank], _Change(Fate.SPOILED, by, at, stream=stream, run=blank.run, reason=_said(reason)))


def void(
    lot: Lot, *, first: str, last: str, reason: str, by: User | Actor, at: datetime | None = None
) -> int:
    """Void blanks that lie in the store, from one number to another; say how many."""
    _must_keep_stock(by)
    reason = _said(reason)
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
        _move(lot, (begin, end), Fate.IN_STORE, _Change(Fate.VOID, by, at or timezone.now(), reason=reason))
    return end - begin + 1


def _serial(lot: Lot, typed: str) -> int:
    """The serial of a number typed whole, or as its digits."""
    typed = typed.strip().upper()
    number = typed if not typed.isdecimal() or lot.prefix == "" else f"{lot.prefix}{typed.zfill(lot.width)}"
    serial = lot.blanks.filter(number=number[:20]).values_list("serial", flat=True).first()
    if serial is None:
        raise Refused(_("This delivery has no blank %(number)s.") % {"number": typed[:20]})
    return serial


def _said(reason: str) -> str:
    reason = " ".join(reason.split())[:300]
    if len(reason) < 3:
        raise Refused(_("Write the reason why the blank is lost."))
    return reason


def _change(blanks: list[Blank], change: _Change) -> None:
    """Give blanks, all of one fate, another one."""
    if not blanks:
        return
    before, lots = Fate(blanks[0].fate), {blank.lot_id: blank.lot for blank in blanks}
    with transaction.atomic():
        for lot_id in sorted(lots):
            serials = sorted(blank.serial for blank in blanks if blank.lot_id == lot_id)
            for numbers in _ranges(serials):
                _move(lots[lot_id], numbers, before, change)
    for blank in blanks:
        blank.fate, blank.stream, blank.run = change.to, change.stream, change.run
        blank.reason, blank.at = change.reason[:300], change.at


def _move(lot: Lot, numbers: tuple[int, int], before: Fate, change: _Change) -> None:
    """Move all blanks from one serial to another: rows, ledger and journal together."""
    first, last = numbers
    rows = lot.blanks.filter(serial__range=numbers, fate=before)
    new = {"fate": change.to, "stream": change.stream, "run": change.run, "at": change.at}
    if rows.update(reason=change.reason[:300], **new) != last - first + 1:
        raise Refused(_("Somebody else took one of these blanks just now. Do it again."))
    _write(lot, before, numbers, change)


def _ranges(serials: list[int]) -> Iterator[tuple[int, int]]:
    """Sorted serials as runs without a gap."""
    first = last = serials[0]
    for serial in serials[1:]:
        if serial != last + 1:
            yield first, last
            first = serial
        last = serial
    yield first, last


def _write(lot: Lot, before: str, numbers: tuple[int, int], change: _Change) -> None:
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
