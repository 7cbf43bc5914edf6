"""The desk by keyboard alone: no click, and the focus never lost."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings as live
from django.test import Client
from playwright.sync_api import Page

from degreetrack.accounts.models import Role, User
from degreetrack.applications import batches
from degreetrack.applications.lifecycle import State
from degreetrack.applications.models import Application, Hold
from degreetrack.journal.services import timeline
from tests.applications.test_holds import files
from tests.e2e.chromium import needs_chromium
from tests.e2e.test_whole_life import PATIENCE, SHOTS, browser  # noqa: F401

pytestmark = [
    pytest.mark.django_db(transaction=True),
    needs_chromium,
]
FOCUS = "document.activeElement && document.activeElement !== document.body"


class Keyboard:
    """Somebody at the desk who has no mouse."""

    def __init__(self, browser, site: str, user: User, *, language: str = "en", width: int = 1280):  # noqa: F811
        client = Client()
        client.force_login(user)
        session = client.cookies[live.SESSION_COOKIE_NAME].value
        context = browser.new_context(viewport={"width": width, "height": 800})
        context.add_cookies([{"name": live.SESSION_COOKIE_NAME, "value": session, "url": site}])
        self.page: Page = context.new_page()
        self.page.set_default_timeout(PATIENCE)
        self.site = site
        self.page.goto(f"{site}/language/{language}/?next=/staff/")

    def press(self, *keys: str) -> None:
        """Press keys that stay on the page; the focus must stand somewhere after each."""
        for key in keys:
            self.page.keyboard.press(key)
            assert self.page.evaluate(FOCUS), key

    def go(self, *keys: str) -> None:
        """Press keys of which the last opens a page; the focus must stand somewhere there."""
        self.press(*keys[:-1])
        with self.page.expect_navigation():
            self.page.keyboard.press(keys[-1])
        self.page.wait_for_function(FOCUS)

    def focused(self) -> str:
        return self.page.evaluate("document.activeElement.innerText || document.activeElement.name")

    def looked_at(self, name: str) -> str:
        """What stands on the page, after axe has looked at it."""
        told = Axe().run(self.page)
        assert told.violations_count == 0, f"{self.page.url}\n{told.generate_report()}"
        overflow = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert self.page.evaluate(overflow) <= 0, self.page.url
        if SHOTS:
            self.page.screenshot(path=SHOTS / f"{name}.png", full_page=True)
        return self.page.inner_text("main")


@pytest.fixture
def verifier(person, aiou) -> User:
    """A clerk who verifies."""
    return person(Role.VERIFICATION, username="verifier")


def test_a_clerk_clears_20_files_by_keyboard_alone(browser, live_server, verifier):  # noqa: F811
    files(20, state=State.CHECKED)
    desk = Keyboard(browser, live_server.url, verifier)

    desk.press("Tab", "j", "j")
    desk.go("Enter")
    desk.go("n")
    for number in range(20):
        assert "/staff/case/" in desk.page.url
        assert desk.page.locator("h1").evaluate("one => one === document.activeElement")
        if number % 4 == 3:
            desk.press("b")
            desk.page.keyboard.type("The photograph is torn")
            desk.go("Enter")
        else:
            desk.press("v")
            assert desk.focused() == "Verify"
            desk.go("Enter")

    assert "/staff/work/checked/" in desk.page.url
    assert "Nothing waits here that nobody has in hand." in desk.page.inner_text("main")
    assert Application.objects.filter(state=State.VERIFIED, verified_by=verifier).count() == 15
    sent_back = Application.objects.filter(state=State.RECEIVED)
    assert sent_back.count() == 5
    assert {timeline(row.stream)[-1].reason for row in sent_back} == {"The photograph is torn"}
    assert Hold.objects.count() == 0


def test_the_same_is_done_by_tab_and_enter_where_single_keys_are_off(browser, live_server, verifier):  # noqa: F811
    files(1, state=State.CHECKED)
    desk = Keyboard(browser, live_server.url, verifier)

    def tab_to(words: str) -> None:
        for _ in range(60):
            desk.press("Tab")
            if desk.focused() == words:
                return
        raise AssertionError(f"Tab does not come to {words}")

    tab_to("Keys")
    desk.go("Enter")
    tab_to("Switch single keys off")
    desk.go("Enter")
    desk.page.goto(f"{live_server.url}/staff/work/checked/")
    desk.page.keyboard.press("n")
    desk.page.keyboard.press("?")
    assert not desk.page.locator("dialog").is_visible()
    tab_to("Next file")
    desk.go("Enter")
    desk.page.keyboard.press("v")
    tab_to("Verify")
    desk.go("Enter")

    assert Application.objects.get().state == State.VERIFIED


def test_keys_mean_nothing_in_a_field_or_with_a_modifier(browser, live_server, verifier):  # noqa: F811
    files(2, state=State.CHECKED)
    desk = Keyboard(browser, live_server.url, verifier)
    desk.page.goto(f"{live_server.url}/staff/work/checked/")

    desk.press("/")
    desk.page.keyboard.type("nv?gh")
    assert desk.page.input_value("#text") == "nv?gh"
    desk.press("Escape")
    assert desk.focused() == "Waiting for verification"
    desk.page.keyboard.press("Alt+n")
    desk.page.keyboard.press("Control+j")
    assert desk.page.url.endswith("/staff/work/checked/")
    desk.press("j", "x", "j", "x", "k")
    assert desk.page.locator("[name=file]:checked").count() == 2
    desk.press("x")
    assert desk.page.locator("[name=file]:checked").count() == 1
    # Who cannot reach a letter in another script presses the key where it lies.
    desk.page.evaluate(
        "document.activeElement.dispatchEvent(new KeyboardEvent('keydown',"
        " {key: 'ا', code: 'KeyJ', bubbles: true}))"
    )
    assert desk.focused() == Application.objects.order_by("received_at", "pk")[1].tracking_id
    desk.go("g", "h")
    assert desk.page.url == f"{live_server.url}/staff/"


def test_the_question_mark_shows_the_keys_of_the_page_and_escape_gives_the_focus_back(
    browser,  # noqa: F811
    live_server,
    verifier,
):
    files(1, state=State.CHECKED)
    desk = Keyboard(browser, live_server.url, verifier)
    desk.page.goto(f"{live_server.url}/staff/work/checked/")
    desk.go("n")

    desk.press("?")
    told = desk.page.inner_text("dialog")
    assert re.search(r"v\s+Verify", told)
    assert re.search(r"b\s+Send back to checking", told)
    assert re.search(r"g h\s+Worklists", told)
    desk.looked_at("keys-dialog")
    desk.press("v")
    assert desk.page.locator("dialog").is_visible(), "the dialog has the keys while it is open"
    desk.press("Escape")
    assert not desk.page.locator("dialog").is_visible()
    assert desk.page.locator("h1").evaluate("one => one === document.activeElement")


def test_control_enter_sends_the_form_that_one_writes_in(browser, live_server, verifier):  # noqa: F811
    files(1, state=State.CHECKED)
    desk = Keyboard(browser, live_server.url, verifier)
    desk.page.goto(f"{live_server.url}/staff/work/checked/")
    desk.go("n")

    desk.press("b")
    desk.page.keyboard.type("Page two is missing")
    desk.go("Control+Enter")

    assert Application.objects.get().state == State.RECEIVED


@pytest.mark.parametrize("language", ["en", "ur"])
@pytest.mark.parametrize("width", [1280, 360])
def test_the_pages_of_the_work_please_axe_and_fit(
    language,
    width,
    browser,  # noqa: F811
    live_server,
    person,
    aiou,
):
    files(60, state=State.VERIFIED)
    head = person(Role.APPROVAL, username="head", supervisor=True, first_name="Nadia", last_name="Khan")
    person(Role.APPROVAL, username="clerk", first_name="Bilal", last_name="Ahmed")
    Application.objects.filter(
        pk__in=list(Application.objects.order_by("pk").values_list("pk", flat=True)[:5])
    ).update(verified_by=head)
    desk = Keyboard(browser, live_server.url, head, language=language, width=width)
    begun = batches.begin(head, verb="approve", state=State.VERIFIED, query="kind=PC")

    def look(name: str, path: str) -> None:
        desk.page.goto(live_server.url + path)
        desk.looked_at(f"{name}-{language}-{width}")

    look("bulk-under-way", f"/staff/batches/{begun.pk}/")
    batches.stop(begun, by=head)
    look("bulk-stopped", f"/staff/batches/{begun.pk}/")
    look("worklist", "/staff/work/verified/?kind=PC&waiting=x&hand=nobody")
    desk.page.fill("#view-name", "Provisional certificates")
    desk.page.focus("#view-name")
    desk.go("Control+Enter")
    assert desk.page.url.endswith("/staff/work/verified/?kind=PC&hand=nobody")
    desk.page.check("[name=which][value=all]")
    desk.page.select_option("#bulk-verb", "reject")
    desk.page.focus("#bulk-verb")
    desk.go("Control+Enter")
    desk.looked_at(f"bulk-confirm-{language}-{width}")
    look("home", "/staff/")
    batches.resume(begun, by=head)
    batches.carry_on()
    look("bulk-finished", f"/staff/batches/{begun.pk}/")
    look("batches", "/staff/batches/")
    look("keys", "/staff/keys/")
    desk.page.goto(f"{live_server.url}/staff/work/verified/")
    assert Application.objects.filter(state=State.APPROVED).count() == 55
    desk.go("n")
    desk.looked_at(f"case-{language}-{width}")
