"""What a visitor of the demo finds: whom to be, and a bank to play."""

import re

import pytest

from degreetrack.accounts import factors
from degreetrack.accounts.models import Factor
from degreetrack.applications.lifecycle import State
from degreetrack.fees.challans import make_challan, rest
from degreetrack.web.demo.sample import PASSWORD, make_staff
from tests.web.test_portal import words
from tests.web.test_sign_in import sign_in

pytestmark = pytest.mark.django_db


def test_roll_numbers_to_sign_in_with_are_told(client, in_state, a_result):
    waiting = in_state(State.OBJECTED).result.roll_no
    a_result("QA000001")
    a_result("QA000002", result_codes="R/E")

    page = words(client.get("/demo/"))

    for told in (f"{waiting} an application that waits", "QA000001 a clean result", "QA000002 a result that"):
        assert told in page


def test_who_decides_signs_in_with_the_code_that_the_demo_shows(client, aiou):
    staff = make_staff()
    with_code = {user.username for user in staff if factors.has_any(user)}
    assert with_code == {user.username for user in staff if factors.must_have(user)}
    assert {"admin", "controller", "audit", "receipt-head"} <= with_code
    make_staff()
    assert Factor.objects.count() == len(with_code)

    page = client.get("/demo/")
    shown = re.search(r"It is <bdi><code>([0-9]{6})</code></bdi>", page.content.decode())[1]
    assert sign_in(client, "controller", PASSWORD)["Location"].startswith("/staff/login/second/")
    client.post("/staff/login/second/", {"code": shown})

    assert client.get("/staff/audit/").status_code == 200


def test_a_visitor_plays_the_bank(client, a_result):
    challan = make_challan(
        a_result().student, subject="draft/1", purpose="application", lines=[("Fee", "فیس", 800)]
    )
    assert "Play the bank" in words(client.get("/demo/"))

    client.post(f"/demo/pay/{challan.number}/")

    challan.refresh_from_db()
    assert (rest(challan), challan.settled_at is not None) == (0, True)
    assert client.post(f"/demo/pay/{challan.number}/").status_code == 404
    assert "Play the bank" not in words(client.get("/demo/"))
