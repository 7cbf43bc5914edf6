"""Handing over to a bearer: the right code, wrong ones, and what is kept of each."""

import pytest

from degreetrack.accounts.models import Role
from degreetrack.applications import bearers, services, wishes
from degreetrack.applications.lifecycle import State
from degreetrack.applications.models import Application, Bearer
from degreetrack.journal.services import timeline
from degreetrack.journal.verification import verify
from degreetrack.kit.refusals import Refused
from tests.life import applicant_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def sent_for(in_state) -> tuple[Application, str, str]:
    """A signed document, the code of its bearer, and a code that is wrong."""
    application = in_state(State.SIGNED)
    code = wishes.authorise_bearer(
        application.tracking_id, by=applicant_of(application), name="Bilal Khan", cnic="61101-1234567-1"
    )
    return application, code, f"{(int(code) + 1) % 10**6:06}"


def _hand_over(application: Application, by, **facts) -> Application:
    return services.move(application.tracking_id, "hand_over", by=by, handed_to="Ayesha Siddiqa", **facts)


def test_the_right_code_hands_over_to_the_bearer(sent_for, clerks):
    application, code, _wrong = sent_for

    done = _hand_over(application, clerks(Role.DISPATCH), bearer_code=f" {code[:3]} {code[3:]}")

    [entry] = [entry for entry in timeline(application.stream) if entry.verb == "hand_over"]
    assert (done.state, done.handed_to) == (State.DELIVERED, "Bilal Khan")
    assert entry.data["after"] == {
        "state": "delivered",
        "handed_to": "Bilal Khan",
        "to": "bearer",
        "checked": "code and CNIC",
    }
    assert Bearer.objects.get().used_at == entry.at


def test_to_the_applicant_the_bearer_is_not_needed_any_more(sent_for, clerks):
    application, _code, _wrong = sent_for

    done = _hand_over(application, clerks(Role.RECEIPT), cnic_seen=True)

    [entry] = [entry for entry in timeline(application.stream) if entry.verb == "hand_over"]
    assert done.handed_to == "Ayesha Siddiqa"
    assert entry.data["after"] == {
        "state": "delivered",
        "handed_to": "Ayesha Siddiqa",
        "to": "applicant",
        "checked": "CNIC",
    }
    assert bearers.open_bearer(application) is None


def test_a_wrong_code_is_counted_though_the_move_is_refused(sent_for, clerks):
    application, code, wrong = sent_for

    with pytest.raises(Refused, match=r"The code is wrong\. Tries left: 4"):
        _hand_over(application, clerks(Role.DISPATCH), bearer_code=wrong)

    assert (Application.objects.get().state, Bearer.objects.get().tries) == (State.SIGNED, 1)
    last = timeline(application.stream)[-1]
    assert (last.verb, last.data["after"]) == ("wrong_code", {"tries_left": 4})
    assert _hand_over(application, clerks(Role.DISPATCH), bearer_code=code).state == State.DELIVERED
    assert verify() == []


def test_the_fifth_wrong_code_ends_the_authority(sent_for, clerks):
    application, code, wrong = sent_for
    for _ in range(4):
        with pytest.raises(Refused, match="Tries left"):
            _hand_over(application, clerks(Role.DISPATCH), bearer_code=wrong)

    with pytest.raises(Refused, match="was wrong too often"):
        _hand_over(application, clerks(Role.DISPATCH), bearer_code=wrong)
    with pytest.raises(Refused, match="No bearer is authorised now"):
        _hand_over(application, clerks(Role.DISPATCH), bearer_code=code)

    assert Application.objects.get().state == State.SIGNED


def test_a_code_that_nobody_typed_costs_no_try(sent_for, clerks):
    application, _code, _wrong = sent_for

    with pytest.raises(Refused, match="Type the code that the bearer tells"):
        _hand_over(application, clerks(Role.DISPATCH), bearer_code=" ")

    assert Bearer.objects.get().tries == 0


@pytest.mark.parametrize("code", ["000", "abcdef", "۱۲۳۴۵۶"])
def test_what_is_no_code_is_a_wrong_one(code, sent_for, clerks):
    application, _code, _wrong = sent_for

    with pytest.raises(Refused, match="The code is wrong"):
        _hand_over(application, clerks(Role.DISPATCH), bearer_code=code)


def test_whoever_may_not_hand_over_tries_no_codes(sent_for, clerks):
    application, code, wrong = sent_for

    for tried in (code, wrong):
        with pytest.raises(Refused, match="Your section does not do this step"):
            _hand_over(application, clerks(Role.PRINTING), bearer_code=tried)

    assert (Bearer.objects.get().tries, Bearer.objects.get().used_at) == (0, None)


def test_the_code_of_another_case_is_wrong(sent_for, in_state, clerks):
    application, _code, _wrong = sent_for
    other = in_state(State.SIGNED)
    code = wishes.authorise_bearer(
        other.tracking_id, by=applicant_of(other), name="Gul Khan", cnic="6110112345671"
    )
    Bearer.objects.filter(application=application).update(
        code_hash=Bearer.objects.get(application=other).code_hash
    )

    with pytest.raises(Refused, match="The code is wrong"):
        _hand_over(application, clerks(Role.DISPATCH), bearer_code=code)


def test_what_came_back_can_be_handed_over(in_state, clerks):
    application = in_state(State.UNDELIVERED)

    assert _hand_over(application, clerks(Role.RECEIPT), cnic_seen=True).state == State.DELIVERED


def test_nothing_is_handed_over_without_a_look_at_the_cnic(sent_for, clerks):
    application, _code, _wrong = sent_for

    with pytest.raises(Refused, match="See the CNIC first"):
        _hand_over(application, clerks(Role.RECEIPT))
    application.refresh_from_db()
    assert (application.state, application.handed_to) == (State.SIGNED, "")

    done = _hand_over(application, clerks(Role.RECEIPT), letter_seen=True)
    [entry] = [entry for entry in timeline(application.stream) if entry.verb == "hand_over"]
    assert (done.state, entry.data["after"]["checked"]) == (State.DELIVERED, "letter and CNIC")
    assert bearers.open_bearer(done) is None
