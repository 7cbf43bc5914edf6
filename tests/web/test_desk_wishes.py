"""Wishes and questions at the desk, through real requests."""

import re

import pytest

from degreetrack.accounts.models import Role
from degreetrack.applications import bearers, messages, services, wishes
from degreetrack.applications.lifecycle import State
from degreetrack.applications.models import Application, Message
from degreetrack.journal.services import timeline
from degreetrack.notifications.models import Notice
from tests.life import applicant_of

pytestmark = pytest.mark.django_db


def _ask(application: Application, text: str = "When <b>will</b> it be printed?", **more) -> Message:
    return messages.ask(application.tracking_id, by=applicant_of(application), text=text, **more)


def _case(application: Application) -> str:
    return f"/staff/case/{application.tracking_id}/"


def test_wishes_are_written_down_at_the_counter(desk, in_state):
    application = in_state()
    client = desk(Role.RECEIPT)

    for name, given in (
        ("address", {"address": "House 9, Street 2, Islamabad"}),
        ("delivery", {"way": "collect", "office": "lahore"}),
        ("bearer", {"bearer_name": "Bilal Khan", "bearer_cnic": "61101-1234567-1"}),
    ):
        answer = client.post(f"{_case(application)}wish/{name}/", given)
        assert answer["Location"] == _case(application), name

    page = client.get(_case(application)).content.decode()
    assert "House 9, Street 2, Islamabad" in page
    assert "To be collected at an office: Lahore" in page
    assert "Bilal Khan, CNIC ending in <bdi>5671</bdi>" in page
    assert "61101-1234567-1" not in page
    assert "1234567" not in page.replace("+923001234567", "")


def test_the_code_is_shown_to_no_clerk(desk, in_state):
    application = in_state()
    desk(Role.RECEIPT).post(
        f"{_case(application)}wish/bearer/", {"bearer_name": "Bilal Khan", "bearer_cnic": "6110112345671"}
    )
    code = re.search(r"Code (\d{6})", Notice.objects.get(template="bearer").body)[1]

    page = desk(Role.DISPATCH).get(_case(application)).content.decode()

    assert code not in page
    assert "Its words are for the applicant alone." in page


def test_a_refused_wish_keeps_what_was_typed(desk, in_state):
    application = in_state()
    client = desk(Role.RECEIPT)

    answer = client.post(
        f"{_case(application)}wish/bearer/", {"bearer_name": "Bilal Khan", "bearer_cnic": "123"}
    )

    page = answer.content.decode()
    assert answer.status_code == 409
    assert "A CNIC has 13 digits, written 5-7-1." in page
    assert 'value="Bilal Khan"' in page
    assert client.post(f"{_case(application)}wish/moon/").status_code == 404


@pytest.mark.parametrize(
    ("role", "state", "offered"),
    [
        (Role.RECEIPT, State.RECEIVED, 3),
        (Role.REGIONAL, State.UNDELIVERED, 3),
        (Role.RECEIPT, State.DISPATCHED, 0),
        (Role.SCRUTINY, State.RECEIVED, 0),
    ],
)
def test_forms_stand_where_they_would_be_taken(role, state, offered, desk, in_state):
    application = in_state(state)

    page = desk(role).get(_case(application)).content.decode()

    assert page.count("/wish/") == offered


def test_others_are_refused_by_a_direct_post(desk, in_state):
    application = in_state()

    answer = desk(Role.SCRUTINY).post(
        f"{_case(application)}wish/address/", {"address": "House 9, Street 2, Islamabad"}
    )

    assert (answer.status_code, Application.objects.get().address) == (409, "")


def test_more_time_is_a_button_and_stands_on_the_case(desk, in_state):
    application = in_state(State.OBJECTED)
    client = desk(Role.RECEIPT)

    client.post(f"{_case(application)}extend/")

    page = client.get(_case(application)).content.decode()
    assert re.search(r"<dt>More time</dt><dd>given on \w", page)


def test_the_bearer_gets_it_for_the_code(desk, in_state):
    application = in_state(State.SIGNED)
    code = wishes.authorise_bearer(
        application.tracking_id, by=applicant_of(application), name="Bilal Khan", cnic="6110112345671"
    )
    client = desk(Role.DISPATCH)
    page = client.get(_case(application)).content.decode()
    assert "to the bearer Bilal Khan (CNIC seen, it ends in <bdi>5671</bdi>), who tells the code" in page

    given = {"handed_to": "Ayesha Siddiqa", "receiver": "bearer"}
    wrong = client.post(f"{_case(application)}hand_over/", given | {"bearer_code": "x"})
    right = client.post(f"{_case(application)}hand_over/", given | {"bearer_code": code})

    assert (wrong.status_code, right.status_code) == (409, 302)
    assert "The code is wrong. Tries left: 4." in wrong.content.decode()
    done = Application.objects.get()
    assert (done.state, done.handed_to) == (State.DELIVERED, "Bilal Khan")
    assert "A wrong code was told for the bearer" in client.get(_case(application)).content.decode()


def test_the_applicant_gets_it_for_the_cnic_though_a_bearer_was_named(desk, in_state):
    application = in_state(State.SIGNED)
    wishes.authorise_bearer(
        application.tracking_id, by=applicant_of(application), name="Bilal Khan", cnic="6110112345671"
    )

    desk(Role.DISPATCH).post(
        f"{_case(application)}hand_over/",
        {"handed_to": "Ayesha Siddiqa", "receiver": "applicant", "bearer_code": ""},
    )

    [entry] = [e for e in timeline(application.stream) if e.verb == "hand_over"]
    assert (entry.data["after"]["to"], entry.data["after"]["checked"]) == ("applicant", "CNIC")
    assert bearers.open_bearer(application) is None


def test_a_question_waits_in_the_bar_until_it_is_answered(desk, in_state):
    application = in_state()
    _ask(application)
    client = desk(Role.SCRUTINY)
    assert "Questions (<bdi>1</bdi>)" in client.get("/staff/").content.decode()
    listed = client.get("/staff/questions/").content.decode()
    assert f"{_case(application)}#questions" in listed
    assert "When &lt;b&gt;will&lt;/b&gt; it be printed?" in listed

    answer = client.post(f"/staff/questions/{application.tracking_id}/reply/", {"reply": "Tomorrow."})

    assert answer["Location"] == _case(application)
    page = client.get(_case(application)).content.decode()
    assert "The applicant is told that an answer stands here." in page
    assert "<p>Tomorrow.</p>" in page
    assert "Questions (<bdi>0</bdi>)" in page
    assert "Nobody waits for an answer." in client.get("/staff/questions/").content.decode()


def test_an_empty_reply_is_told_on_the_case(desk, in_state):
    application = in_state()

    answer = desk(Role.SCRUTINY).post(f"/staff/questions/{application.tracking_id}/reply/", {"reply": "x"})

    page = answer.content.decode()
    assert (answer.status_code, "Write 2 to 2000 letters." in page) == (409, True)
    assert ">x</textarea>" in page


def test_late_questions_are_marked_and_pages_follow(desk, in_state):
    made = [in_state() for _ in range(51)]
    for application in made:
        _ask(application)
    late = Message.objects.order_by("pk").first()
    Message.objects.filter(pk=late.pk).update(at=late.at.replace(year=late.at.year - 1))
    client = desk(Role.AUDITOR)

    first = client.get("/staff/questions/").content.decode()
    key = re.search(r'href="\?after=([^"]+)"', first)[1]
    second = client.get(f"/staff/questions/?after={key}").content.decode()

    assert first.count('<span class="tag">Late</span>') == 1
    assert re.findall(r"/staff/case/([^/]+)/", second) == [made[50].tracking_id]


def test_the_page_of_questions_asks_as_much_for_one_row_as_for_three(
    desk, in_state, django_assert_num_queries
):
    client = desk(Role.SCRUTINY)
    for rows in (1, 2):
        for _ in range(rows):
            _ask(in_state())
        with django_assert_num_queries(8):
            page = client.get("/staff/questions/").content.decode()

    assert page.count("#questions") == 3


def test_strangers_and_other_offices_read_no_questions(client, in_state, person):
    application = in_state(office="lahore")
    _ask(application)
    reply = f"/staff/questions/{application.tracking_id}/reply/"
    assert client.get("/staff/questions/")["Location"].startswith("/staff/login/")
    assert client.post(reply)["Location"].startswith("/staff/login/")

    client.force_login(person(Role.REGIONAL, office="swat"))

    assert "Nobody waits for an answer." in client.get("/staff/questions/").content.decode()
    assert client.post(reply, {"reply": "Hello there"}).status_code == 404
    assert client.post(f"{_case(application)}wish/address/").status_code == 404


def test_the_journal_of_a_case_tells_every_wish_in_words(desk, in_state):
    application = in_state(State.OBJECTED)
    by = applicant_of(application)
    _ask(application)
    wishes.change_address(application.tracking_id, by=by, address="House 9, Street 2, Islamabad")
    wishes.choose_delivery(application.tracking_id, by=by, way="courier")
    services.move(application.tracking_id, "extend", by=by)

    page = desk(Role.AUDITOR).get(_case(application)).content.decode()

    for words in ("The applicant asked", "Address changed or confirmed", "Way of delivery chosen"):
        assert words in page
