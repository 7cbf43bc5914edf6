"""One application from the counter to the applicant's hand, in a real browser, in both languages."""

import os
import re
from pathlib import Path

import pytest
from django.core.management import call_command
from playwright.sync_api import Page, sync_playwright

from degreetrack.accounts.models import Role, User
from degreetrack.applications.models import Application
from degreetrack.notifications.models import Notice
from degreetrack.web import captcha
from tests.e2e.chromium import CHROMIUM, needs_chromium
from tests.life import blank_of

FLAGS = [
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
PATIENCE = 90_000  # milliseconds: a loaded machine is slow, not wrong
SHOTS = Path(os.environ["SCREENSHOTS"]) if "SCREENSHOTS" in os.environ else None

pytestmark = [
    pytest.mark.django_db(transaction=True),
    needs_chromium,
]

WORDS = {
    "en": {"waiting": "Waiting on you", "delivered": "Delivered", "received": "Application received"},
    "ur": {"waiting": "آپ کی منتظر", "delivered": "پہنچا دی گئی", "received": "درخواست موصول ہوئی"},
}


@pytest.fixture
def browser(monkeypatch):
    """Chromium without a screen."""
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    with sync_playwright() as play:
        chromium = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


class Desk:
    """One member of staff at their browser."""

    def __init__(self, browser, site: str, user: User, language: str) -> None:
        self.page: Page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
        self.page.set_default_timeout(PATIENCE)
        self.site = site
        self.page.goto(f"{site}/language/{language}/?next=/staff/login/")
        self.page.fill("[name=username]", user.username)
        self.page.fill("[name=password]", "correct-horse-9")
        token = self.page.input_value("[name=captcha]")
        self.page.fill("[name=digits]", captcha.digits(token))
        self.page.click("main button")
        self.page.wait_for_url(f"{site}/staff/")

    def move(self, tracking_id: str, verb: str, **typed: str) -> None:
        self.page.goto(f"{self.site}/staff/case/{tracking_id}/")
        form = self.page.locator(f"form[action$='/{verb}/']")
        for name, value in typed.items():
            field = form.locator(f"[name^='{name}']").first
            if name == "objection":
                form.locator(f"[value='{value}']").check()
            elif name == "courier":
                field.select_option(value)
            else:
                field.fill(value)
        # The address may be the same before and after.
        with self.page.expect_navigation():
            form.locator("button").click()
        assert self.page.url == f"{self.site}/staff/case/{tracking_id}/"


@pytest.mark.parametrize("language", ["en", "ur"])
def test_from_the_counter_to_the_applicants_hand(language, browser, live_server, person, a_result):
    a_result("BO680724")
    words, site = WORDS[language], live_server.url
    names = {
        role: person(role, username=f"{role}-clerk") for role in Role if role not in ("applicant", "clock")
    }
    desks = {
        role: Desk(browser, site, names[role], language)
        for role in ("receipt", "scrutiny", "verification", "approval", "printing", "signature", "dispatch")
    }
    public = browser.new_context(viewport={"width": 360, "height": 740}).new_page()
    public.set_default_timeout(PATIENCE)

    def shot(page: Page, name: str) -> None:
        if SHOTS:
            page.screenshot(path=SHOTS / f"{name}-{language}.png", full_page=True)

    def status() -> str:
        public.goto(f"{site}/language/{language}/?next=/status/{tracking_id}/")
        overflow = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
        assert public.evaluate(overflow) is False
        return public.inner_text("main")

    counter = desks["receipt"].page
    counter.goto(f"{site}/staff/receive/?roll_no=bo 680724")
    counter.select_option("[name=language]", language)
    counter.fill("[name=mobile]", "0300 1234567")
    counter.fill("[name=challan_no]", "2866736032")
    counter.fill("[name=fee_paid]", "1200")
    shot(counter, "receive")
    with counter.expect_navigation():
        counter.click("form[method=post]:has([name=kind]) button:not([name=check])")
    counter.wait_for_selector("text=" + words["received"])
    tracking_id = re.search(r"[A-Z0-9]{3}-[A-Z0-9]{3}-[A-Z0-9]{4}", counter.inner_text("main"))[0]

    call_command("worker", "--once")
    public.goto(f"{site}/demo/outbox/")
    assert public.inner_text("main").count(tracking_id) >= 2
    assert set(Notice.objects.filter(template="submit").values_list("fate", "language")) == {
        ("sent", language)
    }

    desks["scrutiny"].move(tracking_id, "object", objection="no-signature")
    shot(desks["scrutiny"].page, "case")
    public.goto(f"{site}/language/{language}/?next=/incomplete/")
    public.fill("[name=q]", tracking_id.lower())
    with public.expect_navigation():
        public.click("main button")
    assert words["waiting"] in public.inner_text("main")
    shot(public, "waiting")

    desks["receipt"].move(tracking_id, "answer", answer="Signed at the counter")
    assert words["waiting"] not in status()
    desks["scrutiny"].move(tracking_id, "check")
    desks["verification"].move(tracking_id, "verify")
    desks["approval"].move(tracking_id, "approve")
    desks["printing"].move(tracking_id, "print", stock_no=blank_of("PC"))
    desks["signature"].move(tracking_id, "sign")
    desks["dispatch"].move(tracking_id, "dispatch", courier="TCS", consignment_no="TCS778899")
    assert "TCS778899" in status()
    desks["dispatch"].move(tracking_id, "deliver")
    assert words["delivered"] in status()
    shot(public, "delivered")
    assert Application.objects.get().state == "delivered"
