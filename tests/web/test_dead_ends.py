"""After a refused form one can read on: in the other language, and back where one was."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from degreetrack.accounts.models import Role
from degreetrack.applications.lifecycle import State

pytestmark = pytest.mark.django_db


def _switch(page: str) -> str:
    return re.search(r'class="tongue" href="([^"]+)"', page)[1]


NAVIGATING = {"Sec-Fetch-Mode": "navigate"}


def test_the_switch_of_language_leads_back_to_a_page_that_can_be_opened(desk, in_state):
    case = f"/staff/case/{in_state().tracking_id}/"
    client = desk(Role.SCRUTINY)

    refused = client.post(f"{case}verify/", headers={"Referer": f"http://testserver{case}"})

    assert refused.status_code == 409
    switched = client.get(_switch(refused.content.decode()), follow=True)
    assert (switched.status_code, switched.redirect_chain) == (200, [(case, 302)])
    elsewhere = client.post(f"{case}verify/", headers={"Referer": "https://evil.example/x"})
    assert _switch(elsewhere.content.decode()) == "/language/en/?next=%2F"


def test_a_form_refused_twice_leads_back_too(desk, in_state):
    case = f"/staff/case/{in_state().tracking_id}/"
    client = desk(Role.SCRUTINY)

    # The page before is the answer to a form.
    refused = client.post(f"{case}verify/", headers={"Referer": f"http://testserver{case}verify/"})

    switched = client.get(_switch(refused.content.decode()), follow=True, headers=NAVIGATING)
    assert (switched.status_code, switched.redirect_chain) == (200, [(f"{case}verify/", 302), (case, 302)])


@pytest.mark.parametrize(
    ("opened", "above"),
    [
        ("/staff/payments/7/assign/", "/staff/payments/"),
        ("/staff/audit/export/", "/staff/audit/"),
        ("/staff/logout/", "/staff/"),
        ("/my/sign-out/", "/my/"),
        ("/api/v1/payments/hbl/", "/"),
    ],
)
def test_an_address_that_only_takes_forms_leads_a_browser_to_the_page_above(desk, opened, above):
    client = desk(Role.CONTROLLER)

    assert client.get(opened).status_code == 405
    assert client.get(opened, headers=NAVIGATING).headers["Location"] == above


def test_a_form_sent_to_a_page_that_takes_none_is_refused(desk):
    assert desk(Role.CONTROLLER).post("/staff/payments/", headers=NAVIGATING).status_code == 405


def test_a_search_for_nothing_says_what_can_be_sought(desk, in_state):
    client = desk(Role.SCRUTINY)

    assert "Nothing is found" not in client.get("/staff/search/").content.decode()
    assert "Nothing is found" in client.post("/staff/search/", {"text": "9" * 13}).content.decode()


def test_the_switch_keeps_what_was_looked_up(client, aiou):
    page = client.get("/in-process/", {"q": "BO999999"}).content.decode()

    assert _switch(page) == "/language/ur/?next=%2Fin-process%2F%3Fq%3DBO999999"


def test_a_form_without_its_cookie_is_told_in_both_languages_and_leads_back(aiou):
    browser = Client(enforce_csrf_checks=True)
    back = {"Referer": "http://testserver/my/sign-in/"}

    english = browser.post("/my/sign-in/", headers=back)
    browser.get("/language/ur/")
    urdu = browser.post("/my/sign-in/", headers=back)

    assert (english.status_code, urdu.status_code) == (403, 403)
    assert "Nothing was changed." in english.content.decode()
    assert 'href="/my/sign-in/"' in english.content.decode()
    assert 'dir="rtl"' in urdu.content.decode()
    assert "CSRF" not in english.content.decode()


def test_words_are_kept_where_the_file_beside_them_is_refused(signed_in, in_state):
    application = in_state(State.OBJECTED)
    row = application.objections.get()
    client = signed_in(application.result.student)
    case = f"/my/case/{application.tracking_id}/"
    wrong = SimpleUploadedFile("photo.jpg", b"only words")
    page = client.post(f"{case}answer/", {"objection": row.pk, "answer": "Sent by post", "files": [wrong]})

    assert ">Sent by post</textarea>" in page.content.decode()
    blank = client.post(f"{case}answer/", {"objection": row.pk, "answer": " "}, follow=True).content.decode()
    assert "Write your answer, or give a photo or PDF." in blank
