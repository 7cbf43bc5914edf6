"""From the delivery of blanks to the consignment number, at the desk's own pages, each looked at by axe."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.test import Client
from playwright.sync_api import Page

from degreetrack.accounts.models import Role, User
from degreetrack.applications.lifecycle import State
from degreetrack.applications.models import Application
from degreetrack.credentials.balance import check_stock
from degreetrack.issuing.models import Manifest, Run
from tests.e2e.chromium import needs_chromium
from tests.e2e.test_whole_life import PATIENCE, SHOTS, browser  # noqa: F401

pytestmark = [
    pytest.mark.django_db(transaction=True),
    needs_chromium,
]


class Clerk:
    """A clerk who is signed in, and whose every page must please axe and fit the screen."""

    def __init__(self, browser, site: str, user: User, language: str) -> None:  # noqa: F811
        client = Client()
        client.force_login(user)
        context = browser.new_context(viewport={"width": 1100, "height": 900})
        cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": site}
        context.add_cookies([cookie])
        self.page: Page = context.new_page()
        self.page.set_default_timeout(PATIENCE)
        self.site, self.name = site, f"{next(iter(user.roles))}-{language}"
        self.page.goto(f"{site}/language/{language}/?next=/staff/")

    def open(self, path: str) -> None:
        self.page.goto(self.site + path)
        self.looked_at()

    def press(self, selector: str) -> None:
        with self.page.expect_navigation():
            self.page.click(selector)
        self.looked_at()

    def looked_at(self) -> None:
        told = Axe().run(self.page)
        assert told.violations_count == 0, f"{self.page.url}\n{told.generate_report()}"
        overflow = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert self.page.evaluate(overflow) <= 0, self.page.url
        if SHOTS:
            place = re.sub(r"\W+", "-", self.page.url.removeprefix(self.site))
            self.page.screenshot(path=SHOTS / f"issuing{place}{self.name}.png", full_page=True)


@pytest.mark.parametrize("language", ["en", "ur"])
def test_from_the_blanks_to_the_consignment_number(
    language,
    browser,  # noqa: F811
    live_server,
    clerks,
    files,
):
    first, second, third = files(3)
    printer, signer, sender, auditor = (
        Clerk(browser, live_server.url, clerks(role), language)
        for role in (Role.PRINTING, Role.SIGNATURE, Role.DISPATCH, Role.AUDITOR)
    )
    printer.open("/staff/stock/")
    for name, typed in {"prefix": "pc-", "first": "00001", "last": "00050", "paper_no": "Press 7"}.items():
        printer.page.fill(f"main [name={name}]", typed)
    printer.press("form[action$='/stock/receive/'] button")

    printer.open("/staff/runs/")
    printer.press("form[action$='/runs/start/'] button")
    run = Run.objects.get()
    spoilt = run.lines.get(position=2)
    printer.page.click(f"details:has(#reason-{spoilt.pk}) summary")
    printer.page.fill(f"#reason-{spoilt.pk}", "Ink ran")
    printer.press(f"form[action$='/spoil/{spoilt.pk}/'] button")
    printer.page.uncheck(f"input[name=line][value='{run.lines.get(position=3).pk}']")
    printer.press("#good button")
    printer.press("form[action$='/close/'] button")
    printer.press("button.danger")

    signer.open("/staff/runs/")
    signer.press("td a[href$='/signatures/']")
    signer.press("#signed button")

    sender.open("/staff/manifests/")
    sender.press("form[action$='/manifests/start/'] button")
    manifest = Manifest.objects.get()
    sender.page.fill("[name=file]:not([type=file])", first.tracking_id.lower())
    sender.page.fill("[name=consignment_no]", "TCS1001")
    sender.press("form[action$='/number/'] button")
    data = b"position,consignment_no\r\n2,TCS1002\r\n9,TCS1003\r\n"
    sender.page.set_input_files("#numbers-file", {"name": "tcs.csv", "mimeType": "text/csv", "buffer": data})
    sender.press("form[action$='/numbers/'] button")
    sender.press("form[action$='/close/'] button")
    sender.press("button.danger")
    told = b"consignment_no,outcome,reason\r\nTCS1001,delivered,\r\nTCS1002,returned,Locked\r\n"
    sender.open("/staff/manifests/")
    sender.page.set_input_files("#told-file", {"name": "d.csv", "mimeType": "text/csv", "buffer": told})
    sender.page.select_option("#told-courier", manifest.courier)
    sender.press("form[action$='/deliveries/'] button")

    for path in (
        "/staff/stock/",
        f"/staff/stock/{run.lines.get(position=1).blank.lot_id}/",
        f"/staff/runs/{run.pk}/",
        f"/staff/manifests/{manifest.pk}/",
    ):
        auditor.open(path)
    states = [Application.objects.get(pk=case.pk).state for case in (first, second, third)]
    assert states == [State.DELIVERED, State.UNDELIVERED, State.APPROVED]
    assert list(check_stock()) == []
