"""What a visitor of the demo finds: whom to be, and a bank to play."""

import pytest

from degreetrack.applications.lifecycle import State
from degreetrack.fees.challans import make_challan, rest
from tests.web.test_portal import words

pytestmark = pytest.mark.django_db


def test_roll_numbers_to_sign_in_with_are_told(client, in_state, a_result):
    waiting = in_state(State.OBJECTED).result.roll_no
    a_result("QA000001")
    a_result("QA000002", result_codes="R/E")

    page = words(client.get("/demo/"))

    for told in (f"{waiting} an application that waits", "QA000001 a clean result", "QA000002 a result that"):
        assert told in page


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
