"""Passkeys and authenticator apps in a real browser with an authenticator of its own, on a phone."""

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.utils import timezone

from degreetrack.accounts import totp
from degreetrack.accounts.models import Factor, Role, User
from degreetrack.web import captcha
from tests.e2e.chromium import needs_chromium
from tests.e2e.test_applicants_way import Phone
from tests.e2e.test_whole_life import PATIENCE, browser  # noqa: F401

pytestmark = [
    pytest.mark.django_db(transaction=True),
    needs_chromium,
]
PASSWORD = "correct-horse-9"


def type_password(phone: Phone, user: User) -> str:
    phone.open("/staff/login/")
    phone.page.fill("[name=username]", user.username)
    phone.page.fill("[name=password]", PASSWORD)
    phone.page.fill("[name=digits]", captcha.digits(phone.page.input_value("[name=captcha]")))
    return phone.press("main form button")


def by_passkey(phone: Phone) -> str:
    return phone.press("[data-passkey-offer] button")


@pytest.mark.parametrize("language", ["en", "ur"])
def test_a_passkey_is_made_and_then_signs_in_alone_and_as_a_second_step(
    language,
    browser,  # noqa: F811
    live_server,
    person,
    aiou,
):
    chief = person(Role.CONTROLLER, username="chief")
    phone = Phone(browser, live_server.url, language)
    page, site = phone.page, live_server.url
    device = page.context.new_cdp_session(page)
    device.send("WebAuthn.enable")
    has = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True}
    options = has | {"isUserVerified": True, "automaticPresenceSimulation": True}
    device.send("WebAuthn.addVirtualAuthenticator", {"options": options})

    type_password(phone, chief)
    assert page.url.startswith(f"{site}/staff/security/begin/")
    phone.press("a.button[href^='/staff/security/passkey/']")
    page.fill("[name=name]", "my phone")
    codes = by_passkey(phone)
    assert codes.count("-") >= 10
    phone.press("main a.button")
    assert page.url == f"{site}/staff/"
    assert list(Factor.objects.values_list("kind", "name")) == [("passkey", "my phone")]

    def sign_out() -> None:
        with page.expect_navigation():
            page.click("form[action='/staff/logout/'] button")

    sign_out()
    phone.press("main a[href^='/staff/login/passkey/']")
    by_passkey(phone)
    assert page.url == f"{site}/staff/"

    sign_out()
    type_password(phone, chief)
    assert page.url.startswith(f"{site}/staff/login/second/")
    by_passkey(phone)
    assert page.url == f"{site}/staff/"

    session = page.context.cookies()
    key = next(one["value"] for one in session if one["name"] == "sessionid")
    _age(key)
    phone.open("/staff/security/password/")
    phone.open("/staff/sessions/")
    phone.open("/staff/security/")
    phone.press("form[action='/staff/security/codes/'] button")
    assert page.locator("[name=carried]").count() == 2
    assert by_passkey(phone).count("-") >= 10
    assert Factor.objects.get().counter >= 4


def _age(key: str) -> None:
    """The last proof in this session is an hour old."""
    session = SessionStore(key)
    session["proved"] -= 3600
    session.save()


def test_an_app_is_set_up_without_javascript(browser, live_server, person, aiou):  # noqa: F811
    chief = person(Role.CONTROLLER, username="chief")
    page = browser.new_context(java_script_enabled=False, viewport={"width": 360, "height": 740}).new_page()
    page.set_default_timeout(PATIENCE)

    def press(selector: str) -> None:
        with page.expect_navigation():
            page.click(selector)

    page.goto(f"{live_server.url}/staff/login/")
    page.fill("[name=username]", chief.username)
    page.fill("[name=password]", PASSWORD)
    page.fill("[name=digits]", captcha.digits(page.input_value("[name=captcha]")))
    press("main form button")
    press("a.button[href^='/staff/security/app/']")
    secret = page.inner_text(".key code").replace(" ", "")
    page.fill("[name=code]", totp.code_of(secret, totp.step_at(timezone.now())))
    press("main form button")

    assert page.locator(".recovery li").count() == 10
    press("main a.button")
    assert page.url == f"{live_server.url}/staff/"


@pytest.mark.parametrize("language", ["en", "ur"])
def test_the_pages_of_apps_and_of_another_persons_factors_please_axe(
    language,
    browser,  # noqa: F811
    live_server,
    person,
    aiou,
):
    chief = person(Role.CONTROLLER, username="chief", is_superuser=True)
    clerk = person(Role.SCRUTINY, username="clerk")
    phone = Phone(browser, live_server.url, language)
    type_password(phone, chief)
    phone.press("a.button[href^='/staff/security/app/']")
    phone.page.fill("[name=code]", "1")
    phone.press("main form button")
    secret = phone.page.inner_text(".key code").replace(" ", "")
    phone.page.fill("[name=code]", totp.code_of(secret, totp.step_at(timezone.now())))
    phone.press("main form button")
    phone.open(f"/admin/accounts/user/{clerk.pk}/security/")
    phone.open("/demo/")
