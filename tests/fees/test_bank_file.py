"""The bank's file: read as banks and spreadsheets write it, bad rows handed back."""

import csv
from datetime import date
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from degreetrack.fees.bank_file import import_payments
from degreetrack.fees.challans import paid
from degreetrack.fees.ledger import check_ledger, totals
from degreetrack.fees.models import Payment
from degreetrack.fees.readings import amount_of, day_of
from degreetrack.kit.refusals import Refused
from tests.fees.conftest import today

pytestmark = pytest.mark.django_db
HEAD = "reference,challan_no,amount,paid_on,kind,reverses"


@pytest.fixture
def a_file(tmp_path):
    """Write a file of some lines."""

    def write(*lines: str, head: str = HEAD, end: str = "\n", mark: bool = False) -> Path:
        path = tmp_path / "bank.csv"
        text = end.join([head, *lines, ""])
        path.write_bytes(text.encode("utf-8-sig" if mark else "utf-8"))
        return path

    return write


def _rejected(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))[1:]


@pytest.mark.parametrize(
    ("written", "amount"),
    [("1600", 1600), ("1,600", 1600), ("1,20,000", 120000), ("120,000.00", 120000), (" 1600.0 ", 1600)],
)
def test_amounts_are_read_as_banks_write_them(written, amount):
    assert amount_of(written) == amount


@pytest.mark.parametrize("written", ["", "1600.50", "1,60", "16,00", "-5", "Rs 5", "1e3", "۱۶۰۰", "1" * 30])
def test_what_is_no_amount_in_whole_rupees_is_refused(written):
    with pytest.raises(Refused, match="amount: must be whole rupees"):
        amount_of(written)


@pytest.mark.parametrize(
    "written", ["2026-11-05", "05/11/2026", "5.11.2026", "05-11-2026", "05-Nov-2026", " 20261105 "]
)
def test_days_are_read_with_the_day_first(written):
    assert day_of(written) == date(2026, 11, 5)


@pytest.mark.parametrize(
    "written", ["", "soon", "31/02/2026", "11/31/2026", "05/11/26", "05/11-2026", "5-Ju-2026"]
)
def test_what_is_no_day_is_refused(written):
    with pytest.raises(Refused, match="paid_on: must be a day such as"):
        day_of(written)


@pytest.mark.parametrize(("end", "mark"), [("\n", False), ("\r\n", True)])
def test_a_file_is_taken_in_and_again_without_change(end, mark, a_file, a_challan):
    first, second = a_challan(), a_challan(1000, subject="draft/18")
    path = a_file(
        f'R1,{first.number},"1,600",{today():%d/%m/%Y},payment,',
        f"R2,{second.number[:6]} {second.number[6:]},1000.00,{today()},Payment,",
        f"R3,{second.number},1000,{today()},reversal,R2",
        "",
        f"R4,999,50,{today()},payment,",
        end=end,
        mark=mark,
    )

    assert import_payments(path) == {"exact": 2, "reversed": 1, "unknown": 1}
    assert import_payments(path) == {"known": 4}
    assert (paid(first), paid(second), totals()["bank"]) == (1600, 0, 1650)
    assert check_ledger() == []


def test_the_column_of_reversals_may_be_missing(a_file, a_challan):
    path = a_file(
        f"{today()},R1,payment,{a_challan().number},1600", head="paid_on,reference,kind,challan_no,amount"
    )

    assert import_payments(path) == {"exact": 1}


def test_bad_rows_come_back_with_reasons_and_the_good_ones_are_taken(a_file, a_challan, tmp_path):
    number, day = a_challan().number, today().isoformat()
    path = a_file(
        f"=1+1,{number},1600,{day},payment,",
        f"R2,1.23457E+11,1600,{day},payment,",
        f"R3,{number},sixteen,{day},payment,",
        f"R4,{number},1600,{day},gift,",
        f"R5,{number},1600,{day},reversal,",
        f"R6,{number},1600,{day},payment,R1",
        f"R7,{number},1600",
        f"R8,{number},1600,{day},payment,,more",
        f"R9,{number},1600,{day},payment,",
        f"R9,{number},1700,{day},payment,",
        f",{number},1600,{day},payment,",
    )
    rejects = tmp_path / "rejects.csv"

    counts = import_payments(path, rejects=rejects)

    told = _rejected(rejects)
    assert counts == {"exact": 1, "rejected": 10}
    assert told[0][0] == "'=1+1"
    assert [row[-1] for row in told] == [
        "2: The cell begins like a formula of a spreadsheet. Write plain text.",
        "3: challan_no: a spreadsheet has cut this number short. Take it from the bank's own file.",
        "4: amount: must be whole rupees such as 1600 or 1,600, not “sixteen”.",
        "5: kind: must be “payment” or “reversal”.",
        "6: reverses: a reversal, and only a reversal, names the payment that it takes back.",
        "7: reverses: a reversal, and only a reversal, names the payment that it takes back.",
        "8: The row has too few or too many cells.",
        "9: The row has too few or too many cells.",
        "11: The reference R9 was told before with other facts. Ask the bank which is right.",
        "12: The payment has no reference.",
    ]


def test_a_run_that_was_killed_ends_the_same_when_run_again(a_file, a_challan):
    number = a_challan().number
    path = a_file(*[f"R{row},{number},400,{today()},payment," for row in range(6)])

    def killed(rows: int) -> None:
        if Payment.objects.count() == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        import_payments(path, progress=killed)
    assert import_payments(path) == {"known": 3, "exact": 1, "double": 2}


def test_a_file_that_is_none_is_refused_whole(a_file, aiou):
    with pytest.raises(Refused, match="The file lacks these columns: amount, kind"):
        import_payments(a_file(head="reference,challan_no,paid_on"))
    path = a_file("R1,1,5,2026-01-01,payment,")
    with pytest.raises(Refused, match="The rejected rows need a file of their own"):
        import_payments(path, rejects=path)
    path.write_bytes(path.read_bytes() + b"Jos\xe9")
    with pytest.raises(Refused, match="Line 3 is not UTF-8"):
        import_payments(path)
    with pytest.raises(Refused, match="cannot be read on after line"):
        import_payments(a_file("x" * 200_000))


def test_the_command_counts_the_verdicts(a_file, a_challan, capsys):
    call_command(
        "import_payments", str(a_file(f"R1,{a_challan().number},1600,{today()},payment,", "R2,,,,,"))
    )

    assert capsys.readouterr().out == (
        "exact 1, short 0, over 0, double 0, late 0, cancelled 0, unknown 0, reversed 0,"
        " known 0, rejected 1\n"
    )
    with pytest.raises(CommandError, match="No such file"):
        call_command("import_payments", "none.csv")
