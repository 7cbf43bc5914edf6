"""What an applicant wishes for: by whom, until when, and what the journal says of it."""

import json

import pytest
from django.utils import timezone, translation

from degreetrack.accounts.models import Actor, Role
from degreetrack.applications import bearers, services, wishes
from degreetrack.applications.lifecycle import State
from degreetrack.applications.models import Application, Bearer
from degreetrack.journal.services import timeline
from degreetrack.kit.refusals import Refused
from degreetrack.notifications.models import Notice, Priority
from tests.life import applicant_of, somebody

pytestmark = pytest.mark.django_db
ADDRESS = "House 9, Street 2, Sector F-8, Islamabad"
CALLS = {
    "change_address": {"address": ADDRESS},
    "choose_delivery": {"way": "courier"},
    "authorise_bearer": {"name": "Bilal Khan", "cnic": "61101-1234567-1"},
}


def _refusal(name: str, application: Application, *, by: Actor) -> str:
    """The words of the refusal of a wish; empty where it is taken."""
    try:
        getattr(wishes, name)(application.tracking_id, by=by, **CALLS[name])
    except Refused as refusal:
        return str(refusal)
    return ""


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("role", Role)
def test_the_applicant_and_the_counters_may_and_nobody_else(name, role, in_state):
    application = in_state()

    why = _refusal(name, application, by=somebody(role, application))

    may = role in (Role.APPLICANT, Role.RECEIPT, Role.REGIONAL)
    assert why == ("" if may else "Only the applicant, or a receipt counter for them, may do this.")


@pytest.mark.parametrize("name", CALLS)
def test_another_applicant_and_another_office_may_not(name, in_state):
    application, other = in_state(office="lahore"), in_state()
    strangers = [
        applicant_of(other),
        Actor("no student", frozenset({Role.APPLICANT})),
        Actor("swat", frozenset({Role.REGIONAL}), office="swat"),
    ]

    for stranger in strangers:
        with pytest.raises(Refused, match="not yours to see"):
            getattr(wishes, name)(application.tracking_id, by=stranger, **CALLS[name])


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("state", State)
def test_until_it_is_dispatched_and_when_it_came_back(name, state, in_state):
    application = in_state(state)

    why = _refusal(name, application, by=applicant_of(application))

    gone = state in (State.DISPATCHED, State.DELIVERED, State.REJECTED, State.WITHDRAWN)
    late = f"This can be changed no more. The application stands at: {state.label}."
    assert why == (late if gone else "")


def test_an_address_is_changed_or_confirmed_and_stands_in_no_journal(in_state):
    application = in_state()
    by = applicant_of(application)

    for address in (f"  {ADDRESS}\n", ADDRESS):
        changed = wishes.change_address(application.tracking_id, by=by, address=address)

    assert changed.address == Application.objects.get().address == ADDRESS
    entries = [entry for entry in timeline(application.stream) if entry.verb == "address"]
    assert [entry.data for entry in entries] == [
        {"before": {"address": "none"}, "after": {"address": "changed"}},
        {"before": {"address": "given"}, "after": {"address": "confirmed"}},
    ]
    assert "Street" not in json.dumps([entry.data for entry in timeline(application.stream)])


@pytest.mark.parametrize("address", ["", "Islamabad", " x       x ", "x" * 301])
def test_an_address_that_is_none_is_refused(address, in_state):
    application = in_state()

    with pytest.raises(Refused, match="in 10 to 300 letters"):
        wishes.change_address(application.tracking_id, by=applicant_of(application), address=address)


def test_what_is_to_be_collected_is_handed_over_and_not_dispatched(in_state, clerks):
    application = in_state(State.SIGNED)
    by = applicant_of(application)
    wishes.choose_delivery(application.tracking_id, by=by, way="collect", office="lahore")

    sent = {"by": clerks(Role.DISPATCH), "courier": "TCS", "consignment_no": "TCS1"}
    with pytest.raises(Refused, match="It is to be collected at Lahore: hand it over"):
        services.move(application.tracking_id, "dispatch", **sent)
    lahore = Actor("lahore", frozenset({Role.REGIONAL}), office="lahore")
    done = services.move(
        application.tracking_id, "hand_over", by=lahore, handed_to="Ayesha Siddiqa", cnic_seen=True
    )

    assert done.state == State.DELIVERED


def test_another_choice_lets_it_be_sent_and_forgets_the_office(in_state, clerks):
    application = in_state(State.UNDELIVERED)
    by = applicant_of(application)
    wishes.choose_delivery(application.tracking_id, by=by, way="collect", office="lahore")
    chosen = wishes.choose_delivery(application.tracking_id, by=by, way="post", office="lahore")

    assert (chosen.delivery, chosen.collect_office) == ("post", "")
    entry = timeline(application.stream)[-1]
    assert entry.data == {
        "before": {"delivery": "collect", "office": "lahore"},
        "after": {"delivery": "post", "office": ""},
    }
    sent = {"by": clerks(Role.DISPATCH), "courier": "TCS", "consignment_no": "TCS1"}
    assert services.move(application.tracking_id, "dispatch", **sent).state == State.DISPATCHED


def test_an_office_that_the_catalogue_lost_is_told_by_its_code(in_state, clerks):
    application = in_state(State.SIGNED)
    Application.objects.update(delivery="collect", collect_office="atlantis")

    sent = {"by": clerks(Role.DISPATCH), "courier": "TCS", "consignment_no": "TCS1"}
    with pytest.raises(Refused, match="collected at atlantis"):
        services.move(application.tracking_id, "dispatch", **sent)


@pytest.mark.parametrize(
    ("way", "office", "words"),
    [
        ("pigeon", "", "Choose post"),
        ("collect", "", "Choose the office"),
        ("collect", "x", "Choose the office"),
    ],
)
def test_ways_and_offices_that_are_none_are_refused(way, office, words, in_state):
    application = in_state()

    with pytest.raises(Refused, match=words):
        wishes.choose_delivery(application.tracking_id, by=applicant_of(application), way=way, office=office)


@pytest.mark.parametrize(
    ("name", "cnic", "words"),
    [
        ("B", "6110112345671", "bearer's name"),
        ("x" * 101, "6110112345671", "name"),
        ("Bilal", "123", "13 digits"),
    ],
)
def test_a_bearer_has_a_name_and_a_cnic(name, cnic, words, in_state):
    application = in_state()

    with pytest.raises(Refused, match=words):
        wishes.authorise_bearer(application.tracking_id, by=applicant_of(application), name=name, cnic=cnic)
    assert Bearer.objects.count() == 0


def test_the_code_is_told_once_and_sent_to_the_applicant_alone(in_state):
    application = in_state(email="ayesha@example.org")

    code = wishes.authorise_bearer(
        application.tracking_id, by=applicant_of(application), name=" Bilal  Khan ", cnic="61101 1234567 1"
    )

    bearer = Bearer.objects.get()
    assert (len(code), code.isdecimal()) == (6, True)
    assert (bearer.name, bearer.cnic, bearer.cnic_end, str(bearer)) == (
        "Bilal Khan",
        "61101-1234567-1",
        "5671",
        "Bilal Khan",
    )
    assert code not in bearer.code_hash
    told = Notice.objects.filter(template="bearer")
    assert {(n.to, n.priority, n.is_secret, code in n.body) for n in told} == {
        ("+923001234567", Priority.AT_ONCE, True, True),
        ("ayesha@example.org", Priority.AT_ONCE, True, True),
    }
    journal = json.dumps([entry.data for entry in timeline(application.stream)])
    assert (code in journal, "1234567" in journal) == (False, False)


def test_a_new_bearer_takes_the_place_of_the_one_before(in_state):
    application = in_state()
    by = applicant_of(application)
    for name in ("Bilal Khan", "Gul Khan"):
        wishes.authorise_bearer(application.tracking_id, by=by, name=name, cnic="6110112345671")

    assert bearers.open_bearer(application).name == "Gul Khan"
    assert [b.cancelled_at is None for b in Bearer.objects.order_by("pk")] == [False, True]


@pytest.mark.parametrize("state", State)
def test_the_rule_on_the_fee_is_told_where_it_can_be_withdrawn(state, in_state):
    application = in_state(state)
    before_approval = ("received", "checked", "verified", "objected", "answered", "returned")

    with translation.override("ur"):
        urdu = wishes.withdrawal_terms(application)

    rule = "The fee is not returned after checking has begun; before that half of it is returned on request."
    assert wishes.withdrawal_terms(application) == (rule if state in before_approval else "")
    assert ("فیس" in urdu) is (state in before_approval)


def test_a_bearer_ends_where_it_is_sent_after_all(in_state, clerks):
    application = in_state(State.SIGNED)
    by = applicant_of(application)
    wishes.choose_delivery(application.tracking_id, by=by, way="collect", office="lahore")
    code = wishes.authorise_bearer(application.tracking_id, by=by, name="Bilal Khan", cnic="61101-1234567-1")

    wishes.choose_delivery(application.tracking_id, by=by, way="post")

    assert bearers.open_bearer(application) is None
    after = {"delivery": "post", "office": "", "bearer": "ended"}
    assert timeline(application.stream)[-1].data["after"] == after
    with pytest.raises(Refused, match="No bearer is authorised now"):
        bearers.take(application, code=code, by=clerks(Role.DISPATCH), at=timezone.now())


@pytest.mark.parametrize(
    ("first", "told"), [("", []), (ADDRESS, [("sms", "+923001234567", Priority.AT_ONCE)])]
)
def test_a_changed_address_is_told_to_the_owner_without_its_words(first, told, in_state):
    application = in_state(address=first, mobile="+923001234567", email="")

    for address in ("Shop 4, Saddar, Rawalpindi Cantt", "Shop 4, Saddar, Rawalpindi Cantt"):
        wishes.change_address(application.tracking_id, by=applicant_of(application), address=address)

    news = Notice.objects.filter(template="address_changed")
    assert list(news.values_list("channel", "to", "priority")) == told
    assert not any("Saddar" in notice.body for notice in news)


def test_who_withdraws_without_a_word_is_asked_as_an_applicant(in_state, clerks):
    application = in_state()

    with pytest.raises(Refused, match=r"^Write in a few words why you wish this\.$"):
        services.move(application.tracking_id, "withdraw", by=applicant_of(application), reason="")
    with pytest.raises(Refused, match="the applicant and your colleagues will read it"):
        services.move(application.tracking_id, "withdraw", by=clerks(Role.RECEIPT), reason="")
