"""A session with a scanner in a real browser: it types fast, ends each code with Enter, and errs."""

from io import BytesIO

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.core.files.uploadedfile import SimpleUploadedFile
from playwright.sync_api import Page, expect
from pypdf import PdfReader

from degreetrack.accounts.models import Role, Section, User
from degreetrack.applications import checklists
from degreetrack.applications.lifecycle import State
from degreetrack.catalogue.models import ChecklistItem, RequiredDocument
from degreetrack.documents.services import take_in
from degreetrack.journal.services import timeline
from tests.documents.papers import photo_of_phone
from tests.e2e.chromium import needs_chromium
from tests.e2e.test_whole_life import PATIENCE, SHOTS, browser  # noqa: F401
from tests.life import applicant_of

pytestmark = [
    pytest.mark.django_db(transaction=True),
    needs_chromium,
]
EAN = "8961014123454"
ELSEWHERE = "https://look-alike.example/status/EBN-AGZ-2G3K/"


@pytest.fixture
def seated(person, client, settings):
    """Somebody of an institution's own section, and the cookie of their browser."""

    def sit(section: str, role: str, site: str, **more) -> dict:
        user = person(role, **more)
        user.section = Section.objects.get(pk=section)
        user.save()
        client.force_login(user)
        key = client.cookies[settings.SESSION_COOKIE_NAME].value
        return {"name": settings.SESSION_COOKIE_NAME, "value": key, "url": site}

    return sit


@pytest.fixture
def opened(browser, live_server):  # noqa: F811
    """A page of a signed-in browser in one language."""

    def open_page(cookie: dict, path: str, language: str = "en", width: int = 1280, **options) -> Page:
        context = browser.new_context(viewport={"width": width, "height": 900}, **options)
        context.add_cookies([cookie])
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.goto(f"{live_server.url}/language/{language}/?next={path}")
        return page

    return open_page


def _looked_at(page: Page, name: str) -> None:
    """Axe has nothing to say, nothing runs out of the screen, and a picture is kept where asked for."""
    told = Axe().run(page)
    assert told.violations_count == 0, f"{page.url}\n{told.generate_report()}"
    overflow = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert page.evaluate(overflow) <= 0, page.url
    if SHOTS:
        page.screenshot(path=SHOTS / f"{name}.png", full_page=True)


def _type(page: Page, code: str) -> None:
    """As a scanner does: keys without a pause, then Enter, whatever has the focus."""
    page.keyboard.type(code)
    page.keyboard.press("Enter")


def _verbs(application) -> list[str]:
    return [entry.verb for entry in timeline(application.stream) if entry.verb.startswith("paper")]


def test_a_session_of_good_double_wrong_and_foreign_codes(live_server, in_state, seated, opened):
    files = [in_state() for _each in range(10)]
    elsewhere = in_state(office="lahore")
    cookie = seated("regional", Role.REGIONAL, live_server.url, office="karachi")
    type(elsewhere).objects.exclude(pk=elsewhere.pk).update(office="karachi")
    page = opened(cookie, "/staff/scan/")
    loads = []
    page.on("framenavigated", lambda frame: loads.append(frame.url))
    misread = files[0].tracking_id[:-1] + ("4" if files[0].tracking_id[-1] != "4" else "7")

    # Nothing waits for an answer: the queue of the page keeps the order.
    for application in files:
        _type(page, f"DT:{application.tracking_id}")
    _type(page, f"DT:{files[-1].tracking_id}")
    _type(page, misread)
    page.locator("h1").click()
    _type(page, EAN)
    _type(page, ELSEWHERE)
    _type(page, elsewhere.tracking_id)
    lines = page.locator(".scans li")
    expect(lines).to_have_count(15, timeout=PATIENCE)

    verdicts = page.locator(".scans li > b").all_inner_texts()
    assert verdicts[::-1] == ["Done"] * 10 + [
        "Double scan",
        "Wrong code",
        "Foreign code",
        "Foreign code",
        "Unknown",
    ]
    assert f"Character 10 looks wrong: is it {files[0].tracking_id}?" in lines.nth(3).inner_text()
    assert EAN not in page.content()
    assert [_verbs(application) for application in files] == [["paper_received"]] * 10
    assert _verbs(elsewhere) == []
    assert loads == []
    assert page.evaluate("document.activeElement.id") == "code"
    assert page.locator("[data-part=last]").get_attribute("aria-live") == "assertive"
    _looked_at(page, "scan-1280-en")

    # The last one is taken back; the journal keeps both.
    page.get_by_role("button", name="Undo the last").click()
    expect(lines).to_have_count(16, timeout=PATIENCE)
    expect(page.locator(".verdict b")).to_have_text("Undone", timeout=PATIENCE)
    assert _verbs(files[-1]) == ["paper_received", "paper_undone"]
    for language, width in (("en", 360), ("ur", 360), ("ur", 1280)):
        _looked_at(opened(cookie, "/staff/scan/", language, width), f"scan-{width}-{language}")


def test_without_javascript_a_scan_reloads_the_page_and_says_the_same(live_server, in_state, seated, opened):
    application = in_state()
    cookie = seated("printing", Role.PRINTING, live_server.url)
    page = opened(cookie, "/staff/scan/", java_script_enabled=False)

    page.fill("#code", f"dt:{application.tracking_id.lower()}")
    with page.expect_navigation():
        page.get_by_role("button", name="Enter").click()

    assert page.locator(".verdict b").inner_text() == "Done"
    assert _verbs(application) == ["paper_received"]


def test_a_broken_line_keeps_the_scans_and_sends_them_later(live_server, in_state, seated, opened):
    first, second = in_state(), in_state()
    page = opened(seated("printing", Role.PRINTING, live_server.url), "/staff/scan/")
    page.context.set_offline(True)

    _type(page, first.tracking_id)
    _type(page, second.tracking_id)
    expect(page.get_by_text("No connection. The scans are kept")).to_be_visible(timeout=PATIENCE)
    page.context.set_offline(False)

    expect(page.locator(".scans li")).to_have_count(2, timeout=PATIENCE)
    assert (_verbs(first), _verbs(second)) == (["paper_received"], ["paper_received"])


def test_a_code_with_a_nul_is_told_to_be_unreadable(live_server, in_state, seated, opened):
    application = in_state()
    page = opened(seated("printing", Role.PRINTING, live_server.url), "/staff/scan/")

    page.evaluate("text => { document.querySelector('#code').value = text; }", f"{application.tracking_id}\0")
    page.keyboard.press("Enter")

    expect(page.get_by_text("This code cannot be read, and nothing was done.")).to_be_visible(
        timeout=PATIENCE
    )
    assert _verbs(application) == []


def test_ticks_go_along_with_a_decision_and_are_not_left_unasked(live_server, in_state, seated, opened):
    application = in_state()
    point = ChecklistItem.objects.get(document="cnic", order=1)
    case = f"/staff/case/{application.tracking_id}/"
    page = opened(seated("scrutiny", Role.SCRUTINY, live_server.url), case)
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))

    page.check(f"[name=point-{point.pk}][value=right]")
    with page.expect_event("dialog"):
        page.evaluate("() => { location.href = '/staff/'; }")
    page.click(f"form[action='{case}check/'] button")
    expect(page.get_by_text("Done: ")).to_be_visible(timeout=PATIENCE)

    assert asked == ["beforeunload"]
    assert list(application.checked.values_list("item", "right")) == [(point.pk, True)]


@pytest.mark.parametrize("language", ["en", "ur"])
def test_the_pages_of_scrutiny_please_axe_and_fit(language, live_server, in_state, seated, opened):
    application = in_state(State.CHECKED, urgent=True)
    student, case = application.result.student, f"/staff/case/{application.tracking_id}/"
    paper = take_in(
        student,
        [SimpleUploadedFile("cnic.jpg", photo_of_phone())],
        requirement=RequiredDocument.objects.get(pk="cnic"),
        by=applicant_of(application),
    )
    cookie = seated("verification", Role.VERIFICATION, live_server.url, supervisor=True)
    point = ChecklistItem.objects.get(document="cnic", order=1)
    supervisor = User.objects.get(supervisor=True)
    checklists.save_checks(application.tracking_id, by=supervisor, ticks={point.pk: False})

    for width in (1280, 360):
        for name, path in {
            "case": case,
            "compare": f"{case}compare/{paper.pk}/",
            "cover": f"{case}cover/",
            "slip": f"{case}slip/",
            "labels": "/staff/work/checked/labels/",
            "proposals": "/staff/proposals/",
        }.items():
            page = opened(cookie, path, language, width)
            _looked_at(page, f"{name}-{width}-{language}")
            if name == "compare":
                first, second = (page.locator(".side-by-side > div").nth(n).bounding_box() for n in (0, 1))
                beside = abs(first["y"] - second["y"]) < 5
                assert beside is (width == 1280)
            page.context.close()


def test_cover_and_labels_print_on_one_sheet_each(live_server, in_state, seated, opened, tmp_path):
    files = [in_state() for _each in range(24)]
    cookie = seated("scrutiny", Role.SCRUTINY, live_server.url)

    for name, path in (
        ("cover", f"/staff/case/{files[0].tracking_id}/cover/"),
        ("labels", "/staff/work/received/labels/"),
    ):
        page = opened(cookie, path)
        printed = page.pdf(prefer_css_page_size=True, path=(SHOTS or tmp_path) / f"{name}.pdf")
        sheets = PdfReader(BytesIO(printed)).pages
        # Kerning makes gaps in what is drawn.
        text = "".join(sheets[0].extract_text().split())
        assert len(sheets) == 1, name
        assert [round(float(side)) for side in sheets[0].mediabox[2:]] == [595, 842]
        assert [one.tracking_id for one in files if one.tracking_id in text] == [
            one.tracking_id for one in (files[:1] if name == "cover" else files)
        ]
        assert "Nobodymayask" not in text
        page.emulate_media(media="print")
        page.set_viewport_size({"width": 794, "height": 1123})
        if SHOTS:
            page.screenshot(path=SHOTS / f"{name}-printed.png")
