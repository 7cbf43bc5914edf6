"""Mail that came back, by the pipe and by a provider's calls; the link that stops news."""

import base64
import io
import json
from types import SimpleNamespace

import pytest
from django.core.management import call_command
from django.utils import timezone

from degreetrack.journal.services import timeline
from degreetrack.notifications.channels.email import stop_link
from degreetrack.notifications.delivery import deliver_due
from degreetrack.notifications.models import Address, Fate, Notice, Part
from degreetrack.notifications.services import queue
from tests.notifications.gateway import Gateway

pytestmark = pytest.mark.django_db
REPORT = """From: MAILER-DAEMON@mx.example.org
To: bounces@uni.example
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

It did not work.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.org

Final-Recipient: rfc822; {to}
Action: {action}
Status: {status}

--b
Content-Type: {kind}

Message-ID: {message_id}
From: us@uni.example
To: gul@example.org
Subject: Your application

--b--
"""
COMPLAINT = """From: abuse@example.org
To: bounces@uni.example
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="b"

--b
Content-Type: message/feedback-report

Feedback-Type: abuse
User-Agent: x
Version: 1

--b
Content-Type: message/rfc822

Message-ID: {message_id}
To: gul@example.org

Hello
--b--
"""


@pytest.fixture
def sent(mailbox) -> Notice:
    """A notice that a mail server took."""
    notice = _queued()
    deliver_due()
    notice.refresh_from_db()
    return notice


def _pipe(monkeypatch, words: str | bytes) -> str:
    raw = words if isinstance(words, bytes) else words.replace("\n", "\r\n").encode()
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(raw)))
    told = io.StringIO()
    call_command("take_bounce", stdout=told)
    return told.getvalue().strip()


@pytest.mark.parametrize("kind", ["message/rfc822", "text/rfc822-headers"])
@pytest.mark.parametrize(
    ("action", "status", "fate", "marked"),
    [
        ("failed", "5.1.1", Fate.FAILED, True),
        ("failed", "4.4.7", Fate.EXPIRED, False),
        ("delivered", "2.0.0", Fate.DELIVERED, False),
        ("delayed", "4.4.1", Fate.SENT, False),
    ],
)
def test_a_returned_mail_is_tied_to_its_notice(kind, action, status, fate, marked, sent, monkeypatch):
    values = {"message_id": sent.provider_id, "to": "Gul@Example.org"}
    _pipe(monkeypatch, REPORT.format(action=action, status=status, kind=kind, **values))

    sent.refresh_from_db()
    assert (sent.fate, Address.objects.exists()) == (fate, marked)
    if fate != Fate.SENT:
        assert timeline("user/1")[-1].verb == fate


def test_a_report_of_somebody_elses_mail_changes_nothing(sent, monkeypatch):
    values = {"action": "failed", "status": "5.1.1", "kind": "message/rfc822", "to": "gul@example.org"}
    other = REPORT.format(message_id="<guessed@uni.example>", **values)
    swapped = REPORT.format(message_id=sent.provider_id, **values | {"to": "someone@example.org"})

    for words in (other, swapped, "Hello", b"\xff\x00 no mail at all", "", REPORT[:200]):
        assert _pipe(monkeypatch, words).endswith("nothing was done.")
    sent.refresh_from_db()
    assert sent.fate == Fate.SENT


def test_a_complaint_is_a_wish_for_no_more(sent, monkeypatch):
    assert _pipe(monkeypatch, COMPLAINT.format(message_id=sent.provider_id)) == "Taken in."

    assert Address.objects.get().stopped_at is not None
    sent.refresh_from_db()
    assert sent.fate == Fate.SENT


def _call(client, secret: str, **told):
    basic = base64.b64encode(secret.encode()).decode()
    return client.post(
        "/api/v1/mail/postmark/tracking/",
        json.dumps(told),
        content_type="application/json",
        headers={"Authorization": f"Basic {basic}"},
    )


@pytest.fixture
def provider(settings):
    """A mail provider that answers so; what it was sent stands in `asked`."""
    made: list[Gateway] = []

    def answering(status: int, **told: object) -> Gateway:
        made.append(Gateway((status, json.dumps(told))))
        options = {"server_token": "t", "api_url": f"{made[-1].url}/"}
        backend = "anymail.backends.postmark.EmailBackend"
        settings.MAILERS = {"default": {"BACKEND": backend, "OPTIONS": options}}
        return made[-1]

    yield answering
    for one in made:
        one.close()


def _queued() -> Notice:
    to = {"stream": "user/1", "email": "gul@example.org", "mobile": "", "language": "en"}
    return queue("password_reset", context={}, **to)[0]


def test_a_provider_takes_mail_and_tells_of_its_bounce(client, settings, provider):
    there = provider(200, ErrorCode=0, Message="OK", MessageID="pm-1", To="gul@example.org")
    notice = _queued()
    deliver_due()
    assert there.asked[0]["To"] == "gul@example.org"
    assert Part.objects.get().provider_id == "pm-1"

    bounce = {
        "RecordType": "Bounce", "MessageID": "pm-1", "Type": "HardBounce", "TypeCode": 1, "ID": 1,
        "Email": "gul@example.org", "BouncedAt": "2026-11-24T07:00:00Z", "Description": "No such mailbox",
    }  # fmt: skip
    assert _call(client, "provider:wrong", **bounce).status_code == 400
    notice.refresh_from_db()
    assert notice.fate == Fate.SENT
    assert _call(client, settings.ANYMAIL["WEBHOOK_SECRET"][0], **bounce).status_code == 200

    notice.refresh_from_db()
    assert (notice.fate, notice.permanent) == (Fate.FAILED, True)
    assert Address.objects.get().problem.startswith("bounced")


@pytest.mark.parametrize(
    ("status", "fate", "attempts"), [(422, Fate.FAILED, 1), (500, Fate.QUEUED, 0), (401, Fate.QUEUED, 0)]
)
def test_a_provider_that_refuses(status, fate, attempts, provider):
    provider(status, ErrorCode=9, Message="no")
    notice = _queued()

    deliver_due()

    notice.refresh_from_db()
    assert (notice.fate, notice.attempts) == (fate, attempts)


def test_the_link_asks_first_and_stops_by_one_click(client, sent, aiou):
    page = stop_link(sent).removeprefix("http://127.0.0.1:8000")

    assert "Stop them" in client.get(page).content.decode()
    assert not Address.objects.exists()
    assert client.post(page, {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert Address.objects.get().stopped_at <= timezone.now()
    assert "goes to this e-mail address again" in client.post(page, {"resume": "1"}).content.decode()
    assert Address.objects.get().stopped_at is None
    assert [entry.verb for entry in timeline(f"address/{Address.objects.get().pk}")] == [
        "news_stopped",
        "news_resumed",
    ]
    for wrong in ("/stop/1:x/", "/stop/x/", page.replace("/stop/", "/stop/9", 1)):
        assert client.get(wrong).status_code == 404
