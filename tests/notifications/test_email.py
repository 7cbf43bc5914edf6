"""E-mail to a real SMTP server, which takes, postpones, refuses, or is not there."""

import asyncio
from datetime import timedelta

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from degreetrack.notifications import services
from degreetrack.notifications.delivery import deliver_due
from degreetrack.notifications.models import Address, Fate, Line, Notice, Priority
from tests.mail import Mailbox, free_port

pytestmark = pytest.mark.django_db


def _queue(language: str = "en", email: str = "gul@example.org") -> Notice:
    context = {"name": "Gul <Khan>", "institution": "AIOU", "link": "https://example.org/x"}
    return services.queue(
        "password_reset",
        stream="user/1",
        email=email,
        mobile="",
        language=language,
        context=context,
    )[0]


def _waits_for() -> str:
    """Why the line is shut; the notice itself is not to blame."""
    notice = Notice.objects.get()
    assert (notice.fate, notice.attempts) == (Fate.QUEUED, 0)
    return Line.objects.get().problem


def test_text_and_html_arrive_marked_as_automatic(mailbox):
    _queue("ur")

    deliver_due()

    [mail] = mailbox.mails
    notice = Notice.objects.get()
    assert (mail["To"], mail["Auto-Submitted"]) == ("gul@example.org", "auto-generated")
    assert (notice.fate, notice.provider_id) == (Fate.SENT, mail["Message-ID"])
    text, html = mail.get_body(("plain",)).get_content(), mail.get_body(("html",)).get_content()
    assert "https://example.org/x" in text
    assert '<html lang="ur" dir="rtl">' in html
    assert "Gul &lt;Khan&gt;" in html


@pytest.mark.parametrize("where", ["message", "recipient"])
@pytest.mark.parametrize(
    ("said", "fate"), [("450 Greylisted, come again", Fate.QUEUED), ("550 No such mailbox", Fate.FAILED)]
)
def test_the_servers_answer_decides_whether_it_is_tried_again(where, said, fate, mailbox):
    if where == "message":
        mailbox.answers = [said]
    else:
        mailbox.answer_recipient = said
    _queue()

    deliver_due()

    notice = Notice.objects.get()
    assert (notice.fate, said[:3] in notice.problem) == (fate, True)


def test_a_server_that_is_not_there_is_tried_again(send_to):
    send_to(free_port())
    _queue()

    deliver_due()

    assert _waits_for() == "ConnectionRefusedError"


def test_our_own_sign_in_refused_costs_no_notice(send_to):
    def refuse(*_what) -> AuthResult:
        return AuthResult(success=False, handled=False)

    options = {"authenticator": refuse, "auth_required": True, "auth_require_tls": False}
    server = Controller(Mailbox(), hostname="127.0.0.1", port=free_port(), **options)
    server.start()
    send_to(server.port, username="us", password="wrong")
    _queue()

    deliver_due()
    server.stop()

    assert _waits_for() == "SMTP 535"


@pytest.mark.parametrize("address", ["gül@example.org", "gul@example.org\nBcc: all@example.org", "@"])
def test_an_address_that_cannot_be_written_fails_alone(address, mailbox):
    bad = _queue(email=address)
    _queue()

    deliver_due()

    bad.refresh_from_db()
    assert mailbox.recipients == ["gul@example.org"]
    assert bad.fate == Fate.FAILED


def test_news_says_how_to_stop_it_and_what_was_asked_for_does_not(mailbox):
    _queue()
    Notice.objects.update(priority=Priority.NEWS)
    [code] = [_queue()]
    Notice.objects.filter(pk=code.pk).update(priority=Priority.AT_ONCE)

    deliver_due()

    asked, news = mailbox.mails
    assert "List-Unsubscribe" not in asked
    assert news["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert news["List-Unsubscribe"].strip().startswith("<http://127.0.0.1:8000/stop/")
    assert "gul" not in news["List-Unsubscribe"]


def test_a_second_attempt_carries_the_same_message_id(mailbox):
    mailbox.answers = ["250 lost after all"]
    notice = _queue()
    deliver_due()
    Notice.objects.filter(pk=notice.pk).update(fate=Fate.QUEUED, due_at=notice.due_at)

    deliver_due()

    assert mailbox.mails[0]["Message-ID"] == notice.provider_id


class Hanging(Mailbox):
    """Breaks the line in the middle of a message."""

    async def handle_DATA(self, server, session, envelope) -> str:
        if b"hang" in envelope.content and not self.mails:
            server.transport.abort()
            return "250 never arrives"
        return await super().handle_DATA(server, session, envelope)


def test_a_line_that_breaks_in_mid_message_costs_that_one_an_attempt(send_to):
    box = Hanging()
    server = Controller(box, hostname="127.0.0.1", port=free_port())
    server.start()
    send_to(server.port)
    broken = _queue(email="hang@example.org")
    _queue()

    deliver_due()
    server.stop()

    broken.refresh_from_db()
    assert (broken.fate, broken.attempts, broken.problem) == (Fate.QUEUED, 1, "the mail server hung up")
    assert Notice.objects.exclude(pk=broken.pk).get().attempts == 0


class Stalling(Mailbox):
    """Takes a message and never answers."""

    async def handle_DATA(self, server, session, envelope) -> str:
        await asyncio.sleep(30)
        return "250 too late"


def test_a_server_that_stalls_is_left_after_a_while(send_to):
    server = Controller(Stalling(), hostname="127.0.0.1", port=free_port())
    server.start()
    send_to(server.port, timeout=1)
    _queue()

    deliver_due()
    server.stop()

    assert (Notice.objects.get().attempts, Line.objects.get().problem) == (1, "the mail server hung up")


def test_greylisting_is_waited_out_by_that_one_alone(mailbox):
    mailbox.answer_recipient = "451 4.7.1 Greylisted, come again"
    first = _queue()
    deliver_due()
    mailbox.answer_recipient = ""
    _queue(email="next@example.org")

    deliver_due()
    deliver_due(now=first.due_at + timedelta(minutes=2))

    assert mailbox.recipients == ["next@example.org", "gul@example.org"]


def test_a_mailbox_that_is_not_there_gets_no_more_news_but_codes(mailbox):
    mailbox.answer_recipient = "550 No such mailbox"
    _queue()
    deliver_due()
    mailbox.answer_recipient = ""
    assert Address.objects.get().problem == "SMTP 550"

    news = _queue()
    code = services.queue(
        "password_reset", stream="user/1", email="gul@example.org", mobile="", language="en", context={},
        priority=Priority.AT_ONCE,
    )[0]  # fmt: skip

    assert (news.fate, code.fate) == (Fate.DROPPED, Fate.QUEUED)
    later = services.queue(
        "password_reset", stream="user/1", email="gul@example.org", mobile="", language="en", context={},
        at=news.queued_at + timedelta(days=31),
    )[0]  # fmt: skip
    assert later.fate == Fate.QUEUED


def test_bounces_go_to_their_own_address_and_the_reader_sees_ours(mailbox, settings):
    settings.MAIL_BOUNCES = "bounces@uni.example"
    _queue()

    deliver_due()

    assert mailbox.envelopes == ["bounces@uni.example"]
    assert mailbox.mails[0]["From"] == settings.DEFAULT_FROM_EMAIL
