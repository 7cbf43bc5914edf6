"""The desk's page of payments: who reads it, who decides, what it says."""

import re
from datetime import date

import pytest

from degreetrack.accounts.models import Role
from degreetrack.fees.challans import make_challan, paid
from degreetrack.fees.models import Payment
from degreetrack.fees.payments import take_payment

pytestmark = pytest.mark.django_db
ADDRESS = "/staff/payments/"


@pytest.fixture
def desk(client, clerks, aiou):
    """A browser signed in as somebody of one role."""

    def sign_in(role: str):
        client.force_login(clerks(role))
        return client

    return sign_in


@pytest.fixture
def unknown(aiou):
    """Take in a payment that nobody knows the challan of."""

    def take(reference: str = "P1", **more) -> Payment:
        facts = {"provider": "bank", "challan_no": "42", "amount": 1600, "via": "file"}
        return take_payment(**facts, reference=reference, paid_on=date(2026, 1, 5), **more).payment

    return take


@pytest.fixture
def challan(a_result):
    """A challan of 1,600 rupees."""
    lines = [("Degree, Original", "ڈگری, اصل", 1600)]
    return make_challan(a_result().student, subject="draft/17", purpose="application", lines=lines)


def _decisions(page: str) -> list[str]:
    return re.findall(r'formaction="/staff/payments/\d+/([a-z]+)/"', page)


def _totals(page: str) -> list[int]:
    return [int(amount) for amount in re.findall(r"<dd><bdi>(\d+)</bdi></dd>", page.split("</dl>")[0])]


@pytest.mark.parametrize(
    ("role", "status", "buttons"),
    [
        (Role.RECEIPT, 200, ["assign", "refund", "attend"]),
        (Role.CONTROLLER, 200, ["assign", "refund", "attend"]),
        (Role.AUDITOR, 200, []),
        (Role.SCRUTINY, 403, []),
        (Role.DISPATCH, 403, []),
    ],
)
def test_each_role_sees_what_it_may_do(role, status, buttons, desk, unknown):
    unknown()

    answer = desk(role).get(ADDRESS)

    assert (answer.status_code, _decisions(answer.content.decode())) == (status, buttons)
    bar = desk(role).get("/staff/").content.decode()
    assert (f'href="{ADDRESS}"' in bar) == (status == 200)


def test_strangers_are_sent_to_sign_in(client, aiou):
    assert client.get(ADDRESS)["Location"].split("?")[0] == "/staff/login/"
    assert client.post(f"{ADDRESS}1/attend/")["Location"].split("?")[0] == "/staff/login/"


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.SCRUTINY])
def test_who_may_not_decide_is_refused(role, desk, unknown):
    payment = unknown()

    answer = desk(role).post(f"{ADDRESS}{payment.pk}/attend/", {"reason": "I know best"})

    assert answer.status_code == 403
    assert Payment.objects.get().needs_person


def test_the_totals_balance(desk, unknown):
    unknown()

    page = desk(Role.AUDITOR).get(ADDRESS).content.decode()

    assert _totals(page) == [1600, 0, 0, 1600, 0]


def test_a_payment_is_assigned_to_a_challan(desk, unknown, challan):
    payment = unknown()

    answer = desk(Role.RECEIPT).post(
        f"{ADDRESS}{payment.pk}/assign/", {"challan_no": challan.number, "reason": "Slip seen"}, follow=True
    )

    page = answer.content.decode()
    assert (paid(challan), _totals(page)) == (1600, [1600, 1600, 0, 0, 0])
    assert "The decision is kept." in page
    assert "Nothing waits here." in page


@pytest.mark.parametrize(
    ("decision", "totals"), [("refund", [1600, 0, 0, 0, 1600]), ("attend", [1600, 0, 0, 1600, 0])]
)
def test_a_payment_is_refunded_or_marked_as_seen(decision, totals, desk, unknown):
    payment = unknown()

    answer = desk(Role.CONTROLLER).post(
        f"{ADDRESS}{payment.pk}/{decision}/", {"reason": "Letter of the bank"}, follow=True
    )

    assert (_totals(answer.content.decode()), Payment.objects.get().needs_person) == (totals, False)


def test_a_refusal_is_told_and_what_was_typed_is_kept(desk, unknown):
    payment = unknown()

    answer = desk(Role.RECEIPT).post(
        f"{ADDRESS}{payment.pk}/assign/", {"challan_no": "77", "reason": "Slip seen"}
    )

    page = answer.content.decode()
    assert answer.status_code == 409
    assert "There is no challan of this number." in page
    assert 'value="77"' in page
    assert 'value="Slip seen"' in page


def test_a_kept_reversal_can_only_be_marked_as_seen(desk, unknown):
    unknown("V1", reverses="P9")

    page = desk(Role.RECEIPT).get(ADDRESS).content.decode()

    assert _decisions(page) == ["attend"]
    assert "<bdi>P9</bdi>" in page


@pytest.mark.parametrize("address", ["1/attend/", "99/attend/"])
def test_what_is_not_there_is_not_found(address, desk):
    assert desk(Role.RECEIPT).post(ADDRESS + address).status_code == 404


def test_there_are_three_decisions_and_no_more(desk, unknown):
    payment = unknown()

    assert desk(Role.RECEIPT).post(f"{ADDRESS}{payment.pk}/keep/").status_code == 404


@pytest.mark.parametrize("rows", [1, 3])
def test_the_page_asks_the_database_as_often_for_many_rows(rows, desk, unknown, django_assert_num_queries):
    for number in range(rows):
        unknown(f"P{number}")
    browser = desk(Role.RECEIPT)
    browser.get(ADDRESS)

    with django_assert_num_queries(8):
        page = browser.get(ADDRESS).content.decode()

    assert len(re.findall(r'id="payment-', page)) == rows


def test_what_waits_comes_fifty_to_a_page(desk, unknown):
    for number in range(51):
        unknown(f"P{number:02}")
    browser = desk(Role.RECEIPT)

    first = browser.get(ADDRESS).content.decode()
    onward = re.search(r'href="\?after=(\d+)"', first)[1]
    second = browser.get(ADDRESS, {"after": onward}).content.decode()

    assert re.findall(r"bank (P\d\d)<", first) == [f"P{number:02}" for number in range(50)]
    assert re.findall(r"bank (P\d\d)<", second) == ["P50"]
