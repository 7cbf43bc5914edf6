"""What becomes of blanks: issued to print runs and given back, printed, spoilt."""

from collections.abc import Iterable
from datetime import datetime

from django.db import connection, transaction
from django.utils.translation import gettext as _

from degreetrack.accounts.models import Actor, User
from degreetrack.catalogue.models import Kind
from degreetrack.credentials.ledger import STOCK_NO, Change, change_fate, must_keep_stock, said
from degreetrack.credentials.models import Blank, Fate
from degreetrack.journal.services import ByWhom
from degreetrack.kit.refusals import Refused


def issue(kind: str, number: int, *, run: str, by: User | Actor, at: datetime) -> list[Blank]:
    """Take up to so many blanks out of the store for a run: the oldest delivery first, in order."""
    must_keep_stock(by)
    with transaction.atomic():
        free = Blank.objects.filter(lot__kind=kind, fate=Fate.IN_STORE).select_related("lot")
        if connection.features.has_select_for_update_skip_locked:
            free = free.select_for_update(of=("self",), skip_locked=True)
        blanks = list(free.order_by("lot_id", "serial")[:number])
        change_fate(blanks, Change(Fate.ISSUED, by, at, run=run))
    return blanks


def put_back(blanks: Iterable[Blank], *, by: User | Actor, at: datetime) -> None:
    """Take what a run did not use into the store again."""
    must_keep_stock(by)
    change_fate(list(blanks), Change(Fate.IN_STORE, by, at))


def use_stock(stream: str, *, kind: str, stock_no: str, by: ByWhom, at: datetime, run: str = "") -> Blank:
    """Print an application's document on one blank, from the store or out of the run that it went to."""
    stock_no = stock_no.strip().upper()
    if not STOCK_NO.fullmatch(stock_no):
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
        change_fate([blank], Change(Fate.PRINTED, by, at, stream=stream, run=run))
    return blank


def _must_fit(blank: Blank, kind: str, run: str) -> None:
    words = {"number": blank.number, "kind": blank.lot.get_kind_display(), "wanted": Kind(kind).label}
    if blank.fate == Fate.PRINTED:
        raise Refused(_("Stock number %(number)s is used already.") % words)
    if blank.fate == Fate.SPOILED:
        raise Refused(_("Blank %(number)s is spoilt: take another.") % words)
    if blank.fate == Fate.VOID:
        raise Refused(_("Blank %(number)s is void: take another.") % words)
    if blank.lot.kind != kind:
        raise Refused(_("Blank %(number)s is for: %(kind)s. Take one for: %(wanted)s.") % words)
    if blank.run != run:
        raise Refused(
            _("Blank %(number)s is at a print run: mark it printed there, or take one of the store.") % words
        )


def spoil_print(stream: str, *, reason: str, by: ByWhom, at: datetime) -> Blank | None:
    """Spoil the blank that an application's good print is on; None where it was printed elsewhere."""
    with transaction.atomic():
        found = Blank.objects.select_for_update(of=("self",)).select_related("lot")
        blank = found.filter(stream=stream, fate=Fate.PRINTED).first()
        if blank:
            change_fate([blank], Change(Fate.SPOILED, by, at, stream=stream, run=blank.run, reason=reason))
    return blank


def spoil_issued(blank: Blank, *, stream: str, reason: str, by: User | Actor, at: datetime) -> None:
    """Spoil a blank of a run before its print was good."""
    must_keep_stock(by)
    if blank.fate != Fate.ISSUED:
        raise Refused(_("Blank %(number)s is not at a print run now.") % {"number": blank.number})
    change_fate([blank], Change(Fate.SPOILED, by, at, stream=stream, run=blank.run, reason=said(reason)))
