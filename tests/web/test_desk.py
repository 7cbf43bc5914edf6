"""The desk: what each section sees and does, through real requests."""

import re

import pytest

from degreetrack.accounts.models import Role, User
from degreetrack.applications import queries
from degreetrack.applications.lifecycle import State
from degreetrack.applications.models import Application
from degreetrack.journal.services import timeline

pytestmark = pytest.mark.django_db


def _buttons(page: str) -> list[str]:
    return re.findall(r'action="/staff/case/[^/]+/([a-z_]+)/"', page)


def test_strangers_are_sent_to_sign_in(client, in_state):
    tracking_id = in_state().tracking_id

    for address in ("", "work/received/", "receive/", "search/", f"case/{tracking_id}/"):
        answer = client.get(f"/staff/{address}")
        assert (answer.status_code, answer["Location"].split("?")[0]) == (302, "/staff/login/")


def test_staff_without_a_section_are_refused(client, aiou):
    client.force_login(User.objects.create_user("nobody", "n@example.org", "x"))

    answer = client.get("/staff/")

    assert answer.status_code == 403
    assert "Your account has no section" in answer.content.decode()


@pytest.mark.parametrize(
    ("role", "states"),
    [
        (Role.SCRUTINY, ["received", "answered"]),
        (Role.VERIFICATION, ["checked"]),
        (Role.APPROVAL, ["verified"]),
        (Role.PRINTING, ["approved", "printed"]),
        (Role.SIGNATURE, ["printed"]),
        (Role.DISPATCH, ["signed", "dispatched", "undelivered"]),
        (Role.AUDITOR, list(State.values)),
    ],
)
def test_each_section_has_its_own_worklists(role, states, desk, aiou):
    page = desk(role).get("/staff/").content.decode()

    assert re.findall(r"/staff/work/([a-z]+)/", page) == states


def test_a_worklist_asks_as_much_for_one_row_as_for_three(desk, in_state, django_assert_num_queries):
    client = desk(Role.SCRUTINY)
    for rows in (1, 2):
        for _ in range(rows):
            in_state()
        with django_assert_num_queries(9):
            page = client.get("/staff/work/received/").content.decode()

    assert page.count("/staff/case/") == 3


def test_a_worklist_is_paged_by_key(desk, in_state):
    made = [in_state().tracking_id for _ in range(51)]
    client = desk(Role.SCRUTINY)

    first = client.get("/staff/work/received/").content.decode()
    key = re.search(r'href="\?after=([^"]+)"', first)[1]
    second = client.get(f"/staff/work/received/?after={key}").content.decode()

    assert re.findall(r"/staff/case/([^/]+)/", second) == made[50:]
    assert client.get("/staff/work/nowhere/").status_code == 404


def test_a_look_at_a_case_is_journalled_with_the_person(desk, in_state, clerks):
    application = in_state()

    page = desk(Role.AUDITOR).get(f"/staff/case/{application.tracking_id}/").content.decode()

    last = timeline(application.stream)[-1]
    assert (last.verb, last.actor) == ("view", clerks(Role.AUDITOR))
    assert application.result.student.cnic in page
    assert _buttons(page) == []


@pytest.mark.parametrize(
    ("role", "state", "verbs"),
    [
        (Role.SCRUTINY, State.RECEIVED, ["check", "object"]),
        (Role.APPROVAL, State.VERIFIED, ["object", "send_back", "approve", "reject"]),
        (Role.RECEIPT, State.OBJECTED, ["answer", "extend", "withdraw"]),
        (Role.DISPATCH, State.SIGNED, ["dispatch", "hand_over"]),
        (Role.RECEIPT, State.UNDELIVERED, ["hand_over"]),
        (Role.PRINTING, State.SIGNED, []),
    ],
)
def test_buttons_come_from_the_table(role, state, verbs, desk, in_state):
    tracking_id = in_state(state).tracking_id

    assert _buttons(desk(role).get(f"/staff/case/{tracking_id}/").content.decode()) == verbs


def test_objections_are_ticked_and_written_in_one_move(desk, in_state):
    application = in_state()

    answer = desk(Role.SCRUTINY).post(
        f"/staff/case/{application.tracking_id}/object/",
        {"objection": ["cnic-copy", "no-signature"], "own_words": ["The photograph is torn.", ""]},
    )

    assert answer["Location"] == f"/staff/case/{application.tracking_id}/"
    assert [row.text for row in application.objections.all()] == [
        "The attested copy of the CNIC is missing.",
        "The signature is missing on the form.",
        "The photograph is torn.",
    ]


def test_a_refusal_is_told_on_the_case_and_keeps_what_was_typed(desk, in_state):
    application = in_state(State.SIGNED)

    answer = desk(Role.DISPATCH).post(
        f"/staff/case/{application.tracking_id}/dispatch/", {"consignment_no": "TCS42"}
    )

    page = answer.content.decode()
    assert answer.status_code == 409
    assert "Something is missing: the courier." in page
    assert 'value="TCS42"' in page


def test_no_section_makes_anothers_move_by_a_direct_post(desk, in_state):
    application = in_state(State.VERIFIED)

    answer = desk(Role.SCRUTINY).post(f"/staff/case/{application.tracking_id}/approve/")

    assert answer.status_code == 409
    assert Application.objects.get().state == State.VERIFIED


def test_another_offices_file_is_not_there(client, in_state, person):
    application = in_state(office="lahore")
    client.force_login(person(Role.REGIONAL, office="swat"))

    assert client.get(f"/staff/case/{application.tracking_id}/").status_code == 404
    assert client.post(f"/staff/case/{application.tracking_id}/withdraw/").status_code == 404


def test_receipt_fills_in_what_is_known_and_tells_what_would_be_objected_to(desk, a_result):
    result = a_result("BO680724", result_codes="R/E")

    page = desk(Role.RECEIPT).get("/staff/receive/?roll_no=bo%20680724").content.decode()

    assert 'value="+923001234567"' in page
    [look] = timeline(f"student/{result.student_id}")
    assert look.verb == "view"
    assert "R/E: Re-appear in the examination of a course" in page
    assert "Together <bdi>1500</bdi> rupees" in page


def test_receipt_gives_a_tracking_id_and_a_slip(desk, a_result, clerks):
    a_result("BO680724")
    client = desk(Role.RECEIPT)

    answer = client.post(
        "/staff/receive/",
        {
            "roll_no": "BO680724",
            "kind": "DEGREE",
            "issue": "ORIGINAL",
            "urgent": "on",
            "route": "post",
            "language": "ur",
            "mobile": "0300-7654321",
            "fee_paid": "2400",
        },
    )

    application = Application.objects.get()
    assert (application.kind, application.urgent, application.mobile) == ("DEGREE", True, "+923007654321")
    assert (application.fee_due, application.fee_paid) == (2400, 2400)
    assert answer["Location"] == f"/staff/case/{application.tracking_id}/slip/"
    assert application.tracking_id in client.get(answer["Location"]).content.decode()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"mobile": "12"}, "This is not a mobile number. Write it as 0300 1234567."),
        ({"mobile": "", "email": ""}, "Ask for a mobile number or an e-mail address: news goes there."),
        ({"email": "x"}, "Enter a valid email address."),
        ({"fee_paid": "lots"}, "Enter a whole number."),
        ({"kind": "MEDAL"}, "Select a valid choice."),
    ],
)
def test_bad_input_is_told_beside_its_field_and_loses_nothing(change, words, desk, a_result):
    a_result("BO680724")
    given = {
        "roll_no": "BO680724",
        "kind": "PC",
        "issue": "ORIGINAL",
        "route": "counter",
        "language": "en",
        "mobile": "03001234567",
        "fee_paid": "0",
        "address": "House 9, Street 2",
    } | change

    answer = desk(Role.RECEIPT).post("/staff/receive/", given)

    page = answer.content.decode()
    assert answer.status_code == 422
    assert words in page
    assert 'value="House 9, Street 2"' in page
    assert Application.objects.count() == 0


def test_a_second_open_application_is_refused_at_the_counter(desk, in_state):
    first = in_state()
    given = {"roll_no": first.result.roll_no, "kind": "PC", "issue": "ORIGINAL", "route": "counter"}

    answer = desk(Role.RECEIPT).post(
        "/staff/receive/", given | {"language": "en", "mobile": "03001234567", "fee_paid": "0"}
    )

    assert f"open already: {first.tracking_id}" in answer.content.decode()
    assert Application.objects.count() == 1


def test_checking_the_fee_again_receives_nothing(desk, a_result):
    a_result("BO680724")

    answer = desk(Role.RECEIPT).post(
        "/staff/receive/",
        {"roll_no": "BO680724", "kind": "DEGREE", "issue": "DUPLICATE", "urgent": "on", "check": "1"},
    )

    assert "Together <bdi>7200</bdi> rupees" in answer.content.decode()
    assert Application.objects.count() == 0


def test_an_unknown_roll_number_is_told_and_others_may_not_receive(desk, aiou):
    page = desk(Role.RECEIPT).get("/staff/receive/?roll_no=BO000000").content.decode()

    assert "No result is known for" in page
    assert desk(Role.PRINTING).get("/staff/receive/").status_code == 404


def test_search_goes_to_the_one_or_lists_the_many(desk, in_state):
    one = in_state()
    client = desk(Role.RECEIPT)

    answer = client.post("/staff/search/", {"text": one.result.student.cnic})
    assert answer["Location"] == f"/staff/case/{one.tracking_id}/"

    in_state()
    page = client.post("/staff/search/", {"text": "Ayesha"}).content.decode()
    assert page.count("/staff/case/") == 2
    assert "Nothing is found" in client.post("/staff/search/", {"text": "zz top"}).content.decode()


def test_search_says_when_there_may_be_more_than_it_lists(desk, in_state, monkeypatch):
    monkeypatch.setattr(queries, "SEARCHED", 2)
    client = desk(Role.RECEIPT)
    shown = []
    for _more in range(3):
        in_state()
        page = client.post("/staff/search/", {"text": "Ayesha"}, follow=True).content.decode()
        shown.append("Only the 2 closest are shown, and there may be more" in page)

    assert shown == [False, True, True]


def test_answers_given_at_the_counter_go_in_together(desk, in_state):
    application = in_state(State.OBJECTED)
    row = application.objections.get()

    desk(Role.RECEIPT).post(
        f"/staff/case/{application.tracking_id}/answer/", {f"answer-{row.pk}": "Attached", "answer-x": "?"}
    )

    assert Application.objects.get().state == State.ANSWERED


def test_what_the_tariff_does_not_know_is_said(desk, a_result):
    from degreetrack.catalogue.models import TariffRow

    a_result("BO680724")
    TariffRow.objects.all().delete()

    page = desk(Role.RECEIPT).get("/staff/receive/?roll_no=BO680724").content.decode()

    assert "The tariff has no fee for this kind, level and date" in page


def test_the_admin_goes_through_the_one_sign_in(client, aiou, clerks):
    assert client.get("/admin/")["Location"].startswith("/admin/login/")
    assert client.get("/admin/login/")["Location"].startswith("/staff/login/")
    chief = clerks(Role.CONTROLLER)
    chief.is_superuser = True
    chief.save()
    client.force_login(chief)
    assert client.get("/admin/").status_code == 200
    assert client.get("/admin/accounts/section/add/").status_code == 403
