"""The applicant signs in by a code, and does on the case whatever may be done."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from degreetrack.accounts.models import Role
from degreetrack.applicants.models import ApplicantSession, ContactClaim
from degreetrack.applications.lifecycle import State
from degreetrack.applications.models import Application
from degreetrack.notifications.models import Notice
from degreetrack.web.portal import sign_in
from tests.documents.papers import file, photo

pytestmark = pytest.mark.django_db


def ask(client: Client, number: str = "BO680724"):
    return client.post("/my/sign-in/", {"number": number})


def code() -> str:
    return re.search(r"\d{6}", Notice.objects.filter(channel="sms").latest("pk").body)[0]


def words(answer) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


@pytest.fixture
def mine(in_state, signed_in):
    """A case of a student in a state, and the browser of that student."""

    def make(state: State = State.RECEIVED, **more) -> tuple[Client, Application]:
        application = in_state(state, **more)
        return signed_in(application.result.student), application

    return make


def post(client: Client, application: Application, what: str, **values):
    return client.post(f"/my/case/{application.tracking_id}/{what}/", values, follow=True)


def state(application: Application) -> str:
    return Application.objects.get(pk=application.pk).state


def test_a_code_signs_in_and_leads_on_to_where_one_wanted_to_go(client, in_state):
    application = in_state()
    wanted = f"/my/case/{application.tracking_id}/"
    assert client.get(wanted)["Location"] == "/my/sign-in/"
    number = application.result.roll_no

    assert ask(client, number)["Location"] == "/my/code/"
    assert "•••••••67" in words(client.get("/my/code/"))
    answer = client.post("/my/code/", {"code": code()})

    assert answer["Location"] == wanted
    assert application.tracking_id in words(client.get(wanted))


def test_a_wrong_code_is_told_beside_its_field_and_in_the_summary(client, a_result):
    a_result()
    ask(client)

    answer = client.post("/my/code/", {"code": "nonsense"})

    assert answer.status_code == 422
    assert words(answer).count("This code is wrong or too old.") == 2
    assert client.get("/my/")["Location"] == "/my/sign-in/"


def test_known_and_unknown_numbers_read_the_same(client, a_result):
    a_result("BO680724", email="")
    pages = []
    for number in ("BO680724", "ZZ000001"):
        ask(client, number)
        pages.append(re.sub(r"•+\d\d|\w•+@•+|E-mail", "", words(client.get("/my/code/"))).split())

    assert pages[0] == pages[1]


@pytest.mark.usefixtures("one_moment")
def test_asking_too_often_meets_a_polite_pause(client, a_result):
    for _ in range(sign_in.ASKS_BY_NETWORK_OF_NUMBER.tries):
        ask(client)

    answer = ask(client)

    assert (answer.status_code, int(answer["Retry-After"]) > 0) == (429, True)
    assert "Try again in" in words(answer)


@pytest.mark.usefixtures("one_moment")
def test_a_stranger_who_asks_again_and_again_keeps_no_owner_out(client, a_result):
    a_result()
    for _ in range(30):
        stranger = Client(REMOTE_ADDR="203.0.113.9").post("/my/sign-in/", {"number": "BO680724"})
    assert stranger.status_code == 429

    assert ask(client)["Location"] == "/my/code/"
    assert client.post("/my/code/", {"code": code()})["Location"] == "/my/"


@pytest.mark.usefixtures("one_moment")
@pytest.mark.parametrize("number", ["BO680724", "ZZ000001"])
def test_a_flood_from_many_addresses_is_told_as_it_is_for_known_and_unknown(number, a_result):
    a_result("BO680724")
    answers = [
        Client(REMOTE_ADDR=f"203.0.113.{place}").post("/my/sign-in/", {"number": number})
        for place in range(sign_in.ASKS_BY_NUMBER.tries + 1)
    ]

    assert [answer.status_code for answer in answers] == [302] * sign_in.ASKS_BY_NUMBER.tries + [429]
    assert "Until then no new code is sent." in words(answers[-1])


def test_a_browser_left_alone_is_signed_out(mine):
    client, _application = mine()
    ApplicantSession.objects.update(seen_at=timezone.now() - timedelta(minutes=19))
    assert client.get("/my/").status_code == 200

    ApplicantSession.objects.update(seen_at=timezone.now() - timedelta(minutes=21))

    assert client.get("/my/")["Location"] == "/my/sign-in/"
    assert ApplicantSession.objects.count() == 0


def test_sessions_are_seen_and_ended(mine, signed_in):
    client, application = mine()
    other = signed_in(application.result.student)
    row = ApplicantSession.objects.get(session_key=other.session.session_key)

    assert words(client.get("/my/sessions/")).count("Chrome, Android") == 2
    client.post(f"/my/sessions/{row.pk}/end/")

    assert other.get("/my/")["Location"] == "/my/sign-in/"
    client.post("/my/sign-out/")
    assert client.get("/my/")["Location"] == "/my/sign-in/"


def test_a_foreign_case_looks_like_none(mine, in_state):
    client, _application = mine()
    foreign = in_state().tracking_id

    assert client.get(f"/my/case/{foreign}/").status_code == 404
    assert client.post(f"/my/case/{foreign}/withdraw/", {"reason": "mischief"}).status_code == 404


def test_what_waits_on_me_comes_first(mine, in_state):
    client, application = mine(State.OBJECTED)
    in_state(State.RECEIVED, result=application.result, kind="DMC")
    in_state(State.DELIVERED, result=application.result, kind="DEGREE")

    page = words(client.get("/my/"))

    order = [page.index(word) for word in ("Waiting on you", "Received, waiting", "Delivered")]
    assert order == sorted(order)


def test_answers_are_saved_one_by_one_and_sent_in_together(mine):
    client, application = mine(State.OBJECTED)
    one = application.objections.get()

    nothing = post(client, application, "answer", send="1")
    assert "Every objection needs its answer. Still missing: The photograph is missing." in words(nothing)
    saved = post(client, application, "answer", objection=one.pk, answer="", files=[photo()])
    assert "Saved." in words(saved)
    assert state(application) == State.OBJECTED
    sent = post(client, application, "answer", send="1")

    assert "Your answers are in." in words(sent)
    one.refresh_from_db()
    assert (state(application), one.answer, one.documents.count()) == (State.ANSWERED, "See the paper.", 1)


def test_a_paper_that_is_none_is_refused_and_the_words_are_kept(mine):
    client, application = mine(State.OBJECTED)
    one = application.objections.get()
    text = file("photo.jpg", b"I am a letter, not a photograph. " * 50, "image/jpeg")

    answer = post(client, application, "answer", objection=one.pk, answer="My words", files=[text])

    assert answer.status_code == 409
    assert 'role="alert"' in answer.content.decode()
    one.refresh_from_db()
    assert one.documents.count() == 0


def test_a_returned_case_is_revived(mine):
    client, application = mine(State.RETURNED)
    one = application.objections.get()
    post(client, application, "answer", objection=one.pk, answer="Sent by post")

    post(client, application, "answer", send="1")

    assert state(application) == State.ANSWERED


def test_more_time_is_given_once(mine):
    client, application = mine(State.OBJECTED)

    assert "You have more time now." in words(post(client, application, "extend"))
    assert "I need more time" not in words(client.get(f"/my/case/{application.tracking_id}/"))
    assert post(client, application, "extend").status_code == 409


def test_wishes_are_written_down(mine):
    client, application = mine()

    post(client, application, "wish/address", address="House 5, Street 9, Rawalpindi")
    post(client, application, "wish/delivery", way="courier")
    refused = post(client, application, "wish/delivery", way="collect")
    bearer = post(client, application, "wish/bearer", bearer_name="Ali Khan", bearer_cnic="61101-1234567-1")

    application.refresh_from_db()
    assert (application.address, application.delivery) == ("House 5, Street 9, Rawalpindi", "courier")
    assert "Choose the office" in words(refused)
    assert re.search(r"Give this code to the bearer: \d{6}", words(bearer))
    assert post(client, application, "wish/nonsense").status_code == 404


def test_a_question_and_its_answer_stand_on_the_case(mine, person):
    client, application = mine()

    post(client, application, "ask", question="Where is it?")
    desk = Client()
    desk.force_login(person(Role.SCRUTINY))
    desk.post(f"/staff/questions/{application.tracking_id}/reply/", {"reply": "With the printer."})

    page = words(client.get(f"/my/case/{application.tracking_id}/"))
    assert "Where is it?" in page
    assert "With the printer." in page


def test_withdrawal_tells_its_rule_and_needs_a_reason(mine):
    client, application = mine()
    assert "The fee is not returned after checking" in words(
        client.get(f"/my/case/{application.tracking_id}/")
    )

    assert post(client, application, "withdraw", reason="").status_code == 409
    post(client, application, "withdraw", reason="I made a mistake")

    assert state(application) == State.WITHDRAWN


def test_a_new_mobile_is_given_and_confirmed_at_the_desk(client, a_result, person):
    student = a_result().student
    proof = {
        "number": "BO680724",
        "cnic": student.cnic,
        "date_of_birth": "1995-05-01",
        "father_name": "Imran Khan",
        "mobile": "0333 9999999",
    }

    assert client.post("/my/new-mobile/", proof)["Location"] == "/my/new-mobile/sent/"
    assert client.get("/my/new-mobile/sent/").status_code == 200
    desk = Client()
    desk.force_login(person(Role.RECEIPT))
    assert "+923339999999" in words(desk.get("/staff/contacts/"))
    claim = ContactClaim.objects.get()
    refused = desk.post(f"/staff/contacts/{claim.pk}/", {"confirm": "1"}, follow=True)
    assert "Write how you saw who it is" in words(refused)
    desk.post(f"/staff/contacts/{claim.pk}/", {"confirm": "1", "reason": "CNIC seen"})

    claim.refresh_from_db()
    assert claim.standing == "confirmed"


def test_faults_in_a_proof_are_told_each(client, aiou):
    answer = client.post("/my/new-mobile/", {"cnic": "1", "date_of_birth": "2999-01-01", "mobile": "12"})

    page = words(answer)
    assert answer.status_code == 422
    for told in ("A CNIC has 13 digits", "lies in the past", "This is not a mobile number"):
        assert page.count(told) == 2


def test_new_mobiles_are_not_for_other_sections(client, aiou, person):
    client.force_login(person(Role.PRINTING))

    assert client.get("/staff/contacts/").status_code == 403


@pytest.mark.parametrize(
    ("path", "field"),
    [("extend", "x"), ("ask", "question"), ("withdraw", "reason"), ("wish/address", "address")],
)
def test_a_character_that_no_database_keeps_is_told(path, field, mine):
    client, application = mine()

    answer = post(client, application, path, **{field: "House 5,\0 Street 9"})

    assert (answer.status_code, "cannot be kept" in words(answer)) == (400, True)


def test_numbers_without_end_are_no_numbers(mine):
    client, application = mine(State.OBJECTED)

    assert post(client, application, "answer", objection="9" * 5000).status_code == 409
    assert client.post("/my/apply/", {"result": "9" * 5000, "kind": "PC"}).status_code == 409
    assert client.get("/in-process/", {"q": "\0"}).status_code == 400
