from datetime import date

import pytest
from django.utils.translation import override

from degreetrack.catalogue.models import Charge
from degreetrack.fees.quotes import quote
from degreetrack.kit.refusals import Refused

TODAY = date(2026, 11, 1)


@pytest.mark.parametrize(
    ("issue", "urgent", "on", "amount"),
    [
        ("ORIGINAL", False, TODAY, 1200),
        ("ORIGINAL", True, TODAY, 2400),
        ("DUPLICATE", False, TODAY, 4800),
        ("CORRECTED", False, TODAY, 2400),
        ("ORIGINAL", False, date(2023, 12, 31), 900),
        ("ORIGINAL", False, date(2024, 1, 1), 1200),
    ],
)
def test_the_fee_is_the_one_that_held_on_the_day(issue, urgent, on, amount, a_result):
    assert quote(a_result(), kind="DEGREE", issue=issue, urgent=urgent, on=on).amount == amount


def test_each_coded_course_carries_its_own_fee(a_result):
    lines = quote(
        a_result(result_codes="R/E;R/W;RL"), kind="PC", issue="ORIGINAL", urgent=False, on=TODAY
    ).lines

    assert lines == [("Provisional certificate, Original", 1200), ("R/E", 300), ("R/W", 300)]


def test_where_no_tariff_holds_it_is_said(a_result):
    with pytest.raises(Refused, match="The tariff has no fee"):
        quote(a_result(), kind="PC", issue="ORIGINAL", urgent=False, on=date(2001, 1, 1))


@pytest.mark.parametrize(("on", "amount"), [(date(2023, 12, 31), 2500), (date(2024, 1, 1), 4000)])
def test_posting_abroad_costs_what_held_on_the_day(on, amount, a_result):
    found = quote(a_result(), kind="PC", issue="ORIGINAL", urgent=False, on=on, overseas=True)

    assert found.lines[-1] == ("Posting abroad", amount)


def test_where_no_charge_holds_it_is_said(a_result):
    Charge.objects.all().delete()

    with pytest.raises(Refused, match="The charges have no “overseas” for this date"):
        quote(a_result(), kind="PC", issue="ORIGINAL", urgent=False, on=TODAY, overseas=True)


def test_a_quote_reads_in_both_languages(a_result):
    found = quote(
        a_result(result_codes="R/E"), kind="PC", issue="ORIGINAL", urgent=False, on=TODAY, overseas=True
    )

    assert found.in_both == [
        ("Provisional certificate, Original", "عارضی سند، اصل", 1200),
        ("R/E", "R/E", 300),
        ("Posting abroad", "بیرونِ ملک ڈاک خرچ", 4000),
    ]
    with override("ur"):
        assert found.lines[2] == ("بیرونِ ملک ڈاک خرچ", 4000)
