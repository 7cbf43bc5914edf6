"""The auditor's and the Controller's pages in a real browser, on a phone, in both languages."""

import pytest
from django.conf import settings
from django.test import Client

from degreetrack.accounts.models import Role
from degreetrack.applications.lifecycle import State
from degreetrack.journal.services import seal_new
from tests.e2e.chromium import needs_chromium
from tests.e2e.test_applicants_way import Phone
from tests.e2e.test_whole_life import browser  # noqa: F401

pytestmark = [
    pytest.mark.django_db(transaction=True),
    needs_chromium,
]


@pytest.mark.parametrize("language", ["en", "ur"])
def test_audit_and_wording_please_axe(language, browser, live_server, in_state, clerks):  # noqa: F811
    application = in_state(State.OBJECTED)
    seal_new()
    phone = Phone(browser, live_server.url, language)
    known = Client()
    known.force_login(clerks(Role.CONTROLLER))
    key = known.cookies[settings.SESSION_COOKIE_NAME].value
    phone.page.context.add_cookies(
        [{"name": settings.SESSION_COOKIE_NAME, "value": key, "url": live_server.url}]
    )

    phone.open("/staff/audit/")
    phone.page.fill("[name=case]", application.tracking_id)
    assert application.tracking_id in phone.press("main form[role=search] button")
    phone.page.fill("[name=case]", "nothing")
    phone.press("main form[role=search] button")
    phone.open("/staff/notices/wording/")
    phone.open(f"/staff/notices/wording/object/{language}/email/")
    phone.press("button[name=preview]")
    phone.page.fill("[name=text]", "{{ cnic }}")
    phone.press("button[name=save]")
