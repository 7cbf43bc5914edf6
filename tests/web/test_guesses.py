"""Walks through roll numbers on a moved clock: what each yields, when it is stopped, and who is told."""

import time
from collections.abc import Callable, Iterator
from itertools import count

import pytest
from django.test import Client

from degreetrack.accounts.models import Role
from degreetrack.applications.glances import Seen
from degreetrack.journal.services import timeline
from degreetrack.notifications.models import Notice
from degreetrack.oversight import alarms
from degreetrack.web import captcha
from degreetrack.web.public import guesses
from tests.web.test_public import _text

pytestmark = pytest.mark.django_db
# A full hour of a full day of the clock that counts.
BEGIN = 20_000 * 86_400


@pytest.fixture
def clock(monkeypatch) -> Callable[[float], None]:
    """Set the clock by which is counted to so many seconds after the start."""
    now = [float(BEGIN)]
    monkeypatch.setattr(time, "time", lambda: now[0])

    def set_to(seconds: float) -> None:
        now[0] = BEGIN + seconds

    return set_to


@pytest.fixture
def staff(person, aiou) -> list[str]:
    """The mailboxes that are told: Controller and administrator, nobody else."""
    person(Role.CONTROLLER, username="controller", language="ur")
    person(Role.SCRUTINY, username="root", is_superuser=True)
    person(Role.RECEIPT, username="clerk")
    return ["controller@example.org", "root@example.org"]


def told() -> list[str]:
    return sorted(Notice.objects.filter(template="guessing").values_list("to", flat=True))


def numbers() -> Iterator[str]:
    return (f"ZZ{number:06}" for number in count(1))


def look(number: str, address: str, **more: str) -> int:
    answer = Client().get("/in-process/", {"q": number} | more, REMOTE_ADDR=address)
    return answer.status_code


def walk(clock, addresses: list[str], *, every: float, most: int) -> int:
    """Ask for number after number from address after address; return how many were answered."""
    for place, number in zip(range(most), numbers(), strict=False):
        clock(place * every)
        if look(number, addresses[place % len(addresses)]) != 200:
            return place
    return most


def test_from_one_address_thirty_numbers_are_answered(clock, staff):
    answered = walk(clock, ["203.0.113.9"], every=0.5, most=100)

    assert answered == guesses.MISSES_OF_NETWORK == 30
    assert told() == staff


def test_one_a_minute_from_one_address_ends_after_half_an_hour(clock, staff):
    answered = walk(clock, ["2001:db8::1", "2001:db8::2", "2001:db8::3"], every=60, most=100)

    assert answered * 60 == 30 * 60
    assert told() == staff


def test_from_a_thousand_addresses_three_hundred_numbers_are_answered(clock, staff):
    thousand = [f"10.0.{number // 250}.{number % 250}" for number in range(1000)]

    answered = walk(clock, thousand, every=0.06, most=400)

    assert answered == guesses.MISSES_IN_HOUR == 300
    assert told() == staff
    assert look("ZZ900000", "198.51.100.7") == 429
    clock(3601)
    assert look("ZZ900000", "198.51.100.7") == 200


def test_one_a_minute_from_a_thousand_addresses_ends_within_the_day(clock, staff, rf):
    # All but the last hour is counted without drawing the pages, which would take ten seconds.
    for place, number in zip(range(940), (f"YY{number:06}" for number in count(1)), strict=False):
        clock(place * 60)
        asked = rf.get("/in-process/", REMOTE_ADDR=f"10.0.{place // 250}.{place % 250}")
        guesses.count(asked, number, Seen([], "roll_no", False))
    last = [f"10.0.9.{number}" for number in range(250)]

    answered = 940 + walk(lambda seconds: clock(940 * 60 + seconds), last, every=60, most=200)

    assert answered == guesses.MISSES_IN_DAY == 1000
    assert answered * 60 / 3600 == pytest.approx(16.7, abs=0.1)
    assert told() == staff


def test_staff_are_told_once_of_an_episode_and_nothing_of_anybody(clock, staff):
    walk(clock, ["203.0.113.9"], every=1, most=100)
    walk(clock, ["203.0.113.10"], every=1, most=100)

    assert told() == staff
    entries = timeline(alarms.STREAM)
    assert [(entry.verb, entry.data["after"]) for entry in entries] == [
        ("guessing", {"how": "network", "misses": 30})
    ]
    assert not any("203.0.113" in body for body in Notice.objects.values_list("body", flat=True))
    clock(guesses.TOLD_AGAIN_AFTER + 200)
    walk(lambda seconds: None, ["203.0.113.11"], every=1, most=100)
    assert told() == sorted(staff * 2)


def test_whoever_reads_the_digits_goes_on_and_a_tracking_id_needs_none(clock, staff, in_state):
    application = in_state()
    walk(clock, ["203.0.113.9"], every=1, most=100)
    page = Client().get("/in-process/", {"q": application.result.roll_no}, REMOTE_ADDR="203.0.113.9")

    assert (page.status_code, "Retry-After" in page) == (429, False)
    assert "Many roll numbers are being tried just now." in _text(page)
    token = captcha.new()
    right = {"captcha": token, "digits": captcha.digits(token)}
    assert look(application.result.roll_no, "203.0.113.9", **right) == 200
    assert look(application.tracking_id, "203.0.113.9") == 200
    path = f"/status/{application.tracking_id}/"
    assert Client().get(path, REMOTE_ADDR="203.0.113.9").status_code == 200


def test_a_campus_that_finds_what_it_asks_for_is_left_alone(clock, staff, in_state):
    for _ in range(5):
        application = in_state()
        for _again in range(10):
            assert look(application.result.roll_no, "203.0.113.9") == 200
    for number, _place in zip(numbers(), range(4), strict=False):
        assert look(number, "203.0.113.9") == 200

    assert told() == []


def test_unknown_tracking_ids_are_a_walk_too(clock, staff):
    for place in range(30):
        Client().get(f"/status/EBN-AGZ-2{place:03}/", REMOTE_ADDR="203.0.113.9")

    assert told() == staff
