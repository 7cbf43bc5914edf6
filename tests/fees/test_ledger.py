"""The ledger balances in any order of events, and its check names what does not."""

from datetime import timedelta
from importlib import import_module

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from degreetrack.fees.challans import paid
from degreetrack.fees.ledger import check_ledger, held, of_credit, totals
from degreetrack.fees.models import Challan, Payment, Posting
from tests.fees.conftest import today

pytestmark = pytest.mark.django_db
AMOUNTS = (1600, 700, 900, 2000)

# What the bank tells: (which payment, by which way); a payment may be told any number of times,
# its reversal too, before it or after it.
events = st.lists(
    st.tuples(st.integers(0, 5), st.sampled_from(["file", "webhook", "taken back"])), max_size=14
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    amounts=st.lists(st.sampled_from(AMOUNTS), min_size=6, max_size=6),
    late=st.booleans(),
    unknown=st.sets(st.integers(0, 5), max_size=2),
    told=events,
)
def test_all_money_is_where_it_belongs_in_any_order(amounts, late, unknown, told, a_challan, pay, student):
    with transaction.atomic():
        challan = a_challan()
        Challan.objects.filter(pk=challan.pk).update(due_on=today() - timedelta(days=1 if late else -9))
        for which, way in told:
            facts = {"paid_on": today(), "amount": amounts[which]}
            if way == "taken back":
                pay("", reference=f"V{which}", reverses=f"P{which}", **facts)
            else:
                number = "1" if which in unknown else challan.number
                pay(number, reference=f"P{which}", via=way, **facts)

        came = {which for which, way in told if way != "taken back"}
        live = came - {which for which, way in told if way == "taken back"}
        given_to_it = sum(amounts[which] for which in live - unknown)
        challan.refresh_from_db()
        assert paid(challan) == min(given_to_it, 1600)
        assert held(of_credit(student.pk)) == max(given_to_it - 1600, 0)
        assert held("suspense") == sum(amounts[which] for which in live & unknown)
        assert (challan.settled_at is not None) == (given_to_it >= 1600)
        assert totals()["bank"] == sum(amounts[which] for which in live)
        assert Payment.objects.count() == len({(which, way == "taken back") for which, way in told})
        assert check_ledger() == []
        connection.check_constraints()
        transaction.set_rollback(True)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    steps=st.lists(
        st.one_of(
            st.tuples(st.just("pay"), st.sampled_from(AMOUNTS), st.integers(0, 3)),
            st.tuples(st.just("take back"), st.integers(0, 7), st.just(0)),
            st.tuples(st.just("fee is now"), st.sampled_from((1600, 2400, 500)), st.just(0)),
        ),
        max_size=10,
    )
)
def test_all_money_is_kept_while_challans_take_each_others_place(steps, a_challan, pay):
    with transaction.atomic():
        challans, amounts, gone = [a_challan()], [], set()
        for what, value, which in steps:
            if what == "pay":
                number = challans[which % len(challans)].number
                pay(number, value, reference=f"P{len(amounts)}")
                amounts.append(value)
            elif what == "fee is now":
                challans.append(a_challan(value))
            elif value < len(amounts):
                pay("", amounts[value], reference=f"V{value}", reverses=f"P{value}")
                gone.add(value)
            assert check_ledger() == []

        assert totals()["bank"] == sum(n for place, n in enumerate(amounts) if place not in gone)
        transaction.set_rollback(True)


def _tamper(sql: str) -> None:
    """Do what somebody with the keys of the database could: drop the guard, then change history."""
    guard = import_module("degreetrack.fees.migrations.0002_append_only")
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            for table in guard.TABLES:
                cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        else:
            for table in guard.TABLES:
                for change in ("update", "delete"):
                    cursor.execute(f"DROP TRIGGER IF EXISTS {table}_no_{change}")
        cursor.execute(sql)


def test_a_whole_ledger_is_told_so(a_challan, pay, capsys):
    pay(a_challan().number, 2000)

    call_command("verify_ledger")

    assert capsys.readouterr().out == "Whole: 3 postings, 1 payments, 1 challans.\n"


def test_a_changed_posting_is_named_everywhere_it_shows(a_challan, pay, capsys):
    challan = a_challan()
    pay(challan.number, reference="P")
    made = Posting.objects.first().transfer_id
    _tamper("UPDATE fees_posting SET amount = -1500 WHERE amount = -1600")

    with pytest.raises(CommandError, match="The ledger is wrong in 2 places"):
        call_command("verify_ledger")
    assert capsys.readouterr().out.splitlines() == [
        f"transfer {made}: its 2 postings sum to 100",
        f"challan {challan.number}: 1500 of 1600 paid, yet marked otherwise",
    ]


def test_what_was_removed_or_moved_is_named(a_challan, pay):
    challan = a_challan()
    made = pay(challan.number, reference="P").payment.transfers.get().pk
    _tamper("DELETE FROM fees_posting WHERE account = 'bank'")
    _tamper("UPDATE fees_posting SET account = 'challan/5', amount = 7")

    assert check_ledger() == [
        f"transfer {made}: its 1 postings sum to 7",
        "payment bank P: 0 booked at the bank, 1600 expected",
        f"challan {challan.number}: 0 of 1600 paid, yet marked otherwise",
        "account challan/5: belongs to no challan",
        "account challan/5: is overdrawn by 7",
    ]


def test_more_than_a_challan_asks_is_named(a_challan, pay):
    challan = a_challan()
    pay(challan.number)
    Challan.objects.update(amount=1000)

    assert check_ledger() == [f"challan {challan.number}: 1600 paid, which its 1000 cannot hold"]


def test_rows_read_as_people_call_them(a_challan, pay):
    payment = pay(a_challan().number, reference="P").payment
    made = payment.transfers.get()

    assert (str(payment), str(made), str(made.postings.get(account="bank"))) == (
        "bank P",
        "taken bank P",
        "bank 1600",
    )
