"""Stock, runs and signature sheets at the desk: who reads, who acts, what the pages say."""

import re

import pytest

from degreetrack.accounts.models import Right, Role, User
from degreetrack.applications import services as applications
from degreetrack.applications.lifecycle import State
from degreetrack.applications.models import Application
from degreetrack.credentials.balance import check_stock, in_store
from degreetrack.credentials.models import Blank, Fate, Lot, StockLine
from degreetrack.issuing import runs
from degreetrack.issuing.models import Run
from tests.shelves import lines_of, numbers_of
from tests.web.test_rights import STAFF

pytestmark = pytest.mark.django_db
DELIVERY = {"kind": "PC", "prefix": "PC-", "first": "0001", "last": "0010", "paper_no": "Press, note 7"}


def _page(client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.content.decode()


def _told(answer) -> list[str]:
    return re.findall(r'role="(?:alert|status)"><b>(.*?)</b>', answer.content.decode())


def test_a_delivery_is_received_and_shown(desk, aiou):
    client = desk(Role.PRINTING)

    answer = client.post("/staff/stock/receive/", DELIVERY, follow=True)

    assert _told(answer) == ["Received: PC-0001 - PC-0010."]
    assert "Press, note 7" in answer.content.decode()
    assert in_store() == {"PC": 10}
    again = client.post("/staff/stock/receive/", DELIVERY)
    assert (again.status_code, _told(again)) == (
        409,
        ["Some of these numbers were received before: look for them in the list of deliveries."],
    )
    assert 'value="Press, note 7"' in again.content.decode()


def test_damaged_blanks_are_voided_and_the_ledger_tells_it(desk, stock):
    client, lot = desk(Role.PRINTING), stock(10)
    path = f"/staff/stock/{lot.pk}/void/"

    typed = {"first": "2", "last": "PC-00003", "reason": "Damp"}
    asked = client.post(path, typed).content.decode()
    before = set(Blank.objects.values_list("fate", flat=True))
    done = client.post(path, typed | {"sure": "1"}, follow=True)
    refused = client.post(path, {"first": "3", "last": "3", "reason": "Damp", "sure": "1"}, follow=True)

    assert "From 2 to PC-00003: Damp. What is void is never used again." in asked
    assert re.findall(r'type="hidden" name="(?!csrf)(\w+)" value="([^"]*)"', asked) == [
        ("sure", "1"),
        *typed.items(),
    ]
    assert before == {Fate.IN_STORE}

    assert _told(done) == ["2 blanks are void."]
    assert _told(refused) == ["Blank PC-00003 is not in the store, it is: Void."]
    page = done.content.decode()
    assert re.findall(r"<td>Damp</td>", page) == ["<td>Damp</td>"] * 3
    assert "PC-00002 - PC-00003" in page
    assert client.post("/staff/stock/999/void/", {}).status_code == 404


def test_a_run_from_start_to_close(desk, stock, files):
    stock(6)
    files(3)
    client = desk(Role.PRINTING)

    started = client.post("/staff/runs/start/", {"kind": "PC", "size": "3"})
    run = Run.objects.get()
    path = f"/staff/runs/{run.pk}/"
    assert started["Location"] == path
    first, second, third = lines_of(run)
    page = _page(client, path)
    assert re.findall(r'name="line" value="(\d+)" checked', page) == [str(line.pk) for line in lines_of(run)]
    assert [number in page for number in numbers_of(run)] == [True] * 3

    spoilt = client.post(f"{path}spoil/{second.pk}/", {"reason": "Jam"}, follow=True)
    assert _told(spoilt) == ["Print it again, on PC-00004."]
    printed = client.post(f"{path}printed/", {"line": [first.pk, second.pk, "x", "9" * 30]}, follow=True)
    assert _told(printed) == ["Done: 2 files."]
    again = client.post(f"{path}printed/", {"line": [first.pk]}, follow=True)
    assert _told(again) == [
        f"1 · {first.application.tracking_id}: “Print” is not possible now. "
        "The application stands at: Printed, waiting for signature."
    ]
    asked = client.post(f"{path}close/").content.decode()
    assert ("Close the run</h1>" in asked, Run.objects.get().closed_at) == (True, None)
    closed = client.post(f"{path}close/", {"sure": "1"}, follow=True)
    assert _told(closed) == ["The run is closed; 1 blank went back to the store."]
    assert "<form" not in closed.content.decode().split("<main")[1]
    states = list(Application.objects.order_by("pk").values_list("state", flat=True))
    assert states == [State.PRINTED, State.PRINTED, State.APPROVED]
    assert list(Blank.objects.order_by("serial").values_list("fate", flat=True)) == [
        "printed", "spoiled", "in_store", "printed", "in_store", "in_store",
    ]  # fmt: skip
    assert list(check_stock()) == []
    assert third.application.tracking_id in closed.content.decode()


def test_refusals_of_a_run_are_told(desk, files, stock):
    client = desk(Role.PRINTING)
    nothing = client.post("/staff/runs/start/", {"kind": "PC", "size": "many"}, follow=True)
    assert _told(nothing) == ["Choose a kind of document, and 1 to 200 files."]
    files(1)
    stock(1)
    client.post("/staff/runs/start/", {"kind": "PC", "size": "3"})
    run = Run.objects.get()
    [line] = lines_of(run)
    path = f"/staff/runs/{run.pk}/"

    assert _told(client.post(f"{path}spoil/{line.pk}/", {"reason": "Jam"}, follow=True)) == [
        "It is spoilt, and the store has no other: receive a delivery."
    ]
    assert _told(client.post(f"{path}blank/{line.pk}/", follow=True)) == [
        "The store has no blank for: Provisional certificate. Receive a delivery first."
    ]
    stock(2)
    assert _told(client.post(f"{path}blank/{line.pk}/", follow=True)) == ["Print it again, on PC-01001."]
    assert client.post(f"{path}spoil/999/", {"reason": "Jam"}).status_code == 404
    assert client.get("/staff/runs/999/").status_code == 404


def test_a_signature_sheet_is_signed_whole(client, a_run, clerks):
    run = a_run(3)
    runs.printed(run, lines_of(run)[:2], by=clerks(Role.PRINTING))
    client.force_login(clerks(Role.SIGNATURE))
    path = f"/staff/runs/{run.pk}/"
    page = _page(client, f"{path}signatures/")
    pks = re.findall(r'name="line" value="(\d+)"', page)
    assert pks == [str(line.pk) for line in lines_of(run)[:2]]
    assert f'href="{path}signatures/"' in _page(client, "/staff/runs/")

    answer = client.post(f"{path}sign/", {"line": [*pks, lines_of(run)[2].pk]}, follow=True)

    assert _told(answer) == [
        "Done: 2 files.",
        f"3 · {lines_of(run)[2].application.tracking_id}: “Sign” is not possible now. "
        "The application stands at: Approved, waiting for printing.",
    ]
    assert "Nothing of this run waits for the signature." in answer.content.decode()


READ = {
    "/staff/stock/": {Role.PRINTING, Role.CONTROLLER, Role.AUDITOR},
    "/staff/stock/{lot}/": {Role.PRINTING, Role.CONTROLLER, Role.AUDITOR},
    "/staff/runs/": {Role.PRINTING, Role.SIGNATURE, Role.CONTROLLER, Role.AUDITOR},
    "/staff/runs/{run}/": {Role.PRINTING, Role.SIGNATURE, Role.CONTROLLER, Role.AUDITOR},
    "/staff/runs/{run}/signatures/": {Role.PRINTING, Role.SIGNATURE, Role.CONTROLLER, Role.AUDITOR},
}
DO = {
    "/staff/stock/receive/": Role.PRINTING,
    "/staff/stock/{lot}/void/": Role.PRINTING,
    "/staff/runs/start/": Role.PRINTING,
    "/staff/runs/{run}/printed/": Role.PRINTING,
    "/staff/runs/{run}/spoil/{line}/": Role.PRINTING,
    "/staff/runs/{run}/blank/{line}/": Role.PRINTING,
    "/staff/runs/{run}/close/": Role.PRINTING,
    "/staff/runs/{run}/sign/": Role.SIGNATURE,
}
POSTED = DELIVERY | {"first": "7001", "last": "7002", "size": "1", "reason": "I would like to"}


def test_each_page_is_read_and_each_act_done_by_its_sections_alone(client, a_run, files, clerks):
    run = a_run(2)
    files(1)
    line = lines_of(run)[0]
    names = {"lot": Lot.objects.get().pk, "run": run.pk, "line": line.pk}
    before = (StockLine.objects.count(), Run.objects.count(), Lot.objects.count())

    for role in STAFF:
        client.force_login(clerks(role))
        for path, readers in READ.items():
            assert client.get(path.format(**names)).status_code == (200 if role in readers else 403), (
                role,
                path,
            )
        for path, doer in DO.items():
            assert client.get(path.format(**names)).status_code == 405, (role, path)
            if role != doer:
                answer = client.post(path.format(**names), POSTED | {"line": line.pk})
                assert answer.status_code == 403, (role, path)
        page = client.get("/staff/").content.decode()
        assert ('href="/staff/runs/"' in page) is (role in READ["/staff/runs/"])
        assert ('href="/staff/stock/"' in page) is (role in READ["/staff/stock/"])
    assert (StockLine.objects.count(), Run.objects.count(), Lot.objects.count()) == before
    assert set(Application.objects.values_list("state", flat=True)) == {State.APPROVED}


@pytest.mark.parametrize("role", [Role.CONTROLLER, Role.AUDITOR])
def test_who_only_reads_sees_no_button(role, client, a_run, clerks):
    run = a_run(2)
    runs.printed(run, lines_of(run)[:1], by=clerks(Role.PRINTING))
    client.force_login(clerks(role))

    for path in (
        "stock/",
        f"stock/{Lot.objects.get().pk}/",
        "runs/",
        f"runs/{run.pk}/",
        f"runs/{run.pk}/signatures/",
    ):
        assert "<form" not in _page(client, f"/staff/{path}").split("<main")[1], path


def test_an_office_reads_its_own_runs_alone(client, person, a_run):
    run = a_run(1)
    user = person(Role.REGIONAL, office="lahore")
    for role in (
        "printing",
        "signature",
    ):
        Right.objects.create(section=user.section, office=user.office, role=role)
    client.force_login(User.objects.get(pk=user.pk))
    path, line = f"/staff/runs/{run.pk}/", lines_of(run)[0]

    assert f'href="{path}"' not in _page(client, "/staff/runs/")
    for address in (path, f"{path}signatures/"):
        assert client.get(address).status_code == 404
    for act in ("printed", f"spoil/{line.pk}", f"blank/{line.pk}", "close", "sign"):
        assert client.post(f"{path}{act}/", {"line": line.pk, "reason": "Mine"}).status_code == 404


@pytest.mark.parametrize(("path", "number"), [("runs", 8), ("stock", 8)])
def test_a_list_asks_as_much_for_one_row_as_for_three(
    path,
    number,
    desk,
    a_run,
    django_assert_num_queries,
):
    client = desk(Role.PRINTING)
    for rows in (1, 2):
        for _ in range(rows):
            a_run(1)
        with django_assert_num_queries(number):
            page = _page(client, f"/staff/{path}/")
    assert len(re.findall(rf'<td><a href="/staff/{path}/\d+/">', page)) == 3


def test_sheets_ask_as_much_for_one_row_as_for_three(desk, a_run, clerks, django_assert_num_queries):
    client = desk(Role.PRINTING)
    for rows in (1, 3):
        run = a_run(rows)
        with django_assert_num_queries(9):
            page = _page(client, f"/staff/runs/{run.pk}/")
        assert page.count("/staff/case/") == rows
        runs.printed(run, lines_of(run), by=clerks(Role.PRINTING))
        with django_assert_num_queries(7):
            page = _page(client, f"/staff/runs/{run.pk}/signatures/")
        assert page.count("/staff/case/") == rows


def test_lists_are_paged_by_key(desk, stock):
    client, made = desk(Role.PRINTING), [stock(1).pk for _ in range(51)]

    first = _page(client, "/staff/stock/")
    key = re.search(r'href="\?before=(\d+)"', first)[1]
    second = _page(client, f"/staff/stock/?before={key}")

    assert re.findall(r"/staff/stock/(\d+)/", first) == [str(pk) for pk in reversed(made[1:])]
    assert re.findall(r"/staff/stock/(\d+)/", second) == [str(made[0])]
    assert 'href="?before=' not in second


def test_the_list_of_runs_counts_their_lines(desk, a_run, clerks):
    run = a_run(4)
    lines = lines_of(run)
    runs.printed(run, lines[:3], by=clerks(Role.PRINTING))
    applications.move(lines[0].application.tracking_id, "sign", by=clerks(Role.SIGNATURE))
    runs.spoil(run, lines[1], reason="Ink ran", by=clerks(Role.PRINTING))

    row = _page(desk(Role.AUDITOR), "/staff/runs/").split("<tbody>")[1]

    # Files, to be printed, printed, and those of them that wait for the signature.
    assert re.findall(r"<bdi>(\d+)</bdi>", row) == ["4", "2", "2"]
    assert "Signature sheet: 1" in row
