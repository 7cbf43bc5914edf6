"""Six digits in place of a password."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from degreetrack.applicants import codes
from degreetrack.applicants.models import SignInCode
from degreetrack.journal.services import timeline
from degreetrack.notifications.models import Notice, Priority

pytestmark = pytest.mark.django_db


def sent() -> str:
    """The code in the newest SMS."""
    return re.search(r"\d{6}", Notice.objects.filter(channel="sms").latest("pk").body)[0]


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06}"


@pytest.fixture
def student(a_result):
    return a_result("BO680724").student


def test_a_code_goes_to_mobile_and_email_before_the_backlog(student):
    hint = codes.send("bo 680724", language="en")

    assert (hint.mobile, hint.email) == ("•••••••67", "a•••@•••")
    assert sorted(Notice.objects.values_list("channel", "to", "priority")) == [
        ("email", "ayesha@example.org", Priority.AT_ONCE),
        ("sms", "+923001234567", Priority.AT_ONCE),
    ]
    assert sent() not in str([entry.data for entry in timeline(f"student/{student.pk}")])


def test_nobody_costs_the_database_the_same_statements_as_somebody(student):
    def asked(number: str) -> list[str]:
        with CaptureQueriesContext(connection) as told:
            codes.send(number, language="en")
        found = [query["sql"].split(" ")[:3] for query in told if "SAVEPOINT" not in query["sql"]]
        return [" ".join(words) for words in found]

    asked("19-isl-000001")

    assert asked("19-isl-000001") == asked("19-isl-999999")


@pytest.mark.parametrize("number", ["BO680724", "19-isl-000001"])
def test_the_right_code_lets_in_once(number, student):
    codes.send(number, language="ur")

    assert codes.check(number, f" {sent()[:3]} {sent()[3:]} ") == student
    assert codes.check(number, sent()) is None


def test_five_wrong_tries_end_the_code(student):
    codes.send("BO680724", language="en")

    for _ in range(codes.TRIES):
        assert codes.check("BO680724", wrong(sent())) is None

    assert codes.check("BO680724", sent()) is None


def test_a_code_works_only_where_it_was_asked_for_and_no_strangers_tries_end_it(student):
    codes.send("BO680724", language="en", asker="stranger")
    codes.send("BO680724", language="en", asker="owner")
    for _ in range(codes.TRIES):
        assert codes.check("BO680724", wrong(sent()), asker="stranger") is None

    assert codes.check("BO680724", sent(), asker="stranger") is None
    assert codes.check("BO680724", sent(), asker="owner") == student


def test_a_code_is_good_for_ten_minutes(student):
    now = timezone.now()
    codes.send("BO680724", language="en", at=now)

    assert codes.check("BO680724", sent(), at=now + codes.LASTS) is None
    assert codes.check("BO680724", sent(), at=now + codes.LASTS - timedelta(seconds=1)) == student


def test_nobody_gets_a_hint_that_stays_the_same_and_leaves_nothing_behind(aiou):
    first = codes.send("ZZ999999", language="en")

    assert codes.send("zz 999999", language="en") == first
    assert re.fullmatch(r"•••••••\d\d", first.mobile)
    assert (Notice.objects.count(), SignInCode.objects.count(), timeline("student/0")) == (0, 0, [])
    assert codes.check("ZZ999999", "000000") is None


def test_somebody_without_contact_gets_a_made_up_hint(a_result):
    a_result("BO680725", mobile="", email="")

    assert codes.send("BO680725", language="en").mobile.startswith("•")
    assert Notice.objects.count() == 0


def test_more_than_twenty_an_hour_are_not_sent(student):
    now = timezone.now()
    for _ in range(codes.PER_ACCOUNT + 2):
        hint = codes.send("BO680724", language="en", at=now)

    assert hint.mobile == "•••••••67"
    assert SignInCode.objects.count() == codes.PER_ACCOUNT
    codes.send("BO680724", language="en", at=now + timedelta(hours=1, seconds=1))
    assert SignInCode.objects.count() == codes.PER_ACCOUNT + 1


def test_more_than_thirty_an_hour_do_not_go_to_one_phone(a_result):
    for number in range(4):
        a_result(f"BO68000{number}")
        for _ in range(10):
            codes.send(f"BO68000{number}", language="en")

    assert Notice.objects.filter(channel="sms").count() == codes.PER_PHONE


def test_old_codes_are_forgotten(student):
    codes.send("BO680724", language="en", at=timezone.now() - timedelta(days=2))
    codes.send("BO680724", language="en")

    assert (codes.forget_old_codes(), SignInCode.objects.count()) == (1, 1)
