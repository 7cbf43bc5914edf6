"""E-mail to a real SMTP server, which takes, postpones, refuses, or is not there."""

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from degreetrack.notifications import services
from degreetrack.notifications.models import Fate, Notice
from tests.notifications.conftest import Mailbox, free_port

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


def _fate() -> tuple[str, str]:
    notice = Notice.objects.get()
    return notice.fate, notice.problem


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

    services.deliver_due()

    notice = Notice.objects.get()
    assert (notice.fate, said[:3] in notice.problem) == (fate, True)


def test_a_server_that_is_not_there_is_tried_again(send_to):
    send_to(free_port())
    _queue()

    services.deliver_due()

    assert _fate() == (Fate.QUEUED, "ConnectionRefusedError")


def test_our_own_sign_in_refused_costs_no_notice(send_to):
    def refuse(*_what) -> AuthResult:
        return AuthResult(success=False, handled=False)

    options = {"authenticator": refuse, "auth_required": True, "auth_require_tls": False}
    server = Controller(Mailbox(), hostname="127.0.0.1", port=free_port(), **options)
    server.start()
    send_to(server.port, username="us", password="wrong")
    _queue()

    services.deliver_due()
    server.stop()

    assert _fate() == (Fate.QUEUED, "SMTP 535")


@pytest.mark.parametrize("address", ["gül@example.org", "gul@example.org\nBcc: all@example.org", "@"])
def test_an_address_that_cannot_be_written_fails_alone(address, mailbox):
    bad = _queue(email=address)
    _queue()

    services.deliver_due()

    bad.refresh_from_db()
    assert mailbox.recipients == ["gul@example.org"]
    assert bad.fate == Fate.FAILED
