"""Applying online through the pages, as a person with a phone does."""

import re
from datetime import date
from io import BytesIO

import pytest
from django.test import Client
from pypdf import PdfReader

from degreetrack.accounts.models import Role
from degreetrack.applications import intake
from degreetrack.applications.models import Application, Draft
from degreetrack.fees.models import Challan
from degreetrack.fees.payments import take_payment
from tests.documents.papers import photo
from tests.web.test_portal import words

pytestmark = pytest.mark.django_db
CHOICE = {"kind": "PC", "issue": "ORIGINAL"}


@pytest.fixture
def result(a_result):
    return a_result("BO680724")


@pytest.fixture
def client(result, signed_in) -> Client:
    return signed_in(result.student)


def begin(client: Client, result, **more):
    return client.post("/my/apply/", {"result": result.pk, **CHOICE, **more}, follow=True)


def fill(client: Client) -> Draft:
    """Every step but the fee."""
    draft = Draft.objects.get()
    for seed, code in enumerate(("cnic", "matric", "inter")):
        client.post("/my/documents/", {"requirement": code, "files": photo(seed=seed + 1)})
    client.post(
        f"/my/apply/{draft.pk}/delivery/",
        {"address": "House 5, Street 9, Pindi", "way": "post", "language": "ur"},
    )
    client.post(f"/my/apply/{draft.pk}/names/", {"right": "yes"})
    return draft


def test_the_check_tells_findings_fee_papers_before_anything_is_begun(client, result):
    page = words(begin(client, result, urgent="1"))

    for told in (
        "Nothing stands in the way.",
        "Together 2400 rupees",
        "Attested copy of CNIC",
        "Go on and apply",
    ):
        assert told in page
    assert Draft.objects.count() == 0


def test_a_blocking_code_is_told_and_nothing_can_be_begun(a_result, signed_in):
    result = a_result("BO680725", result_codes="R/E")
    client = signed_in(result.student)

    page = words(begin(client, result))
    refused = begin(client, result, begin="1")

    assert "You cannot apply for this yet:" in page
    assert "Go on and apply" not in page
    assert refused.status_code == 409
    assert Draft.objects.count() == 0


@pytest.mark.parametrize("bad", [{"result": "x"}, {"result": "99999"}, {"kind": "MEDAL"}, {"issue": ""}])
def test_a_choice_that_is_none_is_told(bad, client, result):
    answer = client.post("/my/apply/", {"result": result.pk, **CHOICE} | bad)

    assert answer.status_code == 409
    assert "Choose" in words(answer)


def test_from_the_first_step_to_the_challan_and_the_received_application(client, result):
    begin(client, result, begin="1")
    draft = fill(client)
    assert words(client.get(f"/my/apply/{draft.pk}/fee/")).count("✓") == 3

    page = words(client.post(f"/my/apply/{draft.pk}/fee/", follow=True))

    challan = Challan.objects.get()
    assert "One thousand two hundred rupees only" in page
    assert "<svg" in client.get(f"/my/challan/{challan.number}/").content.decode()
    printed = client.get(f"/my/challan/{challan.number}/print.pdf")
    assert "1,200" in PdfReader(BytesIO(printed.content)).pages[0].extract_text()
    assert "Waiting for its fee" in words(client.get("/my/"))
    facts = {"challan_no": challan.number, "amount": 1200, "paid_on": date.today(), "via": "webhook"}
    take_payment(provider="hbl", reference="1", **facts)
    intake.follow_payments()
    tracking_id = Application.objects.get().tracking_id
    assert tracking_id in words(client.get(f"/my/challan/{challan.number}/"))
    assert "Waiting for its fee" not in words(client.get("/my/"))


def test_a_fault_in_a_step_keeps_what_was_typed(client, result):
    begin(client, result, begin="1")
    draft = Draft.objects.get()

    typed = {"address": "Nowhere", "way": "collect", "language": "ur", "overseas": "on"}
    answer = client.post(f"/my/apply/{draft.pk}/delivery/", typed)

    page = answer.content.decode()
    assert answer.status_code == 422
    for fault, field in (("Write the whole address", "address"), ("Choose the office at which", "office")):
        assert words(answer).count(fault) == 2
        assert f'href="#{field}"' in page
        assert f'id="{field}"' in page
    assert re.search(r"Nowhere\s*</textarea>", page)
    assert re.search(r'value="collect"[^>]* checked', page)


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({}, "Tell whether the names are right."),
        ({"right": "no"}, "Write how it should be."),
        ({"right": "yes", "correction": "Ayesha"}, "You wrote a correction"),
    ],
)
def test_names_are_confirmed_or_corrected(typed, told, client, result):
    begin(client, result, begin="1")

    answer = client.post(f"/my/apply/{Draft.objects.get().pk}/names/", typed)

    assert (answer.status_code, words(answer).count(told)) == (422, 2)


def test_a_draft_is_left_and_resumed_on_another_device(client, result, signed_in):
    begin(client, result, begin="1")
    draft = fill(client)

    page = signed_in(result.student).get(f"/my/apply/{draft.pk}/delivery/").content.decode()

    assert re.search(r"House 5, Street 9, Pindi\s*</textarea>", page)


def test_a_draft_is_given_up(client, result):
    begin(client, result, begin="1")
    draft = Draft.objects.get()

    client.post(f"/my/apply/{draft.pk}/discard/")

    assert client.get(f"/my/apply/{draft.pk}/papers/").status_code == 404
    assert "is not open any more" in words(client.post(f"/my/apply/{draft.pk}/discard/", follow=True))


def test_foreign_drafts_and_challans_look_like_none(client, result, a_result, signed_in):
    begin(client, result, begin="1")
    draft = fill(client)
    client.post(f"/my/apply/{draft.pk}/fee/")
    stranger = signed_in(a_result("BO680799").student)

    for address in (
        f"/my/apply/{draft.pk}/papers/",
        f"/my/challan/{Challan.objects.get().number}/",
        f"/my/challan/{Challan.objects.get().number}/print.pdf",
    ):
        assert stranger.get(address).status_code == 404
    assert client.get(f"/my/apply/{draft.pk}/nonsense/").status_code == 404


def test_the_desk_sees_papers_and_settles_a_correction(client, result, person, in_state):
    application = in_state(result=result, correction="Ayesha Siddiqua")
    client.post("/my/documents/", {"requirement": "cnic", "files": photo()})
    desk = Client()
    desk.force_login(person(Role.SCRUTINY))

    page = desk.get(f"/staff/case/{application.tracking_id}/").content.decode()
    assert re.search(r'✓ Attested copy of CNIC.*href="/staff/documents/\d+/"', page, flags=re.S)
    assert "Ayesha Siddiqua" in page
    desk.post(f"/staff/case/{application.tracking_id}/wish/correction/", {"note": "Mended in the record"})

    application.refresh_from_db()
    assert application.correction_settled_at
    assert "Correction of the names settled" in words(desk.get(f"/staff/case/{application.tracking_id}/"))
