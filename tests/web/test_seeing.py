"""The page of figures: who sees whose, what it costs, and files that hold what the page shows."""

import csv
import io
import re
import zipfile
from datetime import date, timedelta
from html import unescape
from xml.etree import ElementTree

import pytest
from django.utils import timezone

from degreetrack.accounts.models import Role
from degreetrack.applications.lifecycle import State
from degreetrack.journal.services import seal_new
from degreetrack.oversight.models import Counted
from degreetrack.oversight.rollups import EVERY, refresh_figures

pytestmark = pytest.mark.django_db
PANELS = ["backlog", "throughput", "times", "clearing", "reasons", "sections", "regions", "right"]
SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


@pytest.fixture
def count(db):
    """Count what is new, also the backlog."""

    def counted() -> None:
        seal_new()
        Counted.objects.filter(what="backlog").update(at=timezone.now() - EVERY)
        refresh_figures()

    return counted


def _table(page: str, name: str) -> list[list[str]]:
    """The rows of a panel's table, as they are read."""
    figure = re.search(rf'<figure class="card" id="{name}">(.*?)</figure>', page, re.S)[1]
    rows = re.findall(r"<tr>(.*?)</tr>", figure, re.S)
    return [
        [
            unescape(re.sub("<[^>]+>", "", cell)).strip()
            for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.S)
        ]
        for row in rows
    ]


def _waiting(page: str) -> dict[str, str]:
    """By stage, how many wait; those with none left out."""
    return {row[0]: row[-2] for row in _table(page, "backlog")[1:] if row[-2] != "0"}


def test_the_controller_sees_the_whole_on_one_page(desk, in_state, count):
    for state in (State.RECEIVED, State.RECEIVED, State.OBJECTED, State.APPROVED, State.DELIVERED):
        in_state(state)
    count()

    page = desk(Role.CONTROLLER).get("/staff/figures/").content.decode()

    assert re.findall(r'<figure class="card" id="([a-z]+)">', page) == PANELS
    assert _waiting(page) == {
        "Waiting for checking": "2",
        "Waiting for printing": "1",
        "With the applicant: objections": "1",
    }
    assert _table(page, "throughput")[-1][1:] == ["5", "1", "0"]
    assert _table(page, "right")[-1][1:] == ["2", "2", "100", "1", "0", "0"]
    numbers = re.search(r'<dl class="numbers">(.*?)</dl>', page, re.S)[1]
    assert re.findall(r"<bdi>([^<]+)</bdi>", numbers) == ["3", "0", "5", "1", "100%", "0%"]


def test_a_supervisor_sees_the_stages_of_their_section(client, person, in_state, count):
    for state in (State.RECEIVED, State.CHECKED, State.OBJECTED):
        in_state(state)
    count()
    client.force_login(person(Role.VERIFICATION, supervisor=True))

    page = client.get("/staff/figures/").content.decode()

    assert [row[0] for row in _table(page, "backlog")[1:]] == ["Waiting for verification"]
    assert [row[0] for row in _table(page, "times")[1:]] == ["Waiting for verification"]
    # What another section raised is that section's.
    assert _table(page, "reasons")[1:] == []


def test_a_regional_office_sees_its_own_and_cannot_ask_for_anothers(client, person, in_state, count):
    for office in ("lahore", "lahore", "karachi", ""):
        in_state(office=office)
    count()
    client.force_login(person(Role.REGIONAL, office="lahore"))

    pages = [client.get(f"/staff/figures/?office={one}").content.decode() for one in ("", "karachi", "hq")]

    assert [_waiting(page) for page in pages] == [{"Waiting for checking": "2"}] * 3
    assert 'name="office"' not in pages[0]
    for form in ("csv", "xlsx"):
        file = client.get(f"/staff/figures/backlog.{form}?office=karachi")
        assert (file.status_code, b"Karachi" in file.content) == (200, False)


@pytest.mark.parametrize(("office", "waiting"), [("", "4"), ("lahore", "2"), ("hq", "1"), ("nowhere", None)])
def test_the_whole_can_be_looked_at_by_office(office, waiting, desk, in_state, count):
    for one in ("lahore", "lahore", "karachi", ""):
        in_state(office=one)
    count()

    page = desk(Role.AUDITOR).get(f"/staff/figures/?office={office}").content.decode()

    assert _waiting(page) == ({"Waiting for checking": waiting} if waiting else {})


def test_the_whole_can_be_looked_at_by_kind_and_over_other_times(desk, in_state, count):
    in_state(kind="PC")
    in_state(kind="DEGREE")
    count()
    client = desk(Role.CONTROLLER)

    page = client.get("/staff/figures/?kind=DEGREE&weeks=52").content.decode()

    assert _waiting(page) == {"Waiting for checking": "1"}
    assert len(_table(page, "throughput")) == 1 + 53
    assert '<option value="52" selected>' in page
    assert '<option value="DEGREE" selected>' in page


@pytest.mark.parametrize("role", [Role.SCRUTINY, Role.RECEIPT, Role.PRINTING])
def test_clerks_are_refused_page_and_files(role, desk, aiou):
    client = desk(role)

    for path in ("/staff/figures/", "/staff/figures/backlog.csv", "/staff/figures/backlog.xlsx"):
        assert client.get(path).status_code == 403


def test_it_asks_as_much_for_one_application_as_for_three(desk, in_state, count, django_assert_num_queries):
    client = desk(Role.CONTROLLER)
    for rows in (1, 2):
        for _row in range(rows):
            in_state(State.APPROVED)
            in_state(State.OBJECTED)
        count()
        with django_assert_num_queries(18):
            page = client.get("/staff/figures/").content.decode()

    assert _waiting(page)["Waiting for printing"] == "3"


def test_files_hold_what_the_page_shows(desk, in_state, count):
    in_state(State.OBJECTED)
    in_state(State.APPROVED)
    count()
    client = desk(Role.CONTROLLER)
    page = client.get("/staff/figures/").content.decode()

    for name in PANELS:
        shown = _table(page, name)
        told = client.get(f"/staff/figures/{name}.csv")
        assert told["Content-Type"] == "text/csv; charset=utf-8"
        rows = list(csv.reader(io.StringIO(told.content.decode("utf-8-sig"))))
        assert [[_as_shown(cell) for cell in row] for row in rows] == shown, name
        assert _sheet(client.get(f"/staff/figures/{name}.xlsx").content) == rows, name


def _as_shown(cell: str) -> str:
    """A cell of a file as the page words it."""
    if re.fullmatch(r"\d{4}-\d\d-\d\d", cell):
        day = date.fromisoformat(cell)
        return f"{day.day} {day:%b %Y}"
    return cell or "–"


def _sheet(content: bytes) -> list[list[str]]:
    """The cells of the only sheet; numbers that are days as days."""
    book = zipfile.ZipFile(io.BytesIO(content))
    sheet = ElementTree.fromstring(book.read("xl/worksheets/sheet1.xml"))
    width = max(_column(one.attrib["r"]) for one in sheet.iter(f"{SHEET}c")) + 1
    rows = []
    for row in sheet.iter(f"{SHEET}row"):
        cells = [""] * width
        for one in row.iter(f"{SHEET}c"):
            if one.attrib.get("t") == "inlineStr":
                text = "".join(part.text or "" for part in one.iter(f"{SHEET}t"))
            else:
                text = one.find(f"{SHEET}v").text
                if one.attrib.get("s") == "2":
                    text = (date(1899, 12, 30) + timedelta(days=int(text))).isoformat()
            cells[_column(one.attrib["r"])] = text
        rows.append(cells)
    return rows


def _column(place: str) -> int:
    return ord(re.match("[A-Z]", place)[0]) - ord("A")


def test_a_sheet_in_urdu_runs_from_right_to_left(desk, in_state, count):
    in_state()
    count()
    client = desk(Role.CONTROLLER)

    sheets = {}
    for language in ("en", "ur"):
        client.cookies["django_language"] = language
        book = zipfile.ZipFile(io.BytesIO(client.get("/staff/figures/regions.xlsx").content))
        sheets[language] = b'rightToLeft="1"' in book.read("xl/worksheets/sheet1.xml")

    assert sheets == {"en": False, "ur": True}


def test_a_file_that_is_not_there_is_not_found(desk, aiou):
    client = desk(Role.CONTROLLER)

    for path in ("/staff/figures/nothing.csv", "/staff/figures/backlog.pdf"):
        assert client.get(path).status_code == 404


def test_before_anything_is_counted_the_page_says_so(desk, aiou):
    page = desk(Role.CONTROLLER).get("/staff/figures/").content.decode()

    assert "What waits has not been counted yet." in page
    assert "What happened has not been counted yet." in page


def test_it_tells_until_when_it_is_counted(desk, in_state, count):
    in_state()
    count()
    at = timezone.localtime(Counted.objects.get(what="backlog").at)

    page = desk(Role.CONTROLLER).get("/staff/figures/").content.decode()

    assert f"What waits: as of {at:%H:%M} on {at.day} {at:%b}." in page
