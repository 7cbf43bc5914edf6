"""A new mobile is taken from whoever proves who they are, and used when the desk has confirmed it."""

from datetime import date

import pytest

from degreetrack.accounts.models import Role
from degreetrack.applicants import codes, contacts
from degreetrack.applicants.models import ContactClaim
from degreetrack.journal.services import timeline
from degreetrack.kit.refusals import Refused
from degreetrack.notifications.models import Notice

pytestmark = pytest.mark.django_db
PROOF = {"cnic": "0050100000011", "date_of_birth": date(1995, 5, 1), "father_name": " imran KHAN"}
NEW = {"mobile": "+923339999999", "email": "new@example.org", "language": "en"}


@pytest.fixture
def student(a_result):
    return a_result("BO680724").student


def given() -> ContactClaim:
    contacts.claim("BO680724", **PROOF, **NEW)
    return ContactClaim.objects.get(standing="pending")


@pytest.mark.parametrize(
    "false",
    [
        {"cnic": "0050100000012"},
        {"date_of_birth": date(1995, 5, 2)},
        {"father_name": "Imran Shah"},
        {"father_name": ""},
    ],
)
def test_one_false_proof_leaves_nothing(false, student):
    contacts.claim("BO680724", **PROOF | false, **NEW)

    assert ContactClaim.objects.count() == 0


def test_an_unknown_number_leaves_nothing(aiou):
    contacts.claim("ZZ000000", **PROOF, **NEW)

    assert ContactClaim.objects.count() == 0


def test_the_fathers_name_counts_in_urdu_too(student):
    contacts.claim("BO680724", **PROOF | {"father_name": "عمران خان"}, **NEW)

    assert ContactClaim.objects.count() == 1


def test_until_the_desk_confirms_codes_go_to_the_old_number(student, person):
    claim = given()
    codes.send("BO680724", language="en")
    contacts.decide(claim.pk, confirm=True, by=person(Role.RECEIPT), reason="CNIC seen")
    codes.send("BO680724", language="en")

    texts = Notice.objects.filter(template="sign_in_code", channel="sms").order_by("pk")
    assert list(texts.values_list("to", flat=True)) == ["+923001234567", "+923339999999"]
    told = Notice.objects.filter(template="contact_confirmed", channel="sms").values_list("to", flat=True)
    assert sorted(told) == ["+923001234567", "+923339999999"]
    assert contacts.contact_of(student) == contacts.Contact("+923339999999", "new@example.org")


def test_a_refused_contact_is_never_used(student, person):
    contacts.decide(given().pk, confirm=False, by=person(Role.REGIONAL), reason="A stranger")

    assert contacts.contact_of(student).mobile == "+923001234567"
    assert Notice.objects.count() == 0
    verbs = [entry.verb for entry in timeline(f"student/{student.pk}")]
    assert verbs == ["contact_given", "contact_refused"]


def test_a_newer_one_takes_the_place_of_the_one_that_waits(student):
    first = given()
    second = given()

    first.refresh_from_db()
    assert (first.standing, [row.pk for row in contacts.pending()]) == ("refused", [second.pk])


@pytest.mark.parametrize("role", [Role.SCRUTINY, Role.DISPATCH, Role.AUDITOR, Role.CONTROLLER])
def test_other_sections_do_not_confirm(role, student, person):
    with pytest.raises(Refused, match="Only the counter"):
        contacts.decide(given().pk, confirm=True, by=person(role), reason="CNIC seen")


def test_it_is_decided_once_and_with_a_reason(student, person):
    clerk, claim = person(Role.RECEIPT), given()

    with pytest.raises(Refused, match="Write how you saw"):
        contacts.decide(claim.pk, confirm=True, by=clerk, reason=" ")
    contacts.decide(claim.pk, confirm=True, by=clerk, reason="CNIC seen")
    with pytest.raises(Refused, match="decided already"):
        contacts.decide(claim.pk, confirm=False, by=clerk, reason="CNIC seen")
