"""The post's files: good rows are taken in, bad ones handed back, and the same file twice changes nothing."""

import csv
from datetime import timedelta
from io import StringIO

import pytest
from django.utils import timezone

from degreetrack.accounts.models import Role
from degreetrack.applications.lifecycle import State
from degreetrack.applications.models import Application
from degreetrack.issuing import manifests, papers, post_files
from degreetrack.issuing.models import Manifest, TakenFile
from degreetrack.journal.models import Entry
from degreetrack.journal.services import timeline
from degreetrack.kit.refusals import Refused
from tests.shelves import outcomes

pytestmark = pytest.mark.django_db


@pytest.fixture
def sender(clerks):
    return clerks(Role.DISPATCH)


@pytest.fixture
def sent(a_manifest, sender) -> Manifest:
    """A manifest of four, with the numbers TCS1001 to TCS1004."""
    manifest = a_manifest(4)
    for line in manifest.lines.all():
        manifests.dispatch(manifest, line, consignment_no=f"TCS{1000 + line.position}", by=sender)
    return manifest


def _counts(file: TakenFile) -> tuple[int, int, int]:
    return file.new, file.known, file.rejected


def _problems(file: TakenFile) -> list[str]:
    return [row[-1] for row in csv.reader(StringIO(file.rejects))][1:]


def _file(*rows: str) -> bytes:
    return "\r\n".join(rows).encode()


def test_the_list_itself_comes_back_with_numbers(a_manifest, sender):
    manifest = a_manifest(3)
    rows = list(csv.reader(StringIO(papers.as_csv(manifest))))
    rows[1][-1], rows[3][-1] = "tcs 1001", "TCS1003"
    back = StringIO()
    csv.writer(back).writerows(rows)

    file = post_files.take_consignments(manifest, back.getvalue().encode(), name="tcs.csv", by=sender)

    assert (_counts(file), file.rejects) == ((2, 0, 0), "")
    assert outcomes(manifest) == ["under_way", "waiting", "under_way"]
    cases = Application.objects.filter(state=State.DISPATCHED).order_by("pk")
    assert [case.consignment_no for case in cases] == ["TCS1001", "TCS1003"]


def test_bad_rows_of_numbers_come_back_with_reasons_and_without_addresses(a_manifest, sender):
    manifest = a_manifest(3)
    third = manifest.lines.get(position=3).application
    data = _file(
        "position,tracking_id,name,address,consignment_no",
        "1,,Gul,House 1,TCS1001",
        "2,,Gul,House 2,TCS1001",
        f"1,{third.tracking_id},Gul,House 3,TCS1003",
        "9,,Gul,House 4,TCS1004",
        ",,Gul,House 5,TCS1005",
        "two,,Gul,House 6,TCS1006",
        "2,,Gul,House 7,=TCS+1",
        "2,,Gul,House 8,T",
        f",{third.tracking_id.lower()},Gul,House 3,TCS1003",
        "2",
    )

    file = post_files.take_consignments(manifest, data, name="tcs.csv", by=sender)

    assert _counts(file) == (2, 0, 7)
    assert _problems(file) == [
        f"3: The number TCS1001 is another document's: manifest {manifest.pk}, line 1.",
        "4: This manifest has no such line.",
        "5: This manifest has no such line.",
        "6: The row names neither a tracking ID nor a position.",
        "7: The position is no number.",
        "8: The cell begins like a formula of a spreadsheet. Write plain text.",
        "9: A consignment number has 4 to 40 letters, digits, dashes or slashes.",
    ]
    assert "House" not in file.rejects
    assert "'=TCS+1" in file.rejects
    assert outcomes(manifest) == ["under_way", "waiting", "under_way"]
    # Mended, the rows that were handed back are taken in as they are.
    mended = file.rejects.splitlines()
    again = post_files.take_consignments(
        manifest, _file(mended[0], mended[1].replace("TCS1001", "TCS1002")), name="mended.csv", by=sender
    )
    assert (_counts(again), outcomes(manifest)) == ((1, 0, 0), ["under_way"] * 3)


def test_deliveries_and_returns_make_the_real_moves(sent, sender):
    today = timezone.localdate()
    data = _file(
        "consignment_no,outcome,date,reason",
        f"TCS1001,Delivered,{today:%Y-%m-%d},",
        f"tcs1002,RETURNED,{today:%d-%b-%Y},House locked",
        f"TCS1003,delivered,{today:%d/%m/%Y},",
    )

    file = post_files.take_deliveries("TCS", data, name="june.csv", by=sender)

    assert _counts(file) == (3, 0, 0)
    assert outcomes(sent) == ["delivered", "returned", "delivered", "under_way"]
    lines = sent.lines.select_related("application").order_by("position")
    assert [line.application.state for line in lines] == [
        "delivered",
        "undelivered",
        "delivered",
        "dispatched",
    ]
    assert [line.ended_on for line in lines] == [today, today, today, None]
    assert [e.reason for e in timeline(lines[1].application.stream) if e.verb == "come_back"] == [
        "House locked"
    ]
    [entry] = timeline(f"post-file/{file.pk}")
    assert entry.data["after"] == {"kind": "deliveries", "new": 3, "known": 0, "rejected": 0}


def test_the_same_file_twice_changes_nothing(sent, sender):
    numbers = _file("position,consignment_no", *(f"{n},TCS{1000 + n}" for n in range(1, 5)))
    ends = _file("consignment_no,outcome,reason", "TCS1001,delivered,", "TCS1002,returned,Refused it")
    post_files.take_deliveries("TCS", ends, name="a.csv", by=sender)
    entries = Entry.objects.filter(stream__startswith="application/").count()

    once_more = post_files.take_consignments(sent, numbers, name="n.csv", by=sender)
    again = post_files.take_deliveries("TCS", ends, name="a.csv", by=sender)

    assert (_counts(once_more), _counts(again)) == ((0, 4, 0), (0, 2, 0))
    assert Entry.objects.filter(stream__startswith="application/").count() == entries
    assert outcomes(sent) == ["delivered", "returned", "under_way", "under_way"]


def test_bad_rows_of_deliveries_come_back_with_reasons(sent, sender):
    day = timezone.localdate()
    first = sent.lines.get(position=1).application
    post_files.take_deliveries(
        "TCS", _file("consignment_no,outcome", "TCS1001,delivered"), name="a", by=sender
    )
    data = _file(
        "consignment_no,outcome,date,reason",
        "TCS1001,returned,,Nobody there",
        "TCS1002,lost,,",
        "TCS1002,returned,,",
        f"TCS1002,delivered,{day + timedelta(days=1)},",
        f"TCS1002,delivered,{day - timedelta(days=1)},",
        "TCS1002,delivered,yesterday,",
        "TCS9999,delivered,,",
        ",delivered,,",
    )

    file = post_files.take_deliveries("TCS", data, name="b", by=sender)

    assert _counts(file) == (0, 0, 8)
    assert _problems(file) == [
        f"2: It is told already: Delivered. Look at the case {first.tracking_id}.",
        "3: The outcome is none of: delivered, returned.",
        "4: Write the reason: the applicant and your colleagues will read it.",
        "5: The date lies in the future.",
        "6: The date lies before the day on which it was sent.",
        "7: A date must look like 2026-12-31 or 31-Dec-2026.",
        "8: No manifest of this courier has this consignment number.",
        "9: No manifest of this courier has this consignment number.",
    ]
    assert outcomes(sent) == ["delivered", "under_way", "under_way", "under_way"]


def test_another_couriers_file_finds_nothing(sent, sender):
    data = _file("consignment_no,outcome", "TCS1001,delivered")

    assert _counts(post_files.take_deliveries("Leopards", data, name="a", by=sender)) == (0, 0, 1)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "lacks these columns: consignment_no, outcome"),
        (b"number,what\r\n1,2", "lacks these columns"),
        (b"consignment_no,outcome\r\n\xff\xfe,x", "CSV UTF-8"),
        (b"consignment_no,outcome\r\nTCS\x001,x", "CSV UTF-8"),
        (b'consignment_no,outcome\r\n"TCS1,x', "CSV UTF-8"),
        (b"consignment_no,outcome" + b"\r\nTCS1,delivered" * 1001, "more than 1,000 rows"),
        (b"x" * 1_000_001, "larger than 1 MB"),
    ],
)
def test_what_is_no_such_file_is_refused_before_anything_is_taken_in(data, why, sent, sender):
    with pytest.raises(Refused, match=why):
        post_files.take_deliveries("TCS", data, name="a", by=sender)
    assert (TakenFile.objects.count(), outcomes(sent)) == (0, ["under_way"] * 4)


def test_a_scan_finds_its_line_by_tracking_id_or_position(sent):
    line = sent.lines.select_related("application").get(position=2)

    assert post_files.find_line(sent, " 2 ") == line
    assert post_files.find_line(sent, line.application.tracking_id.replace("-", "").lower()) == line
    for wrong in ("", "99", "99999", "AAA-AAA-AAAA"):
        with pytest.raises(Refused):
            post_files.find_line(sent, wrong)
