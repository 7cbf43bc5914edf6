"""An applicant's whole way on a phone, in both languages, each page looked at by axe."""

import hashlib
import hmac
import json
import re
import time
from datetime import date
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.core.management import call_command
from playwright.sync_api import Page

from degreetrack.accounts.models import Role
from degreetrack.applications import services
from degreetrack.applications.intake import follow_payments
from degreetrack.applications.models import Application
from degreetrack.documents.models import Document
from degreetrack.fees.models import Challan
from degreetrack.notifications.channels.email import stop_link
from degreetrack.notifications.models import Notice
from tests.documents.papers import pdf, photo_of_phone
from tests.e2e.chromium import needs_chromium
from tests.e2e.test_whole_life import PATIENCE, SHOTS, browser  # noqa: F401
from tests.life import blank_of

pytestmark = [
    pytest.mark.django_db(transaction=True),
    needs_chromium,
]
SECRET = "a-secret-of-the-bank-that-is-long-enough"


class Phone:
    """A phone of 360 pixels whose every page must please axe and fit the screen."""

    def __init__(self, browser, site: str, language: str) -> None:  # noqa: F811
        self.page: Page = browser.new_context(viewport={"width": 360, "height": 740}).new_page()
        self.page.set_default_timeout(PATIENCE)
        self.site, self.language, self.shots = site, language, 0
        self.page.goto(f"{site}/language/{language}/?next=/my/")

    def open(self, path: str) -> str:
        self.page.goto(self.site + path)
        return self.looked_at()

    def looked_at(self) -> str:
        """What stands on the page, after axe has looked at it."""
        told = Axe().run(self.page)
        assert told.violations_count == 0, f"{self.page.url}\n{told.generate_report()}"
        overflow = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert self.page.evaluate(overflow) <= 0, self.page.url
        self.shots += 1
        if SHOTS:
            name = f"applicant-{self.shots:02}-{self.language}.png"
            self.page.screenshot(path=SHOTS / name, full_page=True)
        return self.page.inner_text("main")

    def press(self, selector: str) -> str:
        with self.page.expect_navigation():
            self.page.click(selector)
        return self.looked_at()

    def sign_in(self, number: str) -> None:
        self.page.fill("[name=number]", number)
        self.press("main button")
        outbox = self.page.context.new_page()
        outbox.goto(f"{self.site}/demo/outbox/")
        code = re.search(r"\b\d{6}\b", outbox.inner_text("main"))[0]
        outbox.close()
        self.page.fill("[name=code]", code)
        self.press("main button")

    def give(self, code: str, file: dict) -> None:
        self.page.set_input_files(f"#files-{code}", file)
        self.page.click(f"#paper-{code} form[data-resume] button")


@pytest.fixture
def paid(settings, client, tmp_path):
    """Pay a challan as the bank's file tells it, or as its system calls."""
    settings.PAYMENT_SECRETS = {"hbl": [SECRET]}

    def by_file(challan: Challan) -> None:
        path = tmp_path / "bank.csv"
        row = f"F1,{challan.number},{challan.amount},{date.today()},payment,"
        path.write_text(f"reference,challan_no,amount,paid_on,kind,reverses\n{row}\n", encoding="utf-8")
        call_command("import_payments", str(path))

    def by_webhook(challan: Challan) -> None:
        told = {"reference": "W1", "challan_no": challan.number, "amount": challan.amount}
        body = json.dumps(told | {"paid_on": str(date.today()), "kind": "payment"})
        stamp = str(int(time.time()))
        digest = hmac.new(SECRET.encode(), f"{stamp}.{body}".encode(), hashlib.sha256).hexdigest()
        answer = client.post(
            "/api/v1/payments/hbl/",
            body,
            content_type="application/json",
            headers={"X-Timestamp": stamp, "X-Signature": f"sha256={digest}"},
        )
        assert answer.status_code == 200, answer.content

    return {"en": by_file, "ur": by_webhook}


@pytest.mark.parametrize("language", ["en", "ur"])
def test_from_the_code_to_the_delivered_certificate(
    language,
    browser,  # noqa: F811
    live_server,
    a_result,
    clerks,
    paid,
    settings,
    tmp_path,
):
    settings.VAR_DIR = tmp_path
    result = a_result("BO680724")
    phone = Phone(browser, live_server.url, language)
    phone.sign_in("bo 680724")

    # What stands in the way is told before anything is paid.
    type(result).objects.update(result_codes="R/E")
    phone.open("/my/apply/")
    assert "R/E" in phone.press("main form button")
    assert phone.page.locator("[name=begin]").count() == 0
    type(result).objects.update(result_codes="")
    phone.press("main form button")
    phone.press("[name=begin]")

    # A text that calls itself a picture is refused; a phone's photo and a PDF are taken.
    wrong = {"name": "cnic.jpg", "mimeType": "image/jpeg", "buffer": b"I am no picture. " * 99}
    phone.give("cnic", wrong)
    phone.page.locator("#paper-cnic .said", has_text=re.compile(r"\S")).wait_for()
    phone.page.locator("text=cnic.jpg").first.wait_for()
    assert Document.objects.count() == 0
    here = phone.page.url
    for code, file in {
        "cnic": {"name": "cnic.jpg", "mimeType": "image/jpeg", "buffer": photo_of_phone()},
        "matric": {"name": "matric.pdf", "mimeType": "application/pdf", "buffer": pdf(1)},
        "inter": {"name": "inter.pdf", "mimeType": "application/pdf", "buffer": pdf(2)},
    }.items():
        phone.page.goto(here)
        phone.give(code, file)
        phone.page.locator(f"#paper-{code} .pages").wait_for()
    phone.looked_at()
    phone.press("main > form button")
    phone.page.fill("[name=address]", "House 5, Street 9, Rawalpindi")
    phone.page.check(f"[name=language][value={language}]")
    phone.press("main form button")
    phone.page.check("[name=right][value=yes]")
    phone.press("main form button")
    phone.press("main form button")

    paid[language](Challan.objects.get())
    follow_payments()
    application = Application.objects.get()
    tracking_id = application.tracking_id
    assert tracking_id in phone.open("/my/")

    services.move(
        tracking_id,
        "object",
        by=clerks(Role.SCRUTINY),
        objections=[("no-signature", None), ("cnic-copy", None)],
    )
    phone.open(f"/my/case/{tracking_id}/")
    first, second = application.objections.all()
    form = "form:has([name=objection][value='{}'])"
    phone.page.fill(f"#answer-{first.pk}", "Signed and sent by post")
    phone.press(form.format(first.pk) + " button")
    phone.press("[name=send]")
    phone.page.set_input_files(f"#paper-{second.pk}", {**wrong, "buffer": photo_of_phone()})
    phone.press(form.format(second.pk) + " button")
    phone.press("[name=send]")
    application.refresh_from_db()
    assert application.state == "answered"

    for verb, role, facts in (
        ("check", Role.SCRUTINY, {}),
        ("verify", Role.VERIFICATION, {}),
        ("approve", Role.APPROVAL, {}),
        ("print", Role.PRINTING, {"stock_no": blank_of(application.kind)}),
        ("sign", Role.SIGNATURE, {}),
        ("dispatch", Role.DISPATCH, {"courier": "TCS", "consignment_no": "TCS1234"}),
        ("deliver", Role.DISPATCH, {}),
    ):
        services.move(tracking_id, verb, by=clerks(role), **facts)
    assert "TCS" in phone.open(f"/my/case/{tracking_id}/")
    phone.open("/my/news/")
    phone.open("/my/sessions/")
    assert phone.page.locator("form[action$='/end/']").count() == 1


@pytest.mark.parametrize("language", ["en", "ur"])
def test_every_public_page_pleases_axe(language, browser, live_server, in_state):  # noqa: F811
    application = in_state(email="gul@example.org")
    stop = urlsplit(stop_link(Notice.objects.get(channel="email"))).path
    phone = Phone(browser, live_server.url, language)

    for path in (
        "/",
        "/in-process/",
        f"/in-process/?q={application.result.roll_no}",
        "/incomplete/?q=ZZ999999",
        f"/status/{application.tracking_id}/",
        "/apply/",
        f"/verify/?q={application.tracking_id}",
        "/staff/login/",
        "/staff/password-reset/",
        "/my/sign-in/",
        stop,
        "/my/new-mobile/",
        "/my/new-mobile/sent/",
        "/nowhere/",
    ):
        phone.open(path)
