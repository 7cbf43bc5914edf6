"""The page of late files in a real browser, in both languages, looked at by axe; without JavaScript too."""

import os
from datetime import timedelta
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.test import Client
from django.utils import timezone

from degreetrack.accounts.models import Role
from degreetrack.applications.lifecycle import State
from degreetrack.applications.models import Application
from degreetrack.oversight.escalations import escalate_late
from degreetrack.oversight.models import Escalation
from tests.e2e.chromium import needs_chromium
from tests.e2e.test_whole_life import PATIENCE, browser  # noqa: F401 - a fixture

SHOTS = Path(os.environ["SCREENSHOTS"]) if "SCREENSHOTS" in os.environ else None
pytestmark = [
    pytest.mark.django_db(transaction=True),
    needs_chromium,
]


@pytest.mark.parametrize("language", ["en", "ur"])
def test_an_officer_finds_what_is_late_and_says_what_they_do(
    language,
    browser,  # noqa: F811
    live_server,
    in_state,
    person,
):
    for days in (-12, -1, 0, 1):
        application = in_state(State.CHECKED)
        day = timezone.localdate() + timedelta(days=days)
        Application.objects.filter(pk=application.pk).update(due_on=day)
    officer = person(Role.VERIFICATION, supervisor=True, first_name="Hina", last_name="Malik")
    escalate_late()
    client = Client()
    client.force_login(officer)
    context = browser.new_context(viewport={"width": 1280, "height": 900}, java_script_enabled=False)
    cookies = {"sessionid": client.cookies["sessionid"].value, "django_language": language}
    context.add_cookies([{"name": n, "value": v, "url": live_server.url} for n, v in cookies.items()])
    page = context.new_page()
    page.set_default_timeout(PATIENCE)

    page.goto(f"{live_server.url}/staff/late/")
    if SHOTS:
        page.screenshot(path=SHOTS / f"late-{language}.png", full_page=True)
    page.locator("#mine summary").first.click()
    page.locator("#mine input[name=note]").first.fill("I ask the archive")
    with page.expect_navigation():
        page.locator("#mine button").first.click()

    assert Escalation.objects.get(note="I ask the archive").officer == officer
    width = page.viewport_size["width"]
    looking = browser.new_context(storage_state=context.storage_state()).new_page()
    for place in ("/staff/late/", "/staff/late/?when=today", "/staff/work/checked/"):
        looking.goto(live_server.url + place)
        found = Axe().run(looking).response["violations"]
        assert [f"{place}: {one['id']} {one['nodes'][0]['html']}" for one in found] == []
        assert looking.evaluate("document.documentElement.scrollWidth") <= width
