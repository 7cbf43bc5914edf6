"""The proof of the stock: what the ledger says of a lot against what its rows say."""

from collections import Counter
from collections.abc import Iterator

from django.db.models import Count, Sum

from degreetrack.credentials.models import Blank, Fate, Lot, StockLine


def booked(lots: list[Lot]) -> dict[int, dict[str, int]]:
    """How many blanks of each lot have each fate, as the ledger says; fates without blanks are 0."""
    sums: dict[int, Counter[str]] = {lot.pk: Counter() for lot in lots}
    lines = StockLine.objects.filter(lot__in=lots).values_list("lot_id", "before", "after")
    for lot_id, before, after, quantity in lines.annotate(Sum("quantity")).order_by():
        sums[lot_id][after] += quantity
        if before:
            sums[lot_id][before] -= quantity
    return {lot_id: {fate: counted[fate] for fate in Fate.values} for lot_id, counted in sums.items()}


def balance(lot: Lot) -> dict[str, int]:
    """How many blanks of one lot have each fate, by the ledger."""
    return booked([lot])[lot.pk]


def faults_of(lot: Lot) -> Iterator[str]:
    """Name everything in which a lot, its ledger and its rows disagree."""
    said = balance(lot)
    counted = dict(lot.blanks.values_list("fate").annotate(Count("pk")).order_by())
    for fate in Fate.values:
        rows = counted.get(fate, 0)
        if said[fate] != rows:
            yield f"lot {lot.pk} ({lot}): {said[fate]} {fate} by the ledger, {rows} by the rows"
    if sum(said.values()) != lot.size:
        yield f"lot {lot.pk} ({lot}): {sum(said.values())} received by the ledger, {lot.size} delivered"
    yield from _numbers_astray(lot)


def _numbers_astray(lot: Lot) -> Iterator[str]:
    """Replay the ledger number by number: each line must find its numbers where it takes them from."""
    place: dict[int, str] = {}
    lines = lot.lines.order_by("pk").values_list("pk", "before", "after", "first", "last")
    for pk, before, after, first, last in lines.iterator(2000):
        for serial in range(first, last + 1):
            if place.get(serial, "") != before:
                yield f"lot {lot.pk} ({lot}): line {pk} takes {lot.number(serial)} from where it was not"
            place[serial] = after
    rows = lot.blanks.order_by("serial").values_list("serial", "number", "fate")
    for serial, number, fate in rows.iterator(5000):
        if place.get(serial) != fate or number != lot.number(serial):
            yield f"lot {lot.pk} ({lot}): {number} is {fate}, by the ledger {place.get(serial, 'unknown')}"


def check_stock() -> Iterator[str]:
    """Name every fault of every lot; nothing where all adds up."""
    for lot in Lot.objects.order_by("pk").iterator():
        yield from faults_of(lot)


def in_store() -> dict[str, int]:
    """How many blanks lie in the store for each kind of document."""
    free = Blank.objects.filter(fate=Fate.IN_STORE).values_list("lot__kind")
    return dict(free.annotate(Count("pk")).order_by())
