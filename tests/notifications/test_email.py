"""E-mail to a real SMTP server, which takes, postpones, refuses, or is not there."""

import email
import socket
from email import policy

import pytest
from aiosmtpd.controller import Controller

from degreetrack.notifications import services
from degreetrack.notifications.models import Fate, Notice

pytestmark = pytest.mark.django_db


class Mailbox:
    """Takes mail, unless told to answer otherwise."""

    def __init__(self) -> None:
        self.answer = ""
        self.answer_recipient = ""
        self.mails: list[email.message.EmailMessage] = []

    async def handle_RCPT(self, server, session, envelope, address, options) -> str:
        if self.answer_recipient:
            return self.answer_recipient
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope) -> str:
        if self.answer:
            return self.answer
        self.mails.append(email.message_from_bytes(envelope.content, policy=policy.default))
        return "250 OK"


def _mailer(settings, port: int) -> None:
    settings.MAILERS = {
        "default": {
            "BACKEND": "django.core.mail.backends.smtp.EmailBackend",
            "OPTIONS": {"host": "127.0.0.1", "port": port, "timeout": 5},
        }
    }


@pytest.fixture
def mailbox(settings):
    """A mail server on loopback."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    box = Mailbox()
    server = Controller(box, hostname="127.0.0.1", port=port)
    server.start()
    _mailer(settings, port)
    yield box
    server.stop()


def _queue(language: str = "en") -> Notice:
    context = {"name": "Gul <Khan>", "institution": "AIOU", "link": "https://example.org/x"}
    return services.queue(
        "password_reset",
        stream="user/1",
        email="gul@example.org",
        mobile="",
        language=language,
        context=context,
    )[0]


def test_text_and_html_arrive_marked_as_automatic(mailbox):
    _queue("ur")

    services.deliver_due()

    [mail] = mailbox.mails
    notice = Notice.objects.get()
    assert (mail["To"], mail["Auto-Submitted"]) == ("gul@example.org", "auto-generated")
    assert (notice.fate, notice.provider_id) == (Fate.SENT, mail["Message-ID"])
    text, html = mail.get_body(("plain",)).get_content(), mail.get_body(("html",)).get_content()
    assert "https://example.org/x" in text
    assert '<html lang="ur" dir="rtl">' in html
    assert "Gul &lt;Khan&gt;" in html


@pytest.mark.parametrize("where", ["answer", "answer_recipient"])
@pytest.mark.parametrize(
    ("said", "fate"), [("450 Greylisted, come again", Fate.QUEUED), ("550 No such mailbox", Fate.FAILED)]
)
def test_the_servers_answer_decides_whether_it_is_tried_again(where, said, fate, mailbox):
    setattr(mailbox, where, said)
    _queue()

    services.deliver_due()

    notice = Notice.objects.get()
    assert (notice.fate, said[:3] in notice.problem) == (fate, True)


def test_a_server_that_is_not_there_is_tried_again(settings):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        _mailer(settings, free.getsockname()[1])
    _queue()

    services.deliver_due()

    assert (Notice.objects.get().fate, Notice.objects.get().problem) == (
        Fate.QUEUED,
        "ConnectionRefusedError",
    )
