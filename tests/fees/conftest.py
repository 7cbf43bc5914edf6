"""A student with a challan, and payments told in one line."""

from collections.abc import Callable
from datetime import date
from itertools import count

import pytest
from django.utils import timezone

from degreetrack.fees.challans import make_challan
from degreetrack.fees.models import Challan
from degreetrack.fees.payments import Taken, take_payment
from degreetrack.records.models import Student

rolls = count(700001)


@pytest.fixture
def student(a_result) -> Student:
    """Somebody who has to pay."""
    return a_result(f"BO{next(rolls)}").student


@pytest.fixture
def a_challan(student) -> Callable[..., Challan]:
    """Make a challan of the student."""

    def make(amount: int = 1600, *, of: Student = student, subject: str = "draft/17", **more) -> Challan:
        lines = [("Degree, Original", "ڈگری, اصل", amount)]
        return make_challan(of, subject=subject, lines=lines, **({"purpose": "application"} | more))

    return make


@pytest.fixture
def pay() -> Callable[..., Taken]:
    """Take in a payment, or a reversal where `reverses` is given."""
    references = count(1)

    def take(number: str, amount: int = 1600, **more) -> Taken:
        facts = {"provider": "bank", "reference": f"R{next(references)}", "via": "file"}
        return take_payment(**(facts | {"challan_no": number, "amount": amount, "paid_on": today()} | more))

    return take


def today() -> date:
    """The day at the university."""
    return timezone.localdate()
