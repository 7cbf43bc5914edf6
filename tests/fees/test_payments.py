"""Each defined way of a payment, and where its money lies."""

from datetime import timedelta

import pytest
from django.db import Error, connection, transaction

from degreetrack.fees.challans import paid, rest
from degreetrack.fees.ledger import check_ledger, lies, totals, transfer
from degreetrack.fees.models import Act, Payment, Posting, Transfer
from degreetrack.fees.payments import BANK, ToldDifferently, needs_a_person
from degreetrack.journal.services import timeline
from degreetrack.kit.refusals import Refused
from tests.fees.conftest import today

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _whole(db):
    """Whatever happened, the ledger is whole at the end."""
    yield
    assert check_ledger() == []


def _seen(payment: Payment) -> tuple[str, bool, dict[str, int]]:
    payment.refresh_from_db()
    return payment.verdict, payment.needs_person, lies(payment)


def test_an_exact_payment_settles_the_challan(a_challan, pay):
    challan = a_challan()
    spaced = f"{challan.number[:4]} {challan.number[4:8]}-{challan.number[8:]}"

    taken = pay(spaced)

    challan.refresh_from_db()
    assert taken.new
    assert _seen(taken.payment) == ("exact", False, {f"challan/{challan.number}": 1600})
    assert (challan.is_open, rest(challan), challan.settled_at) == (False, 0, taken.payment.taken_at)
    told = [(entry.verb, entry.actor_name) for entry in timeline("draft/17")]
    assert told == [("challan_made", "fees"), ("payment_taken", "bank"), ("challan_settled", "bank")]


def test_short_payments_add_up_until_nothing_is_left(a_challan, pay):
    challan = a_challan()

    verdicts = [_seen(pay(challan.number, amount).payment)[0] for amount in (1000, 500, 100)]

    challan.refresh_from_db()
    assert verdicts == ["short", "short", "exact"]
    assert (paid(challan), rest(challan), challan.is_open) == (1600, 0, False)


def test_what_is_too_much_goes_to_the_students_credit_and_to_a_person(a_challan, pay, student):
    challan = a_challan()

    payment = pay(challan.number, 2000).payment

    money = {f"challan/{challan.number}": 1600, f"credit/{student.pk}": 400}
    assert _seen(payment) == ("over", True, money)


def test_a_second_payment_goes_to_credit_whole(a_challan, pay, student):
    challan = a_challan()
    pay(challan.number)

    assert _seen(pay(challan.number).payment) == ("double", True, {f"credit/{student.pk}": 1600})
    assert paid(challan) == 1600


def test_a_late_payment_is_taken_and_marked(a_challan, pay):
    past = a_challan()
    past.due_on = today() - timedelta(days=1)
    past.save()

    assert _seen(pay(past.number).payment) == ("late", False, {f"challan/{past.number}": 1600})


def test_paid_on_a_cancelled_challan_counts_for_the_one_that_took_its_place(a_challan, pay):
    old, new = a_challan(1600), a_challan(2400)

    payment = pay(old.number, 1600).payment

    assert _seen(payment) == ("short", False, {f"challan/{new.number}": 1600})
    assert payment.challan == new


def test_paid_on_a_cancelled_challan_without_an_open_one_goes_to_credit(a_challan, pay, student):
    old, new = a_challan(1600), a_challan(2400)
    pay(new.number, 2400)

    assert _seen(pay(old.number).payment) == ("cancelled", True, {f"credit/{student.pk}": 1600})


@pytest.mark.parametrize("number", ["123456789012", "", "no number", "1.23457E+11"])
def test_an_unknown_number_waits_in_suspense(number, pay, aiou):
    payment = pay(number).payment

    assert _seen(payment) == ("unknown", True, {"suspense": 1600})
    assert [entry.verb for entry in timeline(f"payment/{payment.pk}")] == ["payment_taken"]


def test_the_same_again_changes_nothing(a_challan, pay):
    challan = a_challan()
    first = pay(challan.number, reference="X")
    spaced = f"{challan.number[:6]} {challan.number[6:]}"

    again = pay(spaced, reference="X", via="webhook")

    assert (again.new, again.payment) == (False, first.payment)
    assert (Payment.objects.count(), Transfer.objects.count(), paid(challan)) == (1, 1, 1600)


@pytest.mark.parametrize(
    "other", [{"amount": 1601}, {"paid_on": today() - timedelta(1)}, {"reverses": "Y"}, {"number": "5"}]
)
def test_the_same_reference_with_other_facts_is_refused(other, a_challan, pay):
    number = a_challan().number
    pay(number, reference="X")

    with pytest.raises(ToldDifferently, match="The reference X was told before with other facts"):
        pay(**({"number": number, "reference": "X"} | other))


def test_another_provider_has_references_of_its_own(a_challan, pay):
    number = a_challan().number
    pay(number, reference="X")

    assert pay(number, reference="X", provider="jazz").new


def test_a_reversal_takes_the_money_back_and_opens_the_challan(a_challan, pay):
    challan = a_challan()
    payment = pay(challan.number, reference="P").payment

    reversal = pay("", reverses="P").payment

    challan.refresh_from_db()
    payment.refresh_from_db()
    assert (_seen(payment), _seen(reversal)) == (("reversed", False, {}), ("reversed", False, {}))
    assert (reversal.reverses, reversal.challan, payment.reversed_by) == (payment, challan, reversal)
    assert (challan.is_open, rest(challan)) == (True, 1600)
    assert [e.verb for e in timeline("draft/17")][-2:] == ["payment_reversed", "challan_opened"]


def test_a_reversal_may_come_before_its_payment(a_challan, pay):
    challan = a_challan()
    reversal = pay("", reverses="P").payment
    assert _seen(reversal) == ("unknown", True, {})

    payment = pay(challan.number, reference="P").payment

    challan.refresh_from_db()
    assert (_seen(payment), _seen(reversal)) == (("reversed", False, {}), ("reversed", False, {}))
    assert (challan.is_open, rest(challan)) == (True, 1600)


def test_what_was_paid_twice_covers_what_is_taken_back(a_challan, pay):
    challan = a_challan()
    pay(challan.number, reference="P")
    double = pay(challan.number).payment

    pay("", reverses="P")

    challan.refresh_from_db()
    assert _seen(double) == ("double", False, {f"challan/{challan.number}": 1600})
    assert (challan.is_open, paid(challan)) == (False, 1600)


@pytest.mark.parametrize("first", ["payment", "reversal"])
def test_a_reversal_of_another_amount_is_kept_for_a_person(first, a_challan, pay):
    challan = a_challan()
    steps = [
        lambda: pay(challan.number, reference="P"),
        lambda: pay("", 1000, reference="V", reverses="P"),
    ]
    for step in steps if first == "payment" else reversed(steps):
        step()

    assert _seen(Payment.objects.get(reference="V")) == ("unknown", True, {})
    assert paid(challan) == 1600


def test_a_payment_is_taken_back_once(a_challan, pay):
    challan = a_challan()
    pay(challan.number, reference="P")
    pay("", reverses="P")

    assert _seen(pay("", reverses="P").payment) == ("unknown", True, {})


def test_a_reversal_cannot_be_reversed(a_challan, pay):
    pay(a_challan().number, reference="P")
    pay("", reference="V", reverses="P")

    assert _seen(pay("", reverses="V").payment) == ("unknown", True, {})


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"provider": "The Bank"}, "A provider's name has up to twenty small letters"),
        ({"reference": " "}, "The payment has no reference"),
        ({"reference": "x" * 65}, "too long"),
        ({"reference": "a\x00b"}, "cannot be printed"),
        ({"reference": "A", "reverses": "A"}, "A reversal cannot take back itself"),
        ({"amount": 0}, "between 1 and 10,000,000 rupees"),
        ({"amount": 10_000_001}, "between 1 and 10,000,000 rupees"),
        ({"paid_on": today() + timedelta(days=3)}, "lies in the future"),
    ],
)
def test_what_cannot_be_true_is_refused(wrong, why, pay, aiou):
    with pytest.raises(Refused, match=why):
        pay(**({"number": "1"} | wrong))
    assert Payment.objects.count() == 0


def test_what_needs_a_person_comes_by_pages(pay, aiou, django_assert_num_queries):
    made = [pay("1").payment for _ in range(5)]

    with django_assert_num_queries(1):
        first = needs_a_person(size=3)
    second = needs_a_person(size=3, after=first.next_key)

    assert [first.rows, second.rows, second.next_key] == [made[:3], made[3:], ""]
    assert needs_a_person(after="nonsense").rows == made


def test_the_totals_tell_where_all_money_lies(a_challan, pay):
    challan = a_challan()
    pay(challan.number, 2000)
    pay("1", 300)

    assert totals() == {"bank": 2300, "challans": 1600, "credit": 400, "suspense": 300, "refunds": 0}


def test_the_database_refuses_to_change_the_ledger(a_challan, pay):
    pay(a_challan().number)

    for model in (Transfer, Posting):
        with pytest.raises(Error, match="append-only"), transaction.atomic():
            model.objects.first().save(force_update=True)
        with pytest.raises(Error, match="append-only"), transaction.atomic():
            model.objects.all()._raw_delete(model.objects.db)


def test_what_does_not_sum_to_zero_is_never_written(pay, aiou):
    payment = pay("1").payment

    with pytest.raises(ValueError, match="does not sum to zero"):
        transfer(payment, Act.MOVED, {"suspense": 5, "refunds": -4}, by=BANK, at=payment.taken_at)


@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite checks no sums when it commits")
def test_the_database_sees_that_each_transfer_balances(pay, aiou):
    made = Transfer.objects.get(payment=pay("1").payment)

    with pytest.raises(Error, match="does not sum to zero"), transaction.atomic():
        Posting.objects.create(transfer=made, account="refunds", amount=-4)
        connection.check_constraints()
