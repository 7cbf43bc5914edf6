"""A photo handed in from a real browser over a line that breaks."""

import re

import pytest
from PIL import Image
from playwright.sync_api import expect, sync_playwright

from degreetrack.documents.models import Document, Upload
from degreetrack.documents.uploads import CHUNK
from tests.documents.papers import encoded, photo_of_phone, sheet_of_text
from tests.e2e.chromium import CHROMIUM, needs_chromium
from tests.e2e.test_whole_life import FLAGS, PATIENCE

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.urls("tests.e2e.upload_urls"),
    needs_chromium,
]


@pytest.fixture
def site(live_server, a_result, signed_in, settings, tmp_path, monkeypatch):
    """The address of the site, and the cookie of a signed-in applicant."""
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    settings.VAR_DIR = tmp_path
    key = signed_in(a_result().student).session.session_key
    cookie = {"name": settings.SESSION_COOKIE_NAME, "value": key, "url": live_server.url}
    return live_server.url, cookie


@pytest.fixture
def opened(site):
    """Open the page in a browser of its own, with or without JavaScript."""
    with sync_playwright() as play:
        chromium = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)

        def open_page(**options):
            context = chromium.new_context(**options)
            context.add_cookies([site[1]])
            page = context.new_page()
            page.set_default_timeout(PATIENCE)
            page.goto(f"{site[0]}/my/")
            return page

        yield open_page
        chromium.close()


@pytest.fixture
def large(tmp_path):
    """A scan of two megabytes that is not made smaller, so that it takes several chunks."""
    grain = Image.effect_noise((1700, 2400), 90).convert("RGB")
    scan = Image.blend(sheet_of_text((1700, 2400)), grain, 0.2)
    path = tmp_path / "scan.jpg"
    path.write_bytes(encoded(scan, quality=95))
    return path


def test_without_javascript_the_plain_form_works(opened, large):
    page = opened(java_script_enabled=False)

    page.set_input_files("[name=files]", large)
    with page.expect_navigation(url="**/my/"):
        page.get_by_role("button", name="Upload").click()

    expect(page.get_by_text("you need not give it again")).to_be_visible(timeout=PATIENCE)
    assert Document.objects.get().pages.get().height == 2000


def test_a_phones_photo_is_made_smaller_before_it_is_sent(opened, tmp_path):
    page = opened()
    path = tmp_path / "phone.jpg"
    path.write_bytes(photo_of_phone())
    chunks = []
    page.on("request", lambda request: chunks.append(request) if request.method == "PATCH" else None)

    page.set_input_files("[name=files]", path)
    page.get_by_role("button", name="Upload").click()

    expect(page.get_by_text("you need not give it again")).to_be_visible(timeout=PATIENCE)
    assert 0 < len(chunks) < path.stat().st_size / CHUNK / 2
    kept = Document.objects.get().pages.get()
    assert (kept.width, kept.height) == (1500, 2000)


def test_a_broken_line_and_a_reload_lose_nothing(opened, large):
    page = opened()
    # The line breaks after the first chunk, and is back later.
    broken = {"after": 1}

    def line(route):
        if route.request.method == "PATCH":
            broken["after"] -= 1
            if broken["after"] < 0:
                return route.abort()
        return route.continue_()

    page.route("**/my/documents/uploads/**", line)
    page.set_input_files("[name=files]", large)
    page.get_by_role("button", name="Upload").click()
    expect(page.get_by_text(re.compile("No connection. It goes on by itself in"))).to_be_visible(
        timeout=PATIENCE
    )
    received = Upload.objects.get().received
    page.reload()
    expect(page.get_by_text("Sending “scan.jpg” was broken off. Choose the same file again")).to_be_visible()

    broken["after"] = 99
    offsets = []
    page.on(
        "request",
        lambda request: (
            offsets.append(int(request.headers["upload-offset"])) if request.method == "PATCH" else None
        ),
    )
    page.set_input_files("[name=files]", large)
    page.get_by_role("button", name="Upload").click()

    expect(page.get_by_text("you need not give it again")).to_be_visible(timeout=PATIENCE)
    assert (received, offsets[0]) == (512 * 1024, 512 * 1024)
    assert (Upload.objects.count(), Document.objects.count()) == (0, 1)
    assert page.evaluate("localStorage.length") == 0


def test_a_refusal_is_told_beside_the_form(opened, tmp_path):
    page = opened()
    path = tmp_path / "letter.jpg"
    path.write_text("Dear Sir")

    page.set_input_files("[name=files]", path)
    page.get_by_role("button", name="Upload").click()

    expect(page.locator("[aria-live].error")).to_have_text(
        "“letter.jpg” is neither a picture nor a PDF, whatever its name says. Take a photo of the paper."
    )
    expect(page.get_by_role("button", name="Upload")).to_be_enabled()
    assert page.evaluate("localStorage.length") == 0
