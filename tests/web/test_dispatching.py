"""Manifests at the desk: who reads, who acts, what the pages say, and the files that go and come."""

import re
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from pypdf import PdfReader

from degreetrack.accounts.models import Right, Role, User
from degreetrack.applications.lifecycle import State
from degreetrack.applications.models import Application, Delivery
from degreetrack.issuing import manifests
from degreetrack.issuing.models import Manifest, TakenFile
from degreetrack.issuing.post_files import take_consignments
from degreetrack.journal.services import timeline
from tests.shelves import HOUSE, outcomes
from tests.web.test_rights import STAFF

pytestmark = pytest.mark.django_db
READERS = {Role.DISPATCH, Role.CONTROLLER, Role.AUDITOR}


def _page(client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.content.decode()


def _told(answer) -> list[str]:
    return re.findall(r'role="(?:alert|status)"><b>(.*?)</b>', answer.content.decode())


def _file(*rows: str, name: str = "tcs.csv") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, "\r\n".join(rows).encode())


def test_a_manifest_from_start_to_close(desk, signed):
    signed(3)
    signed(1, delivery=Delivery.COURIER)
    client = desk(Role.DISPATCH)

    started = client.post("/staff/manifests/start/", {"courier": "TCS", "way": ["post"], "size": "500"})
    manifest = Manifest.objects.get()
    path = f"/staff/manifests/{manifest.pk}/"
    assert (started["Location"], outcomes(manifest)) == (path, ["waiting"] * 3)
    first, second, _third = manifest.lines.order_by("position")
    scanned = {"file": first.application.tracking_id, "consignment_no": "TCS1001"}
    assert _told(client.post(f"{path}number/", scanned, follow=True)) == ["Line 1 is dispatched."]
    assert _told(client.post(f"{path}number/", scanned, follow=True)) == [
        "Line 1 was dispatched with this number before."
    ]
    assert _told(client.post(f"{path}number/", {"file": "7", "consignment_no": "T1"}, follow=True)) == [
        "This manifest has no such line."
    ]
    off = client.post(f"{path}off/{second.pk}/", {"reason": "Envelope torn"}, follow=True)
    assert _told(off) == ["It is back on the list of those to be sent."]
    asked = client.post(f"{path}close/").content.decode()
    assert ("Close the manifest</h1>" in asked, Manifest.objects.get().closed_at) == (
        True,
        None,
    )
    closed = client.post(f"{path}close/", {"sure": "1"}, follow=True)
    assert _told(closed) == ["The manifest is closed; 1 document without a number went back to the list."]
    assert "<form" not in closed.content.decode().split("<main")[1]
    assert outcomes(manifest) == ["under_way", "taken_off", "taken_off"]
    nothing = client.post("/staff/manifests/start/", {"courier": "TCS", "size": "5"}, follow=True)
    assert _told(nothing) == ["Nothing waits to be sent this way that nobody has in hand."]


def test_the_list_goes_out_and_comes_back_with_numbers(desk, a_manifest, clerks):
    manifest = a_manifest(2)
    client, path = desk(Role.DISPATCH), f"/staff/manifests/{manifest.pk}/"
    listed = client.get(f"{path}list.csv")
    pdf = client.get(f"{path}list.pdf")
    assert (listed["Content-Type"], pdf["Content-Type"]) == ("text/csv; charset=utf-8", "application/pdf")
    assert listed["Content-Disposition"] == f'attachment; filename="manifest-{manifest.pk}.csv"'
    assert PdfReader(BytesIO(pdf.content)).pages[0].extract_text().count("Ayesha Siddiqa") == 2
    rows = listed.content.decode("utf-8-sig").splitlines()
    back = _file(rows[0], f"{rows[1]}TCS1001", f"{rows[2]}?")

    answer = client.post(f"{path}numbers/", {"file": back}, follow=True)

    assert _told(answer) == ["Taken in: 1 new, 0 known already, 1 handed back."]
    handed_back = client.get(f"/staff/manifests/files/{TakenFile.objects.get().pk}/rejected.csv")
    assert handed_back.content.decode("utf-8-sig").splitlines() == [
        "position,tracking_id,consignment_no,problem",
        f"2,{manifest.lines.get(position=2).application.tracking_id},?,"
        '"3: A consignment number has 4 to 40 letters, digits, dashes or slashes."',
    ]
    looks = [entry.data["after"] for entry in timeline(manifest.stream) if entry.verb == "view"]
    assert looks == [{"as": "csv"}, {"as": "pdf"}, {}]
    assert HOUSE not in str([entry.data for entry in timeline(manifest.stream)])


def test_deliveries_and_returns_are_taken_in(desk, a_manifest, clerks):
    manifest = a_manifest(2)
    for line in manifest.lines.all():
        number = f"TCS100{line.position}"
        manifests.dispatch(manifest, line, consignment_no=number, by=clerks(Role.DISPATCH))
    client = desk(Role.DISPATCH)
    told = ("consignment_no,outcome,reason", "TCS1001,delivered,", "TCS1002,returned,House locked")

    once = client.post("/staff/manifests/deliveries/", {"courier": "TCS", "file": _file(*told)}, follow=True)
    twice = client.post("/staff/manifests/deliveries/", {"courier": "TCS", "file": _file(*told)}, follow=True)

    assert _told(once) == ["Taken in: 2 new, 0 known already, 0 handed back."]
    assert _told(twice) == ["Taken in: 0 new, 2 known already, 0 handed back."]
    assert outcomes(manifest) == ["delivered", "returned"]
    assert twice.content.decode().count("tcs.csv") == 2
    for wrong, why in (
        ({"courier": "TCS"}, "Choose the file first."),
        ({"courier": "TCS", "file": _file("a,b")}, "The file lacks these columns: consignment_no, outcome."),
        (
            {"courier": "TCS", "file": SimpleUploadedFile("a.csv", b"x" * 1_000_100)},
            "The file is larger than 1 MB: divide it.",
        ),
    ):
        assert _told(client.post("/staff/manifests/deliveries/", wrong, follow=True)) == [why]
    assert TakenFile.objects.count() == 2
    assert (
        client.get(f"/staff/manifests/files/{TakenFile.objects.first().pk}/rejected.csv").status_code == 404
    )


def test_the_counter_tells_whose_cnic_it_saw(desk, signed):
    application, other = signed(2)
    client = desk(Role.DISPATCH)
    path = f"/staff/case/{application.tracking_id}/"
    page = _page(client, path)
    form = page.split(f'action="{path}hand_over/"')[1].split("</form>")[0]
    assert re.findall(r'name="receiver" value="(\w+)" required', form) == ["applicant", "letter"]

    without = client.post(f"{path}hand_over/", {"handed_to": "Bilal Khan"})
    done = client.post(f"{path}hand_over/", {"handed_to": "Bilal Khan", "receiver": "letter"}, follow=True)

    assert (without.status_code, _told(without)) == (
        409,
        ["See the CNIC first, and say whose it is: nothing is handed over without."],
    )
    assert _told(done) == ["Done: Hand over"]
    [entry] = [entry for entry in timeline(application.stream) if entry.verb == "hand_over"]
    assert entry.data["after"] == {
        "state": "delivered",
        "handed_to": "Bilal Khan",
        "to": "bearer",
        "checked": "letter and CNIC",
    }
    assert Application.objects.get(pk=other.pk).state == State.SIGNED


def test_documents_without_an_address_are_told(desk, signed):
    signed(1, address="")

    page = _page(desk(Role.AUDITOR), "/staff/manifests/")

    assert "1 signed document has no postal address and goes on no manifest." in page


def test_each_page_is_read_and_each_act_done_by_its_sections_alone(client, a_manifest, signed, clerks):
    manifest = a_manifest(2)
    line = manifest.lines.get(position=1)
    bad = _file("position,consignment_no", "1,?").read()
    file = _taken(manifest, bad, clerks)
    signed(1)
    path = f"/staff/manifests/{manifest.pk}/"
    pages = ["/staff/manifests/", path, f"{path}list.csv", f"{path}list.pdf"]
    pages.append(f"/staff/manifests/files/{file.pk}/rejected.csv")
    acts = {
        "/staff/manifests/start/": {"courier": "TCS", "way": "post", "size": "9"},
        "/staff/manifests/deliveries/": {"courier": "TCS"},
        f"{path}number/": {"file": "1", "consignment_no": "TCS1001"},
        f"{path}numbers/": {},
        f"{path}off/{line.pk}/": {"reason": "I would like to"},
        f"{path}close/": {},
    }

    for role in STAFF:
        client.force_login(clerks(role))
        for page in pages:
            assert client.get(page).status_code == (200 if role in READERS else 403), (role, page)
        for act, posted in acts.items():
            assert client.get(act).status_code == 405, (role, act)
            if role != Role.DISPATCH:
                assert client.post(act, posted).status_code == 403, (role, act)
        bar = client.get("/staff/").content.decode()
        assert ('href="/staff/manifests/"' in bar) is (role in READERS)
        if role in READERS - {Role.DISPATCH}:
            for page in pages[:2]:
                assert "<form" not in _page(client, page).split("<main")[1], (role, page)
    assert (Manifest.objects.count(), outcomes(manifest)) == (1, ["waiting", "waiting"])
    assert set(Application.objects.values_list("state", flat=True)) == {State.SIGNED}


def _taken(manifest: Manifest, data: bytes, clerks) -> TakenFile:
    return take_consignments(manifest, data, name="bad.csv", by=clerks(Role.DISPATCH))


def test_an_office_reads_and_fills_its_own_manifests_alone(client, person, a_manifest, clerks, signed):
    manifest = a_manifest(1)
    file = _taken(manifest, b"position,consignment_no\n1,?", clerks)
    user = person(Role.REGIONAL, office="lahore")
    for role in ("dispatch",):
        Right.objects.create(section=user.section, office=user.office, role=role)
    client.force_login(User.objects.get(pk=user.pk))
    path, line = f"/staff/manifests/{manifest.pk}/", manifest.lines.get()

    assert f'href="{path}"' not in _page(client, "/staff/manifests/")
    for address in (
        path,
        f"{path}list.csv",
        f"{path}list.pdf",
        f"/staff/manifests/files/{file.pk}/rejected.csv",
    ):
        assert client.get(address).status_code == 404, address
    for act in ("number", "numbers", f"off/{line.pk}", "close"):
        assert client.post(f"{path}{act}/", {"reason": "Mine"}).status_code == 404, act
    [ours], [_theirs] = signed(1, office="lahore"), signed(1, office="swat")
    client.post("/staff/manifests/start/", {"courier": "TCS", "way": "post", "size": "9"})
    mine = Manifest.objects.get(office="lahore")
    assert list(mine.lines.values_list("application", flat=True)) == [ours.pk]


def test_an_offices_file_tells_nothing_of_anothers_consignments(client, person, a_manifest, clerks):
    manifest = a_manifest(1)
    manifests.dispatch(manifest, manifest.lines.get(), consignment_no="TCS1001", by=clerks(Role.DISPATCH))
    user = person(Role.REGIONAL, office="lahore")
    for role in ("dispatch",):
        Right.objects.create(section=user.section, office=user.office, role=role)
    client.force_login(User.objects.get(pk=user.pk))
    told = _file("consignment_no,outcome", "TCS1001,delivered")

    answer = client.post("/staff/manifests/deliveries/", {"courier": "TCS", "file": told}, follow=True)

    assert _told(answer) == ["Taken in: 0 new, 0 known already, 1 handed back."]
    assert outcomes(manifest) == ["under_way"]


def test_pages_ask_as_much_for_one_row_as_for_three(desk, a_manifest, django_assert_num_queries):
    client = desk(Role.DISPATCH)
    for rows in (1, 3):
        manifest = a_manifest(rows)
        path = f"/staff/manifests/{manifest.pk}/"
        client.get(path)
        # The look is journalled; PostgreSQL holds the journal's chain meanwhile.
        with django_assert_num_queries(12 if connection.vendor == "postgresql" else 11):
            page = _page(client, path)
        assert page.split("<tbody>")[1].count("/staff/case/") == rows
    a_manifest(1)
    with django_assert_num_queries(9):
        page = _page(client, "/staff/manifests/")
    assert len(re.findall(r'<td><a href="/staff/manifests/\d+/">', page)) == 3


def test_manifests_list_asks_as_much_for_one(desk, a_manifest, django_assert_num_queries):
    a_manifest(1)
    client = desk(Role.DISPATCH)

    with django_assert_num_queries(9):
        page = _page(client, "/staff/manifests/")

    assert len(re.findall(r'<td><a href="/staff/manifests/\d+/">', page)) == 1
