"""The signed message of a payment: who may send it, what it must say, what it answers."""

import json
import re
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from degreetrack.api.payments import signature
from degreetrack.fees.challans import make_challan, paid
from degreetrack.fees.models import Payment
from tests.fees.conftest import today

pytestmark = pytest.mark.django_db
SECRET = "0123456789abcdef0123456789abcdef"
PAGE = Path(__file__).parent.parent.parent / "docs" / "payments.md"


@pytest.fixture(autouse=True)
def _providers(settings):
    settings.PAYMENT_SECRETS = {"hbl": ["the-old-secret-of-the-bank-0123456789", SECRET]}


@pytest.fixture
def challan(a_result):
    """A challan of 1,600 rupees."""
    lines = [("Degree, Original", "ڈگری, اصل", 1600)]
    return make_challan(a_result().student, subject="draft/17", purpose="application", lines=lines)


@pytest.fixture
def send(client):
    """Send a body, signed now unless told otherwise."""

    def post(body, *, provider="hbl", at: float = 0, secret=SECRET, **headers):
        body = body if isinstance(body, bytes) else json.dumps(body).encode()
        sent = str(int(time.time() + at))
        headers = {"X-Timestamp": sent, "X-Signature": signature(secret, sent, body)} | headers
        answer = client.post(
            f"/api/v1/payments/{provider}/", body, content_type="application/json", headers=headers
        )
        return answer.status_code, answer.json()

    return post


def _payment(challan, **over) -> dict:
    facts = {"reference": "H1", "challan_no": challan.number, "amount": 1600}
    return facts | {"paid_on": today().isoformat(), "kind": "payment"} | over


def test_a_signed_payment_is_taken_and_its_repetition_harmless(challan, send):
    told = {"already": False, "verdict": "exact", "challan_no": challan.number, "rest": 0}

    assert send(_payment(challan)) == (200, told)
    assert send(_payment(challan), secret="the-old-secret-of-the-bank-0123456789") == (
        200,
        told | {"already": True},
    )
    assert (paid(challan), Payment.objects.get().via) == (1600, "webhook")


def test_a_reversal_is_taken(challan, send):
    send(_payment(challan))

    answer = send(_payment(challan, reference="H2", kind="reversal", reverses="H1"))

    assert answer == (
        200,
        {"already": False, "verdict": "reversed", "challan_no": challan.number, "rest": 1600},
    )


def test_an_unknown_number_is_taken_too(challan, send):
    assert send(_payment(challan, challan_no="5")) == (
        200,
        {"already": False, "verdict": "unknown", "challan_no": None, "rest": None},
    )


def test_the_same_reference_with_other_facts_is_refused(challan, send):
    send(_payment(challan))

    status, answer = send(_payment(challan, amount=1700))

    assert status == 409
    assert answer["error"].startswith("The reference H1 was told before with other facts")


@pytest.mark.parametrize(
    ("how", "error"),
    [
        ({"secret": "x" * 32}, "The signature is missing or wrong"),
        ({"X-Signature": ""}, "The signature is missing or wrong"),
        ({"X-Signature": "sha256=é"}, "The signature is missing or wrong"),
        ({"X-Timestamp": ""}, "The signature is missing or wrong"),
        ({"X-Timestamp": "now"}, "The signature is missing or wrong"),
        ({"X-Timestamp": "1700000000"}, "The signature is missing or wrong"),
        ({"at": -310}, "The timestamp is more than five minutes off"),
        ({"at": 310}, "The timestamp is more than five minutes off"),
    ],
)
def test_who_cannot_sign_or_comes_late_is_refused(how, error, challan, send):
    status, answer = send(_payment(challan), **how)

    assert (status, answer["error"].split(".")[0]) == (401, error)
    assert Payment.objects.count() == 0


def test_a_changed_body_does_not_pass(challan, send):
    sent, body = str(int(time.time())), json.dumps(_payment(challan)).encode()
    signed = {"X-Timestamp": sent, "X-Signature": signature(SECRET, sent, body)}

    assert send(body.replace(b"1600", b"9600"), **signed)[0] == 401


def test_an_unknown_provider_is_told_so(challan, send):
    status, answer = send(_payment(challan), provider="other")

    assert (status, answer["error"].split(".")[0]) == (404, "No such provider")


def test_more_than_ten_kilobytes_are_not_read(send, aiou):
    status, answer = send(b" " * 10_241)

    assert (status, answer["error"]) == (413, "The body is larger than 10 KB. Send one payment at a time.")


@pytest.mark.parametrize("body", [b"", b"{", b"[1]", b"\xff", b"[" * 10_000, b'{"amount": NaN}'])
def test_a_body_that_is_no_json_object_is_refused(body, send, aiou):
    assert send(body) == (400, {"error": "The body is no JSON object in UTF-8."})


FIELDS = "The body must have the fields reference, challan_no, amount, paid_on, kind, reverses, each"


@pytest.mark.parametrize(
    ("over", "error"),
    [
        ({"amount": None}, FIELDS),
        ({"amount": True}, FIELDS),
        ({"reference": ["H1"]}, FIELDS),
        ({"colour": "green"}, FIELDS),
        ({"amount": 1600.5}, "amount: must be whole rupees"),
        ({"amount": -5}, "amount: must be whole rupees"),
        ({"amount": 0}, "The amount must be between 1 and"),
        ({"paid_on": "yesterday"}, "paid_on: must be a day"),
        ({"kind": "gift"}, "kind: must be “payment” or “reversal”."),
        ({"kind": "reversal"}, "reverses: a reversal, and only a reversal"),
        ({"reference": ""}, "The payment has no reference."),
        ({"reference": "a\x00"}, "A number of the payment is too long"),
        ({"reference": "\ud800"}, "A number of the payment is too long"),
    ],
)
def test_a_wrong_field_is_named(over, error, challan, send):
    status, answer = send(_payment(challan, **over))

    assert (status, answer["error"][: len(error)]) == (400, error)


def test_a_missing_field_is_told(challan, send):
    body = _payment(challan)
    del body["paid_on"]

    status, answer = send(body)

    assert (status, answer["error"][: len(FIELDS)]) == (400, FIELDS)


def test_it_is_only_posted_to(client):
    assert client.get("/api/v1/payments/hbl/").status_code == 405


@pytest.mark.skipif(not shutil.which("openssl"), reason="needs openssl")
def test_the_page_tells_how_to_sign(tmp_path):
    example = re.search(r"```sh\n(.*?)curl ", PAGE.read_text(encoding="utf-8"), re.S)[1]
    script = (
        example.replace("SECRET=...", f"SECRET={SECRET}")
        + 'printf "%s\\n%s\\n%s" "$NOW" "$SIGNATURE" "$BODY"'
    )

    ended = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True)

    sent, signed, body = ended.stdout.split("\n")
    assert f"sha256={signed}" == signature(SECRET, sent, body.encode())
    assert list(json.loads(body)) == ["reference", "challan_no", "amount", "paid_on", "kind"]
