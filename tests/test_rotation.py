"""Secrets change while people work: who is signed in stays so, what was sent goes on working."""

import re

import pytest
from django.core.signing import Signer
from django.test import Client
from django.utils import timezone
from django.views.debug import ExceptionReporter

from degreetrack.accounts import sessions
from degreetrack.accounts.models import Role
from degreetrack.applicants import codes
from degreetrack.applications import bearers
from degreetrack.kit.refusals import Refused
from degreetrack.notifications.models import Notice
from degreetrack.web import captcha
from tests.web.test_sign_in import amna, ask, is_in, link_sent, sign_in  # noqa: F401

OLD = "only-for-tests-and-nothing-else-0123456789-0123456789"
NEW = "the-new-key-of-the-tests-0123456789-0123456789-01234"


@pytest.fixture
def rotated(settings):
    """Replace the key; the old one is kept beside it or is not."""

    def rotate(*, kept: bool) -> None:
        settings.SECRET_KEY = NEW
        settings.SECRET_KEY_FALLBACKS = [OLD] if kept else []

    return rotate


both = pytest.mark.parametrize("kept", [True, False])


@both
def test_who_is_signed_in_stays_so_while_the_old_key_is_kept(kept, client, amna, rotated):  # noqa: F811
    sign_in(client)

    rotated(kept=kept)

    assert is_in(client) == kept


def test_a_session_that_went_over_to_the_new_key_can_be_ended_by_its_owner(client, amna, rotated, settings):  # noqa: F811
    sign_in(client)
    rotated(kept=True)
    is_in(client)
    settings.SECRET_KEY_FALLBACKS = []

    [row] = sessions.of(amna)
    assert (row.session_key, is_in(client)) == (client.session.session_key, True)
    sessions.end_all(amna)
    assert not is_in(client)


@both
def test_a_link_to_a_new_password_goes_on_working(kept, client, amna, rotated):  # noqa: F811
    ask(client, amna.email)
    link = link_sent()

    rotated(kept=kept)

    page = Client().get(link, follow=True).content.decode()
    assert ('name="new_password1"' in page) == kept


@both
def test_a_link_that_stops_news_goes_on_working(kept, client, in_state, rotated):
    in_state()
    notice = Notice.objects.get()
    link = f"/stop/{Signer(salt='degreetrack.stop').sign(str(notice.pk))}/"

    rotated(kept=kept)

    assert client.get(link).status_code == (200 if kept else 404)


@both
def test_the_digits_of_a_picture_stay_the_same(kept, rotated):
    token = captcha.new()
    shown = captcha.digits(token)

    rotated(kept=kept)

    assert captcha.is_right(token, shown) == kept


@both
def test_a_code_that_was_sent_signs_in(kept, a_result, rotated):
    student = a_result().student
    codes.send("BO680724", language="en")
    code = re.search(r"\d{6}", Notice.objects.filter(channel="sms").latest("pk").body)[0]

    rotated(kept=kept)

    assert codes.check("BO680724", code) == (student if kept else None)


@both
def test_the_code_of_a_bearer_goes_on_working(kept, in_state, rotated, clerks):
    application, now = in_state(), timezone.now()
    code = bearers.make(application, name="Bilal Khan", cnic="00501-0000009-1", at=now)

    rotated(kept=kept)

    if kept:
        assert bearers.take(application, code=code, by=clerks(Role.DISPATCH), at=now).used_at
    else:
        with pytest.raises(Refused, match="The code is wrong"):
            bearers.take(application, code=code, by=clerks(Role.DISPATCH), at=now)


def test_what_was_made_with_the_new_key_needs_no_old_one(client, amna, rotated):  # noqa: F811
    rotated(kept=True)
    sign_in(client)
    token = captcha.new()
    shown = captcha.digits(token)

    rotated(kept=False)

    assert (is_in(client), captcha.is_right(token, shown)) == (True, True)


def test_the_page_of_a_fault_shows_no_secret(settings, rf):
    secret = "never-to-be-shown-0123456789-0123456789"
    settings.SECRET_KEY_FALLBACKS = settings.METRICS_TOKENS = [secret]
    settings.DATABASE_URL = f"postgres://us:{secret}@db/x"
    settings.PAYMENT_SECRETS = {"hbl": [secret]}
    settings.SMS_HTTP = {"url": f"https://sms.example/{secret}", "headers": {"X": secret}}
    settings.MAILERS = {"default": {"BACKEND": "x", "OPTIONS": {"server": secret}}}
    settings.SMS_WEBHOOK_SECRETS = [secret]

    page = ExceptionReporter(rf.get("/"), ValueError, ValueError("of ours"), None).get_traceback_html()

    assert "SMS_PER_SECOND" in page
    assert secret not in page
