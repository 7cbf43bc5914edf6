from datetime import UTC, date, datetime, timedelta

import pytest

from degreetrack.fees.challans import paid, rest
from degreetrack.fees.ledger import check_ledger, held, of_credit
from degreetrack.fees.models import Challan, Payment
from degreetrack.journal.services import timeline
from degreetrack.kit.refusals import Refused

pytestmark = pytest.mark.django_db
MONDAY = datetime(2025, 4, 21, 6, tzinfo=UTC)


def test_a_challan_is_due_after_the_days_to_pay_and_never_on_a_closed_day(a_challan):
    challan = a_challan(at=MONDAY)

    # Ten days on is the first of May, Labour Day.
    assert challan.due_on == date(2025, 5, 2)
    assert (str(challan), challan.is_open, rest(challan)) == (challan.number, True, 1600)
    assert [(e.verb, e.data["after"]) for e in timeline("draft/17")] == [
        (
            "challan_made",
            {"challan": challan.number, "purpose": "application", "amount": 1600, "due_on": "2025-05-02"},
        )
    ]


def test_the_open_challan_of_the_same_amount_is_returned(a_challan):
    first = a_challan()

    assert a_challan().pk == first.pk
    assert a_challan(purpose="difference").pk != first.pk
    assert a_challan(subject="draft/18").pk != first.pk


def test_another_amount_cancels_the_open_challan_and_takes_its_place(a_challan):
    old = a_challan(1600)
    new = a_challan(2400)

    old.refresh_from_db()
    assert (old.is_open, rest(old), new.is_open, rest(new)) == (False, 0, True, 2400)
    assert [e.verb for e in timeline("draft/17")] == ["challan_made", "challan_made", "challan_cancelled"]


def test_one_past_its_due_date_is_replaced_since_the_bank_takes_it_no_more(a_challan):
    old = a_challan(at=MONDAY)

    assert a_challan(at=MONDAY + timedelta(days=11)).pk == old.pk
    assert a_challan(at=MONDAY + timedelta(days=12)).pk != old.pk


@pytest.mark.parametrize(("amount", "carried", "credit"), [(2400, 1000, 0), (800, 800, 200)])
def test_what_was_paid_is_carried_to_the_new_challan(amount, carried, credit, a_challan, pay):
    pay(a_challan(1600).number, 1000)

    new = a_challan(amount)

    payment = Payment.objects.get()
    assert (paid(new), new.is_open, held(of_credit(new.student_id))) == (carried, amount == 2400, credit)
    assert (payment.challan, payment.needs_person) == (new, credit > 0)
    assert check_ledger() == []


def test_a_settled_challan_stays_and_a_further_one_is_made(a_challan, pay):
    first = a_challan()
    pay(first.number)

    assert a_challan().pk != first.pk
    assert Challan.objects.filter(cancelled_at=None).count() == 2


def test_a_challan_of_nothing_is_refused(a_challan):
    with pytest.raises(Refused, match="There is nothing to pay"):
        a_challan(0)


def test_a_number_drawn_before_is_drawn_anew(a_challan, monkeypatch):
    first = a_challan()
    drawn = iter([int(first.number[:-1]), 10**10])
    monkeypatch.setattr("secrets.choice", lambda numbers: next(drawn))

    assert a_challan(subject="draft/18").number[:-1] == "10000000000"
