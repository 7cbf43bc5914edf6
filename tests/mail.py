"""A real mail server on loopback."""

import email
import socket
from email import policy

import pytest
from aiosmtpd.controller import Controller


class Mailbox:
    """Takes mail, unless told to answer otherwise; `answers` are given in turn, then all is taken."""

    def __init__(self) -> None:
        self.answers: list[str] = []
        self.answer_recipient = ""
        self.mails: list[email.message.EmailMessage] = []
        self.envelopes: list[str] = []

    async def handle_RCPT(self, server, session, envelope, address, options) -> str:
        if self.answer_recipient:
            return self.answer_recipient
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope) -> str:
        if self.answers:
            return self.answers.pop(0)
        self.envelopes.append(envelope.mail_from)
        self.mails.append(email.message_from_bytes(envelope.content, policy=policy.default))
        return "250 OK"

    @property
    def recipients(self) -> list[str]:
        """To whom mail arrived, in order."""
        return [mail["To"] for mail in self.mails]


def free_port() -> int:
    """A port on which nothing listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@pytest.fixture
def send_to(settings):
    """Point the mailer at a port of this machine."""

    def point(port: int, **more: str) -> None:
        options = {"host": "127.0.0.1", "port": port, "timeout": 5, **more}
        backend = "django.core.mail.backends.smtp.EmailBackend"
        settings.MAILERS = {"default": {"BACKEND": backend, "OPTIONS": options}}

    return point


@pytest.fixture
def mailbox(send_to):
    """A mail server that takes what is sent."""
    box = Mailbox()
    server = Controller(box, hostname="127.0.0.1", port=free_port())
    server.start()
    box.port = server.port
    send_to(server.port)
    yield box
    server.stop()
