"""What a person decides about money: journalled, and never more than there is."""

import pytest

from degreetrack.accounts.models import Role
from degreetrack.fees.challans import paid
from degreetrack.fees.decisions import assign, attend, refund
from degreetrack.fees.ledger import check_ledger, lies, totals
from degreetrack.journal.services import timeline
from degreetrack.kit.refusals import Refused

pytestmark = pytest.mark.django_db
WHY = "Bank confirmed by letter 12"


@pytest.fixture(autouse=True)
def _whole(db):
    """Whatever happened, the ledger is whole at the end."""
    yield
    assert check_ledger() == []


@pytest.fixture
def clerk(person):
    """Somebody who may decide."""
    return person(Role.RECEIPT)


def test_money_in_suspense_is_assigned_to_a_challan(a_challan, pay, clerk):
    challan, payment = a_challan(), pay("1").payment

    payment = assign(payment, to_challan_no=challan.number, by=clerk, reason=WHY)

    challan.refresh_from_db()
    assert (challan.is_open, lies(payment)) == (False, {f"challan/{challan.number}": 1600})
    assert (payment.challan, payment.needs_person, payment.attended_reason) == (challan, False, WHY)
    own = timeline(f"payment/{payment.pk}")[-1]
    assert (own.verb, own.reason, own.actor_id) == ("payment_assigned", WHY, clerk.pk)
    assert [e.verb for e in timeline("draft/17")] == ["challan_made", "payment_assigned", "challan_settled"]


def test_what_is_over_when_assigned_stays_for_a_person(a_challan, pay, clerk, student):
    challan, payment = a_challan(1000), pay("1").payment

    payment = assign(payment, to_challan_no=challan.number, by=clerk, reason=WHY)

    assert lies(payment) == {f"challan/{challan.number}": 1000, f"credit/{student.pk}": 600}
    assert payment.needs_person


def test_a_credit_is_assigned_to_another_challan_even_of_another_student(a_challan, pay, clerk, a_result):
    challan = a_challan()
    pay(challan.number)
    double = pay(challan.number).payment
    other = a_challan(2000, of=a_result("BO690001").student, subject="draft/99")

    payment = assign(double, to_challan_no=other.number, by=clerk, reason=WHY)

    assert (lies(payment), paid(other)) == ({f"challan/{other.number}": 1600}, 1600)
    assert timeline("draft/17")[-1].verb == timeline("draft/99")[-1].verb == "payment_assigned"


def test_an_assigned_payment_is_taken_back_from_where_it_lies(a_challan, pay, clerk):
    challan = a_challan()
    payment = pay("1", reference="P").payment
    assign(payment, to_challan_no=challan.number, by=clerk, reason=WHY)

    pay("", reverses="P")

    challan.refresh_from_db()
    assert (challan.is_open, paid(challan), lies(payment)) == (True, 0, {})


def test_a_refund_takes_what_is_left(a_challan, pay, clerk):
    payment = pay(a_challan().number, 2000).payment

    refunded = refund(payment, by=clerk, reason=WHY)

    assert totals() == {"bank": 2000, "challans": 1600, "credit": 0, "suspense": 0, "refunds": 400}
    assert not refunded.needs_person
    assert timeline("draft/17")[-1].data["after"] == {"provider": "bank", "reference": "R1", "amount": 400}
    with pytest.raises(Refused, match="None of this payment's money is left"):
        refund(payment, by=clerk, reason=WHY)


def test_what_is_taken_back_after_its_refund_needs_a_person(pay, clerk, aiou):
    refund(pay("1", reference="P").payment, by=clerk, reason=WHY)

    reversal = pay("", reverses="P").payment

    assert (reversal.verdict, reversal.needs_person) == ("reversed", True)


def test_a_payment_is_marked_as_seen_once(pay, clerk, aiou):
    payment = attend(pay("1").payment, by=clerk, reason=WHY)

    assert (payment.needs_person, payment.attended_by_name) == (False, clerk.display_name)
    assert lies(payment) == {"suspense": 1600}
    with pytest.raises(Refused, match="Somebody has seen to this payment already"):
        attend(payment, by=clerk, reason=WHY)


def test_the_controller_decides_too_and_others_do_not(pay, person, aiou):
    payment = pay("1").payment

    with pytest.raises(Refused, match="Your section does not decide about payments"):
        attend(payment, by=person(Role.AUDITOR), reason=WHY)
    assert not attend(payment, by=person(Role.CONTROLLER), reason=WHY).needs_person


def test_a_decision_wants_a_reason(pay, clerk, aiou):
    with pytest.raises(Refused, match="Give a reason, in at least three letters"):
        attend(pay("1").payment, by=clerk, reason="  ok ")


def test_money_goes_only_where_it_is_owed(a_challan, pay, clerk):
    old, new = a_challan(1600), a_challan(2400)
    pay(new.number, 2400)
    payment = pay("1").payment

    for number, why in (
        ("2", "There is no challan of this number"),
        (old.number, "This challan is cancelled"),
        (new.number, "This challan is paid already"),
    ):
        with pytest.raises(Refused, match=why):
            assign(payment, to_challan_no=number, by=clerk, reason=WHY)
    assert lies(payment) == {"suspense": 1600}
