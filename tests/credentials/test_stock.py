"""The store of numbered blanks: what it takes, what it refuses, and that it always adds up."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.utils import timezone

from degreetrack.accounts.models import Role
from degreetrack.applications import services as applications
from degreetrack.applications.lifecycle import State
from degreetrack.credentials import lots, services
from degreetrack.credentials.balance import balance, check_stock, in_store
from degreetrack.credentials.models import Blank, Fate, Lot, StockLine
from degreetrack.journal.services import timeline
from degreetrack.journal.verification import verify
from degreetrack.kit.refusals import Refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def printer(clerks):
    return clerks(Role.PRINTING)


@pytest.fixture
def lot(printer) -> Lot:
    return lots.receive("PC", prefix="pc-", first="0007", last="0016", paper_no="Press,  note 7", by=printer)


def _fates(lot: Lot) -> dict[str, int]:
    return {fate: number for fate, number in balance(lot).items() if number}


def test_a_delivery_is_received_number_by_number(lot, printer):
    assert list(lot.blanks.order_by("serial").values_list("number", flat=True)) == [
        "PC-0007", "PC-0008", "PC-0009", "PC-0010", "PC-0011",
        "PC-0012", "PC-0013", "PC-0014", "PC-0015", "PC-0016",
    ]  # fmt: skip
    assert _fates(lot) == {"in_store": 10}
    assert (lot.paper_no, lot.received_by, in_store()) == ("Press, note 7", printer, {"PC": 10})
    [entry] = timeline(lot.stream)
    assert (entry.verb, entry.actor_name, entry.data["after"]) == (
        "stock_received",
        printer.display_name,
        {"first": "PC-0007", "last": "PC-0016", "quantity": 10},
    )


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"first": "16", "last": "20"}, None),
        ({"first": "0016", "last": "0020"}, "received before"),
        ({"prefix": "PC-0", "first": "016", "last": "020"}, "received before"),
        ({"first": "0017", "last": "16"}, "same count of digits"),
        ({"first": "0019", "last": "0018"}, "lower than the first"),
        ({"first": "A1", "last": "A9"}, "in digits alone"),
        ({"first": "", "last": ""}, "in digits alone"),
        ({"first": "000000", "last": "200000"}, "at most 200,000"),
        ({"kind": "LETTER"}, "Choose the kind"),
        ({"prefix": "-x"}, "stands before the digits"),
        ({"prefix": "ABCDEFGHI-", "first": "1" * 11, "last": "1" * 11}, "3 to 20 letters"),
        ({"paper_no": " x "}, "delivery note"),
    ],
)
def test_what_is_no_new_delivery_is_refused(given, why, lot, printer):
    facts = {"kind": "PC", "prefix": "PC-", "first": "0017", "last": "0018", "paper_no": "Note 8"} | given

    if why is None:
        lots.receive(facts.pop("kind"), **facts, by=printer)
        assert Lot.objects.count() == 2
    else:
        with pytest.raises(Refused, match=why):
            lots.receive(facts.pop("kind"), **facts, by=printer)
        assert (Lot.objects.count(), Blank.objects.count()) == (1, 10)
    assert list(check_stock()) == []


def test_blanks_are_voided_in_the_store_for_a_reason(lot, printer):
    assert lots.void(lot, first="8", last="pc-0010", reason="Water in the store", by=printer) == 3

    assert _fates(lot) == {"in_store": 7, "void": 3}
    with pytest.raises(Refused, match="PC-0009 is not in the store, it is: Void"):
        lots.void(lot, first="PC-0009", last="PC-0012", reason="Torn", by=printer)
    with pytest.raises(Refused, match="no blank 0017"):
        lots.void(lot, first="0016", last="0017", reason="Torn", by=printer)
    with pytest.raises(Refused, match="lower than the first"):
        lots.void(lot, first="0016", last="0015", reason="Torn", by=printer)
    with pytest.raises(Refused, match="Write the reason"):
        lots.void(lot, first="0016", last="0016", reason=" . ", by=printer)
    assert _fates(lot) == {"in_store": 7, "void": 3}
    line = StockLine.objects.order_by("-pk")[0]
    assert (line.quantity, line.first, line.last, line.reason) == (3, 8, 10, "Water in the store")


def test_each_number_is_printed_once_and_for_its_kind(lot, printer, in_state):
    degree, pc = in_state(State.APPROVED, kind="DEGREE"), in_state(State.APPROVED)
    lots.void(lot, first="0016", last="0016", reason="Torn", by=printer)
    services.issue("PC", 1, run="run/1", by=printer, at=timezone.now())

    def told(application, number):
        with pytest.raises(Refused) as refusal:
            applications.move(application.tracking_id, "print", by=printer, stock_no=number)
        return str(refusal.value)

    assert told(pc, "PC-0099") == (
        "The store has no blank PC-0099: read it again, or receive its delivery first."
    )
    assert told(degree, "PC-0008") == ("Blank PC-0008 is for: Provisional certificate. Take one for: Degree.")
    assert told(pc, "PC-0016") == "Blank PC-0016 is void: take another."
    assert told(pc, "PC-0007") == (
        "Blank PC-0007 is at a print run: mark it printed there, or take one of the store."
    )
    applications.move(pc.tracking_id, "print", by=printer, stock_no="pc-0008")
    applications.move(pc.tracking_id, "spoil", by=printer, reason="Ink ran")
    assert told(pc, "PC-0008") == "Blank PC-0008 is spoilt: take another."
    applications.move(pc.tracking_id, "print", by=printer, stock_no="PC-0009")

    assert [(e.verb, e.data["after"].get("stock_no")) for e in timeline(pc.stream)][-3:] == [
        ("print", "PC-0008"),
        ("spoil", "PC-0008"),
        ("print", "PC-0009"),
    ]
    assert _fates(lot) == {"in_store": 6, "issued": 1, "printed": 1, "spoiled": 1, "void": 1}
    assert list(check_stock()) == []
    assert verify() == []


def test_a_run_gets_the_oldest_blanks_in_order_and_gives_back_what_it_does_not_use(lot, printer):
    newer = lots.receive("PC", first="500", last="502", paper_no="Note 9", by=printer)
    lots.void(lot, first="0008", last="0015", reason="Mice", by=printer)

    blanks = services.issue("PC", 4, run="run/1", by=printer, at=timezone.now())

    assert [blank.number for blank in blanks] == ["PC-0007", "PC-0016", "500", "501"]
    services.spoil_issued(blanks[0], stream="application/7", reason="Jam", by=printer, at=timezone.now())
    with pytest.raises(Refused, match="PC-0007 is not at a print run"):
        services.spoil_issued(blanks[0], stream="", reason="Jam", by=printer, at=timezone.now())
    services.put_back(blanks[1:], by=printer, at=timezone.now())
    assert (_fates(lot), _fates(newer)) == ({"in_store": 1, "spoiled": 1, "void": 8}, {"in_store": 3})
    assert list(check_stock()) == []


def test_nobody_but_the_printing_section_keeps_stock(lot, clerks):
    blank = lot.blanks.first()
    for role in Role:
        if role == Role.PRINTING:
            continue
        by, now = clerks(role), timezone.now()
        for act in (
            lambda: lots.receive("PC", first="1", last="2", paper_no="Note", by=by),  # noqa: B023
            lambda: lots.void(lot, first="7", last="7", reason="Torn", by=by),  # noqa: B023
            lambda: services.issue("PC", 1, run="run/1", by=by, at=now),  # noqa: B023
            lambda: services.put_back([blank], by=by, at=now),  # noqa: B023
            lambda: services.spoil_issued(blank, stream="", reason="Torn", by=by, at=now),  # noqa: B023
        ):
            with pytest.raises(Refused, match="Only the printing section"):
                act()
    assert (StockLine.objects.count(), _fates(lot)) == (1, {"in_store": 10})


def test_the_ledger_cannot_be_changed_and_rows_cannot_lie(lot):
    blank = lot.blanks.first()
    for wrong in (
        lambda: StockLine.objects.update(quantity=9),
        lambda: StockLine.objects.all().delete(),
        lambda: Blank.objects.filter(pk=blank.pk).update(stream="application/1"),
        lambda: Blank.objects.filter(pk=blank.pk).update(fate=Fate.PRINTED),
        lambda: Blank.objects.filter(pk=blank.pk).update(fate=Fate.ISSUED),
        lambda: Blank.objects.filter(pk=blank.pk).update(fate=Fate.VOID),
        lambda: Blank.objects.filter(pk__lte=blank.pk + 1).update(fate=Fate.PRINTED, stream="application/1"),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            wrong()
    assert list(check_stock()) == []


def test_the_command_names_the_lot_that_does_not_add_up(lot, printer):
    lots.receive("DMC", first="001", last="003", paper_no="Note 8", by=printer)
    out = StringIO()
    call_command("verify_stock", stdout=out)
    assert out.getvalue() == "Whole: 13 blanks in 2 deliveries.\n"

    lot.blanks.filter(serial=9).update(fate=Fate.VOID, reason="Sold at the gate")
    out = StringIO()
    with pytest.raises(CommandError, match="wrong in 3 places"):
        call_command("verify_stock", stdout=out)

    named = f"lot {lot.pk} (PC-0007 - PC-0016)"
    assert out.getvalue().splitlines() == [
        f"{named}: 10 in_store by the ledger, 9 by the rows",
        f"{named}: 0 void by the ledger, 1 by the rows",
        f"{named}: PC-0009 is void, by the ledger in_store",
    ]
