"""SMS by a gateway's HTTP address, to a real server."""

import pytest

from degreetrack.notifications.delivery import deliver_due
from degreetrack.notifications.models import Address, Fate, Line, Notice, Part
from degreetrack.notifications.services import queue
from tests.mail import free_port
from tests.notifications.gateway import Gateway

pytestmark = pytest.mark.django_db


@pytest.fixture
def gateway(settings):
    """Make a gateway that answers so, and point the outbox at it."""
    made = []

    def make(*answers: tuple[int, str], **over) -> Gateway:
        made.append(Gateway(*answers))
        settings.SMS_HTTP = {
            "url": f"{made[-1].url}/send", "method": "POST", "body": "form", "headers": {"X-Key": "k"},
            "fields": {"msisdn": "{number}", "text": "{text}", "from": "{sender}", "unicode": "{unicode}"},
            "success": '"ok"', "refused": "INVALID_NUMBER", "id": r'"id":\s*"([^"]+)"',
        } | over  # fmt: skip
        return made[-1]

    yield make
    for one in made:
        one.close()


def _sms(language: str = "en") -> Notice:
    context = {"code": "123456", "institution": "AIOU", "name": "Gul", "site": "x"}
    to = {"stream": "student/1", "email": "", "mobile": "+923001234567", "language": language}
    return queue("sign_in_code", context=context, **to)[0]


def _sent() -> Notice:
    deliver_due()
    return Notice.objects.latest("pk")


@pytest.mark.parametrize(("method", "body"), [("POST", "form"), ("POST", "json"), ("GET", "query")])
def test_fields_go_as_the_settings_describe_them(method, body, gateway):
    there = gateway((200, '{"status": "ok", "id": "A-1"}'), method=method, body=body)
    notice = _sms("ur")

    assert _sent().fate == Fate.SENT
    [asked] = there.asked
    assert (asked["msisdn"], asked["text"], asked["unicode"]) == ("923001234567", notice.body, "1")
    assert (asked["_method"], asked["_headers"]["X-Key"]) == (method, "k")
    assert Part.objects.get().provider_id == "A-1"


@pytest.mark.parametrize(
    ("answer", "fate", "attempts", "marked"),
    [
        ((200, "INVALID_NUMBER"), Fate.FAILED, 1, True),
        ((200, "busy, come again"), Fate.QUEUED, 1, False),
        ((302, "elsewhere"), Fate.QUEUED, 1, False),
        ((503, "down"), Fate.QUEUED, 0, False),
        ((429, "slow"), Fate.QUEUED, 0, False),
        ((401, "who are you"), Fate.QUEUED, 0, False),
    ],
)
def test_the_answer_decides_whose_fault_it_is(answer, fate, attempts, marked, gateway):
    gateway(answer)
    _sms()

    notice = _sent()
    assert (notice.fate, notice.attempts, Address.objects.exists()) == (fate, attempts, marked)


def test_a_gateway_that_is_not_there_shuts_the_line(gateway):
    gateway((200, "ok"), url=f"http://127.0.0.1:{free_port()}/")
    _sms()

    assert (_sent().attempts, Line.objects.get().problem) == (0, "ConnectionError")
