"""How applicants are reached, and what staff see of it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from degreetrack.accounts.models import Role
from degreetrack.applicants import contacts
from degreetrack.applicants.models import ContactClaim
from degreetrack.applications import news
from degreetrack.applications.lifecycle import State
from degreetrack.applications.models import Application
from degreetrack.notifications import addresses
from degreetrack.notifications.delivery import deliver_due
from degreetrack.notifications.models import Address, Channel, Fate, Line, Notice
from degreetrack.notifications.services import queue

pytestmark = pytest.mark.django_db
MOBILE = "+923001234567"


@pytest.fixture
def case(in_state) -> Application:
    """A case with both addresses."""
    return in_state(mobile=MOBILE, email="ayesha@example.org", language="en")


@pytest.fixture
def browser(case, signed_in):
    """The browser of its applicant."""
    return signed_in(case.result.student)


def test_news_goes_to_the_number_that_the_desk_has_confirmed_since(case, clerks):
    claim = ContactClaim.objects.create(
        student=case.result.student, mobile="+923451112223", email="new@example.org", made_at=timezone.now()
    )
    contacts.decide(claim.pk, confirm=True, by=clerks(Role.RECEIPT), reason="CNIC seen")

    news.send("submit", case, at=timezone.now())

    told = Notice.objects.filter(stream=case.stream).order_by("-pk")[:2]
    assert {notice.to for notice in told} == {"+923451112223", "new@example.org"}


def test_an_applicant_sees_what_does_not_arrive_and_mends_it(case, browser):
    assert "do not arrive" not in browser.get("/my/").content.decode()
    addresses.mark_failed(Channel.SMS, MOBILE, "SMPP 0x0b")

    assert "•••••••4567" in browser.get("/my/").content.decode()
    page = browser.get("/my/news/").content.decode()
    assert "Nothing arrives there since" in page
    assert MOBILE not in page
    browser.post("/my/news/choose/", {"place": "0", "wish": "again"})
    assert Address.objects.get().failed_at is None


def test_an_applicant_stops_and_resumes_one_channel(case, browser):
    page = browser.post("/my/news/choose/", {"place": "1", "wish": "stop"}, follow=True).content.decode()

    assert "You have stopped news here" in page
    [mail] = [n for n in queue_news(case) if n.channel == Channel.EMAIL]
    assert (mail.to, mail.fate) == ("ayesha@example.org", Fate.DROPPED)
    browser.post("/my/news/choose/", {"place": "1", "wish": "resume"})
    assert {notice.fate for notice in queue_news(case)} == {Fate.QUEUED}


def queue_news(case: Application) -> list[Notice]:
    """The notices of one more piece of news."""
    before = Notice.objects.latest("pk").pk
    news.send("submit", case, at=timezone.now())
    return list(Notice.objects.filter(pk__gt=before))


def test_the_language_of_what_comes_is_chosen_for_open_cases(case, browser, in_state):
    ended = in_state(State.WITHDRAWN, result=case.result, kind="DMC", language="en")

    browser.post("/my/news/choose/", {"language": "ur"})

    case.refresh_from_db()
    ended.refresh_from_db()
    assert (case.language, ended.language) == ("ur", "en")
    assert {notice.language for notice in queue_news(case)} == {"ur"}


@pytest.mark.parametrize(
    "posted",
    [{}, {"place": "9", "wish": "stop"}, {"place": "x"}, {"place": "0", "wish": "burn"}, {"language": "fr"}],
)
def test_other_wishes_are_told_what_to_do(posted, browser):
    page = browser.post("/my/news/choose/", posted, follow=True)

    assert page.status_code == 200
    assert 'role="alert"' in page.content.decode() or "messages" in page.content.decode()
    assert not Address.objects.exclude(stopped_at=None).exists()


def test_nobody_chooses_without_signing_in(client, aiou):
    assert client.post("/my/news/choose/", {"language": "ur"})["Location"] == "/my/sign-in/"


def test_staff_see_fates_and_bad_addresses_on_the_case_and_send_again(case, desk, mailbox):
    mailbox.answer_recipient = "550 No such mailbox"
    deliver_due()
    client = desk(Role.RECEIPT)
    page = client.get(f"/staff/case/{case.tracking_id}/").content.decode()
    assert "nothing arrives there since" in page
    assert "SMTP 550" in page
    lost = Notice.objects.get(stream=case.stream, channel="email")

    answer = client.post(f"/staff/case/{case.tracking_id}/notice/{lost.pk}/again/", follow=True)

    assert "It is queued once more." in answer.content.decode()
    mailbox.answer_recipient = ""
    deliver_due()
    assert mailbox.recipients == ["ayesha@example.org"]


@pytest.mark.parametrize("role", [Role.SCRUTINY, Role.AUDITOR, Role.APPROVAL])
def test_only_the_counters_send_again(role, case, desk):
    notice = Notice.objects.first()
    Notice.objects.update(fate=Fate.FAILED)

    client = desk(role)

    assert client.post(f"/staff/case/{case.tracking_id}/notice/{notice.pk}/again/").status_code == 403
    assert "Send again" not in client.get(f"/staff/case/{case.tracking_id}/").content.decode()


def test_a_notice_of_another_case_is_not_sent_from_this_one(case, desk, in_state):
    other = in_state()
    notice = Notice.objects.filter(stream=other.stream).first()
    Notice.objects.update(fate=Fate.FAILED)

    answer = desk(Role.RECEIPT).post(f"/staff/case/{case.tracking_id}/notice/{notice.pk}/again/")

    assert answer.status_code == 404


def test_the_notices_page_tells_rates_backlog_reasons_and_what_was_lost(case, desk):
    now = timezone.now()
    sms, mail = Notice.objects.get(channel="sms"), Notice.objects.get(channel="email")
    Notice.objects.filter(pk=sms.pk).update(fate=Fate.FAILED, problem="SMPP 0x0b", ended_at=now)
    Notice.objects.filter(pk=mail.pk).update(due_at=now - timedelta(hours=3))
    Line.objects.create(channel="email", shut_until=now + timedelta(minutes=1), problem="SMTP 421")

    page = desk(Role.CONTROLLER).get("/staff/notices/").content.decode()

    assert case.tracking_id in page
    for words in ("SMPP 0x0b", "SMTP 421", "the oldest for 3", "<svg"):
        assert words in page, words
    assert "ayesha@example.org" not in page


def test_the_notices_page_is_paged_by_key(case, desk, monkeypatch):
    Notice.objects.update(fate=Fate.FAILED)
    monkeypatch.setattr("degreetrack.web.desk.notices.PAGE", 1)
    client = desk(Role.AUDITOR)
    first, second = Notice.objects.order_by("-pk")

    assert f"?before={first.pk}" in client.get("/staff/notices/").content.decode()
    assert "?before" not in client.get(f"/staff/notices/?before={first.pk}").content.decode()
    assert client.get("/staff/notices/?before=x").status_code == 200
    assert second.pk < first.pk


def test_other_sections_do_not_read_it(desk, aiou):
    assert desk(Role.PRINTING).get("/staff/notices/").status_code == 403


def test_every_notice_is_shown_with_its_parts_and_cost(desk, aiou):
    page = desk(Role.SCRUTINY).get("/staff/notices/wording/").content.decode()

    assert "SMS in 1 part, Rs. 0.55" in page
    assert "SMS in 2 parts, Rs. 1.10" in page
    for template in ("asked_status · ur", "password_reset · en", "reminder · ur"):
        assert template in page


def test_codes_go_even_where_news_was_stopped(case):
    addresses.stop(Channel.SMS, MOBILE)

    [code] = queue(
        "sign_in_code", stream="student/1", email="", mobile=MOBILE, language="en", context={}, priority=0
    )

    assert code.fate == Fate.QUEUED
