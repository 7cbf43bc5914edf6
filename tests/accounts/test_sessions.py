"""A person's signed-in browsers."""

from datetime import timedelta

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.utils import timezone

from degreetrack.accounts import sessions
from degreetrack.accounts.models import Attempt, Lockout, StaffSession

pytestmark = pytest.mark.django_db


def sign_in(user, *, browser: str = "Firefox, Linux") -> StaffSession:
    store = SessionStore()
    store.create()
    return sessions.opened(user, session_key=store.session_key, browser=browser, lasting=False)


def test_own_live_sessions_are_listed_newest_first(person):
    amna, bilal = person("scrutiny"), person("scrutiny")
    first, second = sign_in(amna), sign_in(amna)
    sign_in(bilal)

    assert list(sessions.of(amna)) == [second, first]


def test_a_session_whose_time_is_over_is_not_listed_and_is_forgotten_at_the_next_sign_in(person):
    amna = person("scrutiny")
    old = sign_in(amna)
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
    assert list(sessions.of(amna)) == []

    new = sign_in(amna)

    assert list(StaffSession.objects.all()) == [new]
    assert old != new


def test_ending_one_leaves_the_others(person):
    amna = person("scrutiny")
    first, second = sign_in(amna), sign_in(amna)

    sessions.end(first.session_key)

    assert list(sessions.of(amna)) == [second]
    assert list(Session.objects.values_list("pk", flat=True)) == [second.session_key]


def test_ending_all_ends_no_one_elses(person):
    amna, bilal = person("scrutiny"), person("scrutiny")
    sign_in(amna)
    sign_in(amna)
    his = sign_in(bilal)

    sessions.end_all(amna)

    assert list(StaffSession.objects.all()) == [his]
    assert list(Session.objects.values_list("pk", flat=True)) == [his.session_key]


def test_rows_name_themselves(person):
    amna = person("scrutiny", username="amna")
    at = timezone.now().replace(2026, 3, 2, 12, 0)

    assert str(StaffSession(user=amna, since=at)) == "amna since 2026-03-02 12:00"
    assert str(Attempt(key="address:192.0.2.7", at=at)) == "address:192.0.2.7 at 2026-03-02 12:00"
    assert str(Lockout(key="address:192.0.2.7", until=at)) == "address:192.0.2.7 until 2026-03-02 12:00"
