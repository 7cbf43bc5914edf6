"""The bank's file and its system at the same instant: each payment is taken once."""

import pytest

from degreetrack.fees.challans import make_challan, paid
from degreetrack.fees.ledger import check_ledger, totals
from degreetrack.fees.models import Challan, Payment, Transfer
from degreetrack.journal.verification import verify
from tests.at_once import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def test_of_many_takers_of_one_reference_one_takes_it(a_challan, pay):
    number = a_challan().number

    taken = at_once([lambda: pay(number, reference="P").new] * 6)

    assert sorted(taken) == [False] * 5 + [True]
    assert (Payment.objects.count(), Transfer.objects.count(), totals()["bank"]) == (1, 1, 1600)
    assert (check_ledger(), verify()) == ([], [])


def test_a_payment_and_its_reversal_find_each_other(a_challan, pay):
    challan = a_challan()

    acts = [lambda way=way: pay(challan.number, 800, **way) for way in _pairs(3)]
    assert len(at_once(acts)) == 6

    assert (paid(challan), Payment.objects.filter(verdict="reversed").count()) == (0, 6)
    assert (check_ledger(), verify()) == ([], [])


def _pairs(count: int) -> list[dict[str, str]]:
    payments = [{"reference": f"P{number}"} for number in range(count)]
    return payments + [{"reference": f"V{n}", "reverses": f"P{n}"} for n in range(count)]


def test_part_payments_at_once_add_up_and_never_to_more(a_challan, pay):
    challan = a_challan()

    assert len(at_once([lambda: pay(challan.number, 500)] * 5)) == 5

    challan.refresh_from_db()
    assert (paid(challan), challan.is_open, totals()["credit"]) == (1600, False, 900)
    assert (check_ledger(), verify()) == ([], [])


def test_one_challan_is_made_when_two_ask(student):
    def make() -> Challan:
        return make_challan(student, subject="draft/1", purpose="application", lines=[("Fee", "فیس", 900)])

    assert len({challan.pk for challan in at_once([make] * 4)}) == 1
