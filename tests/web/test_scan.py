"""The scan page, covers, labels and the trail in words, through real requests."""

import re

import pytest

from degreetrack.accounts.models import Role
from degreetrack.applications import custody
from degreetrack.applications.lifecycle import State
from degreetrack.applications.models import Application
from degreetrack.journal.services import timeline

pytestmark = pytest.mark.django_db
STAFF = [role for role in Role if role not in (Role.APPLICANT, Role.CLOCK, Role.LEDGER, Role.SUPERVISOR)]


def _lines(page: str) -> list[tuple[str, str]]:
    """Verdict and ID of each line of the list."""
    told = page[page.index('data-part="log"') :]
    return re.findall(r"</span> <b>([^<]+)</b>.*?(?:<bdi>([A-Z0-9-]{12})</bdi>|<small)", told)


def _verbs(application: Application) -> list[str]:
    return [e.verb for e in timeline(application.stream) if e.verb.startswith("paper")]


def _scan(client, code: str, **more) -> str:
    return client.post("/staff/scan/", {"code": code}, follow=True, **more).content.decode()


def test_scans_are_listed_newest_first_with_totals_and_the_last_is_undone(desk, in_state):
    first, second = in_state(), in_state()
    client = desk(Role.SCRUTINY)

    _scan(client, f"DT:{first.tracking_id}")
    _scan(client, second.tracking_id.lower())
    _scan(client, second.tracking_id)
    page = _scan(client, "8961014123454")

    assert _lines(page) == [
        ("Foreign code", ""),
        ("Double scan", second.tracking_id),
        ("Done", second.tracking_id),
        ("Done", first.tracking_id),
    ]
    assert "8961014123454" not in page
    assert re.findall(r'"count">([^:]+): <b><bdi>(\d+)', page) == [
        ("Done", "2"),
        ("Double scan", "1"),
        ("Foreign code", "1"),
    ]

    page = client.post("/staff/scan/undo/", follow=True).content.decode()
    assert _lines(page)[0] == ("Undone", second.tracking_id)
    assert _verbs(second) == ["paper_received", "paper_undone"]
    assert Application.objects.get(pk=second.pk).paper_section_id == "only-receipt"
    client.post("/staff/scan/undo/")
    assert _verbs(first) == ["paper_received", "paper_undone"]
    page = client.post("/staff/scan/undo/", follow=True).content.decode()
    assert "There is nothing to undo." in page
    page = client.post("/staff/scan/new/", follow=True).content.decode()
    assert "Undone" not in page


def test_after_an_undo_the_same_file_can_be_scanned_again(desk, in_state):
    application, client = in_state(), desk(Role.SCRUTINY)
    _scan(client, application.tracking_id)
    client.post("/staff/scan/undo/")

    assert _lines(_scan(client, application.tracking_id))[0] == ("Done", application.tracking_id)


def test_the_mode_is_chosen_once_and_kept(desk, in_state):
    application, client = in_state(), desk(Role.RECEIPT)
    chosen = {"mode": "hand-over", "to": "scrutiny"}
    page = client.post("/staff/scan/choose/", chosen, follow=True).content.decode()
    assert "Each scan hands the file over to: Scrutiny" in page

    page = _scan(client, application.tracking_id)
    assert "Handed over to Scrutiny." in page

    page = client.post("/staff/scan/choose/", {"mode": "find"}, follow=True).content.decode()
    assert "Each scan finds a file and says where it is." in page
    assert "on its way from receipt to Scrutiny since today, not yet received" in _scan(
        client, application.tracking_id
    )


def test_the_script_gets_the_list_alone(desk, in_state):
    application = in_state()

    answer = desk(Role.SCRUTINY).post(
        "/staff/scan/", {"code": application.tracking_id}, headers={"X-Scan": "list"}
    )

    assert answer.status_code == 200
    assert answer.content.decode().startswith('<div data-part="last" aria-live="assertive"')
    assert answer["Cache-Control"] == "no-store, private"


def test_a_handed_over_file_cannot_be_undone_once_it_has_arrived(client, clerks, in_state):
    application = in_state()
    client.force_login(clerks(Role.SCRUTINY))
    _scan(client, application.tracking_id)
    custody.receive_paper(application.tracking_id, by=clerks(Role.PRINTING))

    page = client.post("/staff/scan/undo/", follow=True).content.decode()

    assert "Somebody else has had this file since" in page
    assert _verbs(application) == ["paper_received", "paper_received"]


def test_every_working_section_scans_and_those_who_read_only_find(client, clerks, in_state):
    for role in STAFF:
        application = in_state()
        client.force_login(clerks(role))
        client.post("/staff/scan/choose/", {"mode": "receive"})
        [verdict, *_rest] = _lines(_scan(client, application.tracking_id))

        if role in (Role.CONTROLLER, Role.AUDITOR):
            assert (verdict[0], _verbs(application)) == ("Found", []), role
        elif role == Role.RECEIPT:
            assert (verdict[0], _verbs(application)) == ("Already so", []), role
        else:
            assert (verdict[0], _verbs(application)) == ("Done", ["paper_received"]), role


def test_a_regional_office_scans_its_own_files_alone(client, person, in_state):
    client.force_login(person(Role.REGIONAL, office="lahore"))
    own, others = in_state(office="lahore"), in_state(office="karachi")

    assert _lines(_scan(client, own.tracking_id))[0][0] == "Done"
    assert _lines(_scan(client, others.tracking_id))[0][0] == "Unknown"
    assert _verbs(others) == []
    assert client.get(f"/staff/case/{others.tracking_id}/cover/").status_code == 404


def test_only_fifty_lines_are_kept_and_a_scan_asks_little(desk, in_state, django_assert_max_num_queries):
    application, client = in_state(), desk(Role.SCRUTINY)
    for _each in range(52):
        page = _scan(client, "8961014123454")

    assert len(_lines(page)) == 50
    assert '"count">Foreign code: <b><bdi>52' in page
    with django_assert_max_num_queries(30):
        client.post("/staff/scan/", {"code": application.tracking_id}, headers={"X-Scan": "list"})


def test_the_cover_shows_the_code_and_of_the_person_the_name_alone(desk, in_state):
    application = in_state(urgent=True, email="gul@example.org", address="House 5, Street 9, Rawalpindi")

    page = desk(Role.RECEIPT).get(f"/staff/case/{application.tracking_id}/cover/").content.decode()

    student = application.result.student
    assert f'aria-label="DT:{application.tracking_id}"' in page
    assert page.count("<svg") == 1
    assert "Ayesha Siddiqa" in page
    assert "Urgent" in page
    for private in (
        student.cnic,
        application.mobile,
        application.email,
        "Street 9",
        application.result.roll_no,
    ):
        assert private not in page


def test_the_slip_carries_the_code_too(desk, in_state):
    application = in_state()

    page = desk(Role.RECEIPT).get(f"/staff/case/{application.tracking_id}/slip/").content.decode()

    assert f'aria-label="DT:{application.tracking_id}"' in page


@pytest.mark.parametrize("rows", [1, 3])
def test_labels_of_a_worklist_ask_a_fixed_number_of_questions(
    rows, desk, in_state, django_assert_num_queries
):
    for _each in range(rows):
        in_state()
    client = desk(Role.SCRUTINY)

    with django_assert_num_queries(8):
        page = client.get("/staff/work/received/labels/").content.decode()

    assert page.count('aria-label="DT:') == rows
    assert client.get("/staff/work/nowhere/labels/").status_code == 404


def test_labels_come_by_sheets_of_twenty_four(desk, in_state):
    for _each in range(25):
        in_state()
    client = desk(Role.SCRUTINY)

    first = client.get("/staff/work/received/labels/").content.decode()
    onward = re.search(r'rel="next" href="([^"]+)"', first)[1]
    second = client.get("/staff/work/received/labels/" + onward).content.decode()

    assert (first.count('aria-label="DT:'), second.count('aria-label="DT:')) == (24, 1)


def test_the_holder_of_the_id_reads_where_the_paper_is_and_a_look_up_by_roll_number_does_not(
    client, in_state, clerks
):
    application = in_state()
    custody.receive_paper(application.tracking_id, by=clerks(Role.PRINTING))
    words = "Your paper file is with printing since today."

    assert words in client.get(f"/status/{application.tracking_id}/").content.decode()
    assert "Where your paper has been" in client.get(f"/status/{application.tracking_id}/").content.decode()
    by_roll_no = client.get("/in-process/", {"q": application.result.roll_no}).content.decode()
    assert application.get_kind_display() in by_roll_no
    assert "paper file" not in by_roll_no


def test_the_owner_reads_it_in_the_portal_and_in_urdu(in_state, signed_in):
    application = in_state()
    client = signed_in(application.result.student)

    page = client.get(f"/my/case/{application.tracking_id}/").content.decode()

    assert "Your paper file is with receipt since today." in page


def test_the_trail_costs_the_status_page_no_question(client, in_state, clerks, django_assert_num_queries):
    plain, carried = in_state(route="online"), in_state()
    for role in (Role.SCRUTINY, Role.VERIFICATION, Role.APPROVAL):
        custody.receive_paper(carried.tracking_id, by=clerks(role))
    for application in (plain, carried):
        client.get(f"/status/{application.tracking_id}/")

    for application in (plain, carried):
        with django_assert_num_queries(4):
            client.get(f"/status/{application.tracking_id}/")


def test_a_closed_case_says_nothing_of_its_paper(client, in_state):
    application = in_state(State.WITHDRAWN)

    assert "paper file" not in client.get(f"/status/{application.tracking_id}/").content.decode()


def test_the_case_shows_where_its_paper_is(desk, in_state, clerks):
    application = in_state()
    custody.receive_paper(application.tracking_id, by=clerks(Role.PRINTING))

    page = desk(Role.SCRUTINY).get(f"/staff/case/{application.tracking_id}/").content.decode()

    assert "It is with printing since today." in page
    assert "Paper file received" in page
