"""What an SMS gateway calls: receipts and texts."""

import json

import pytest
from django.utils import timezone

from degreetrack.notifications.models import Fate, Incoming, Notice, Part
from degreetrack.notifications.services import queue

pytestmark = pytest.mark.django_db
SECRET = "only-for-tests-0123456789-0123456789"
RECEIPT, TEXT = f"/api/v1/sms/{SECRET}/receipt/", f"/api/v1/sms/{SECRET}/text/"


@pytest.fixture
def sent() -> Notice:
    """An SMS that a gateway took as A-1."""
    to = {"stream": "student/1", "email": "", "mobile": "+923001234567", "language": "en"}
    [notice] = queue("sign_in_code", context={}, **to)
    Notice.objects.update(fate=Fate.SENT)
    Part.objects.create(notice=notice, provider_id="A-1", to="+923001234567", at=timezone.now())
    return notice


@pytest.mark.parametrize("way", ["query", "form", "json"])
def test_a_receipt_by_whatever_way_the_gateway_calls(way, client, sent):
    told = {"id": "A-1", "to": "03001234567", "status": "DELIVERED"}
    if way == "query":
        answer = client.get(RECEIPT, told)
    elif way == "form":
        answer = client.post(RECEIPT, told)
    else:
        answer = client.post(RECEIPT, json.dumps(told), content_type="application/json")

    assert (answer.status_code, Notice.objects.get().fate) == (200, Fate.DELIVERED)


@pytest.mark.parametrize(
    ("state", "fate"),
    [("Undelivered", Fate.FAILED), ("EXPIRED", Fate.EXPIRED), ("queued", Fate.SENT), ("", Fate.SENT)],
)
def test_what_the_states_mean(state, fate, client, sent):
    assert client.post(RECEIPT, {"id": "A-1", "status": state}).status_code == 200

    assert Notice.objects.get().fate == fate


@pytest.mark.parametrize("body", ["", "[1]", "{", "null", '{"id": 5}', '{"id": "\\u0000"}', "[" * 5000])
def test_bad_receipts_change_nothing(body, client, sent):
    assert client.post(RECEIPT, body, content_type="application/json").status_code in (200, 400)

    assert Notice.objects.get().fate == Fate.SENT


def test_while_the_secret_changes_the_old_and_the_new_one_hold(client, sent, settings):
    settings.SMS_WEBHOOK_SECRETS = ["the-new-one-0123456789-0123456789", *settings.SMS_WEBHOOK_SECRETS]
    new = RECEIPT.replace("only-for-tests-0123456789-0123456789", "the-new-one-0123456789-0123456789")

    answers = [client.get(path, {"id": "A-1", "status": "queued"}).status_code for path in (RECEIPT, new)]

    assert answers == [200, 200]


def test_without_the_secret_there_is_no_such_page(client, sent, settings):
    assert client.get(RECEIPT.replace("only", "ONLY"), {"id": "A-1", "status": "DELIVRD"}).status_code == 404
    settings.SMS_WEBHOOK_SECRETS = []
    assert client.get("/api/v1/sms//receipt/").status_code == 404
    assert client.get(RECEIPT, {"id": "A-1", "status": "DELIVRD"}).status_code == 404


def test_a_text_is_kept_and_a_mask_is_not_answered(client):
    assert client.post(TEXT, {"from": "0300 1234567", "text": "DTS x" + "y" * 1000}).status_code == 200
    assert client.post(TEXT, {"from": "JAZZ", "text": "offer"}).status_code == 200
    assert client.post(TEXT, {"text": "who"}).status_code == 400

    kept = Incoming.objects.get()
    assert (kept.sender, len(kept.text)) == ("+923001234567", 320)
