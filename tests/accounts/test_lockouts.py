"""Lock-out: counted in rows, per account and per address, told once."""

from datetime import UTC, datetime, timedelta

import pytest

from degreetrack.accounts import lockouts
from degreetrack.accounts.models import Attempt, Lockout

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
HERE = "192.0.2.7"


def fail(username: str, *, address: str = HERE, now: datetime = NOON) -> datetime | None:
    assert lockouts.begin(username, address=address, now=now) == 0
    return lockouts.failed(username, address=address, now=now)


def test_the_fifth_failure_locks_the_account_for_a_quarter_of_an_hour():
    ends = [fail("amna", address=f"192.0.2.{n}") for n in range(5)]

    assert ends == [None, None, None, None, NOON + timedelta(minutes=15)]
    assert lockouts.begin("amna", address="198.51.100.1", now=NOON) == 900
    assert lockouts.begin("amna", address="198.51.100.1", now=NOON + timedelta(minutes=14)) == 60
    assert lockouts.begin("amna", address="198.51.100.1", now=NOON + timedelta(minutes=15)) == 0


def test_writing_the_name_differently_does_not_give_more_tries():
    ends = [fail(name) for name in ("amna", "Amna", "AMNA", "amnA", "aMna")]

    assert ends[-1] == NOON + timedelta(minutes=15)


def test_failures_far_apart_do_not_lock():
    ends = [fail("amna", now=NOON + n * timedelta(minutes=4)) for n in range(8)]

    assert ends == [None] * 8


def test_a_second_lock_is_told_of_again():
    for _ in range(5):
        fail("amna")
    later = NOON + timedelta(minutes=15)

    ends = [fail("amna", now=later) for _ in range(5)]

    assert ends == [None, None, None, None, later + timedelta(minutes=15)]
    assert Lockout.objects.count() == 1


def test_whoever_loses_the_race_to_lock_does_not_tell_again():
    for _ in range(5):
        fail("amna")

    assert lockouts.failed("amna", address=HERE, now=NOON) is None


def test_many_tries_at_one_instant_cannot_slip_through_together():
    waits = [lockouts.begin("amna", address=f"192.0.2.{n}", now=NOON) for n in range(7)]

    assert waits == [0, 0, 0, 0, 0, 900, 900]


def test_twenty_failures_lock_the_address_for_every_name():
    for n in range(20):
        fail(f"name{n}")

    assert lockouts.begin("somebody-else", address=HERE, now=NOON) == 900
    assert lockouts.begin("somebody-else", address="198.51.100.1", now=NOON) == 0


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("::ffff:192.0.2.7", "192.0.2.7", True),
        ("::ffff:192.0.2.7", "::ffff:192.0.2.8", False),
    ],
)
def test_one_household_counts_as_one_address(one, other, same):
    for n in range(20):
        fail(f"name{n}", address=one)

    assert (lockouts.begin("somebody-else", address=other, now=NOON) > 0) is same


def test_success_forgets_the_accounts_failures_and_itself_but_not_the_addresss():
    for n in range(3):
        fail("amna", now=NOON + timedelta(seconds=n))
    lockouts.begin("amna", address=HERE, now=NOON + timedelta(seconds=9))

    lockouts.succeeded("amna", address=HERE)

    assert list(Attempt.objects.values_list("key", flat=True)) == [f"address:{HERE}"] * 3


def test_what_was_typed_is_not_kept():
    fail("my-password-in-the-wrong-field")

    assert [key for key in Attempt.objects.values_list("key", flat=True) if "password" in key] == []


def test_old_tries_are_swept_away():
    fail("amna")

    fail("bilal", now=NOON + timedelta(minutes=31))

    assert Attempt.objects.count() == 2


def test_a_mailbox_gets_three_reset_links_in_a_quarter_of_an_hour():
    asked = [lockouts.may_mail_reset("amna@example.org", now=NOON) for _ in range(4)]

    assert asked == [True, True, True, False]
    assert lockouts.may_mail_reset("amna@example.org", now=NOON + timedelta(minutes=15)) is True


def test_the_owner_is_found_whatever_the_case_and_only_while_active(person):
    amna = person("scrutiny", username="amna")
    person("scrutiny", username="bilal", is_active=False)

    assert lockouts.owners("AMNA") == [amna]
    assert lockouts.owners("bilal") == []
    assert lockouts.owners("nobody") == []
