"""The figures in a real browser: both pages fit a phone and a desk, please axe, and run the right way."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.test import Client

from degreetrack.accounts.models import Role
from degreetrack.applications.lifecycle import State
from degreetrack.journal.services import seal_new
from degreetrack.oversight.rollups import refresh_figures
from tests.e2e.chromium import needs_chromium
from tests.e2e.test_whole_life import PATIENCE, SHOTS, browser  # noqa: F401

pytestmark = [
    pytest.mark.django_db(transaction=True),
    needs_chromium,
]
FIRST_BAR = "(chart) => chart.querySelector('rect').getBoundingClientRect().toJSON()"


@pytest.mark.parametrize("language", ["en", "ur"])
@pytest.mark.parametrize("width", [360, 1280])
def test_both_pages_fit_and_please_axe(width, language, browser, live_server, in_state, person):  # noqa: F811
    for state in (State.RECEIVED, State.RECEIVED, State.OBJECTED, State.ANSWERED, State.APPROVED):
        in_state(state)
    seal_new()
    refresh_figures()
    client = Client()
    client.force_login(person(Role.CONTROLLER))
    page = browser.new_context(viewport={"width": width, "height": 900}).new_page()
    page.set_default_timeout(PATIENCE)
    cookies = {"sessionid": client.cookies["sessionid"].value, "django_language": language}
    page.context.add_cookies(
        [{"name": name, "value": value, "url": live_server.url} for name, value in cookies.items()]
    )

    for path in ("/figures/", "/staff/figures/"):
        page.goto(live_server.url + path)
        for table in page.locator("details").all():
            table.locator("summary").click()
        if SHOTS:
            name = path.strip("/").replace("/", "-")
            page.screenshot(path=SHOTS / f"{name}-{language}-{width}.png", full_page=True)
        told = Axe().run(page)
        assert told.violations_count == 0, told.generate_report()
        assert page.evaluate("document.documentElement.scrollWidth") == width

    chart = page.locator("#backlog .chart")
    box, bar = chart.bounding_box(), chart.evaluate(FIRST_BAR)
    begins = bar["x"] - box["x"] if language == "en" else box["x"] + box["width"] - bar["x"] - bar["width"]
    assert abs(begins) < 2
