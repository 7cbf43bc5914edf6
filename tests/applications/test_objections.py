"""All defects at first scrutiny, later ones by the supervisor; checklists, originals, suggestions."""

import pytest

from degreetrack.accounts.models import LEDGER, Role
from degreetrack.applications import checklists, proposals, services
from degreetrack.applications.holds import take_next
from degreetrack.applications.lifecycle import State
from degreetrack.applications.models import Application
from degreetrack.applications.preflight import preflight
from degreetrack.catalogue.models import ChecklistItem, ObjectionReason
from degreetrack.journal.services import timeline
from degreetrack.kit.refusals import Refused

pytestmark = pytest.mark.django_db
TORN = [(None, "The photograph is torn.")]


def _told(application: Application) -> list:
    """The journal without the notices that follow from the moves."""
    return [entry for entry in timeline(application.stream) if entry.verb != "notice"]


def _last(application: Application):
    return _told(application)[-1]


def _object(application, by, objections=TORN):
    return services.move(application.tracking_id, "object", by=by, objections=objections)


@pytest.mark.parametrize(
    ("state", "role"),
    [
        (State.ANSWERED, Role.SCRUTINY),
        (State.CHECKED, Role.SCRUTINY),
        (State.CHECKED, Role.VERIFICATION),
        (State.VERIFIED, Role.APPROVAL),
    ],
)
def test_a_later_objection_needs_the_supervisor_and_is_counted(state, role, in_state, clerks, person):
    application = in_state(state)
    rounds = application.objection_rounds

    with pytest.raises(Refused, match="propose it to them on the case"):
        _object(application, clerks(role))
    after = _object(application, person(role, supervisor=True))

    assert (after.state, after.objection_rounds) == (State.OBJECTED, rounds + 1)
    assert _last(application).data["after"] == {
        "state": "objected",
        "objections": ["The photograph is torn."],
        "round": rounds + 1,
        "later": True,
    }


def test_the_first_objections_are_the_clerks_own(in_state, clerks):
    after = _object(in_state(), clerks(Role.SCRUTINY))

    assert after.objection_rounds == 1
    assert (_last(after).data["after"]["round"], _last(after).data["after"]["later"]) == (1, False)


def test_a_file_sent_back_has_left_first_scrutiny_all_the_same(in_state, clerks):
    application = in_state(State.VERIFIED)
    services.move(
        application.tracking_id, "send_back", by=clerks(Role.APPROVAL), reason="The name is unclear"
    )

    with pytest.raises(Refused, match="first scrutiny"):
        _object(application, clerks(Role.SCRUTINY))


def test_a_supervisor_of_another_section_may_not_object(in_state, person):
    with pytest.raises(Refused, match="does not do this step"):
        _object(in_state(State.CHECKED), person(Role.PRINTING, supervisor=True))


def test_the_ledger_objects_at_any_time_and_is_not_counted(in_state):
    application = in_state(State.VERIFIED)

    after = _object(application, LEDGER, [("fee-short", None)])

    assert (after.state, after.objection_rounds) == (State.OBJECTED, 0)
    assert _last(application).data["after"] == {"state": "objected", "objections": ["fee-short"]}


def test_the_ledgers_objection_does_not_end_first_scrutiny(in_state, clerks):
    application = in_state()
    _object(application, LEDGER, [("fee-short", None)])
    services.move(application.tracking_id, "settle", by=LEDGER)

    assert _object(application, clerks(Role.SCRUTINY)).objection_rounds == 1


@pytest.fixture
def colleagues(person):
    """A clerk and the supervisor of one section."""
    clerk, supervisor = person(Role.VERIFICATION), person(Role.VERIFICATION, supervisor=True)
    return clerk, supervisor


def test_a_clerk_proposes_and_the_supervisor_raises(in_state, colleagues):
    clerk, supervisor = colleagues
    application = in_state(State.CHECKED)
    take_next(clerk, State.CHECKED)

    row = proposals.propose(
        application.tracking_id,
        by=clerk,
        objections=[("cnic-copy", None), *TORN],
        why="  Seen only  under the lamp ",
    )
    assert proposals.waiting(supervisor) == [row]
    proposals.accept(row.pk, by=supervisor)

    assert [one.reason_id for one in application.objections.all()] == ["cnic-copy", None]
    entries = _told(application)[-2:]
    assert [(entry.verb, entry.actor, entry.reason) for entry in entries] == [
        ("objections_proposed", clerk, "Seen only under the lamp"),
        ("object", supervisor, ""),
    ]
    assert proposals.waiting(supervisor) == []
    [mine] = proposals.own(clerk)
    assert (mine.accepted, mine.decided_by_name) == (True, supervisor.display_name)
    with pytest.raises(Refused, match="decided already"):
        proposals.accept(row.pk, by=supervisor)


def test_a_declined_proposal_comes_back_with_words(in_state, colleagues):
    clerk, supervisor = colleagues
    application = in_state(State.CHECKED)
    row = proposals.propose(application.tracking_id, by=clerk, objections=TORN, why="Overlooked")

    with pytest.raises(Refused, match="Write to the clerk why not"):
        proposals.decline(row.pk, by=supervisor, answer=" ")
    proposals.decline(row.pk, by=supervisor, answer="It is readable enough")

    assert proposals.last_proposal(application).answer == "It is readable enough"
    assert (_last(application).verb, _last(application).reason) == (
        "proposal_declined",
        "It is readable enough",
    )
    assert Application.objects.get().state == State.CHECKED
    again = proposals.propose(application.tracking_id, by=clerk, objections=TORN, why="Look again")
    assert proposals.open_proposal(application) == again


def test_who_may_not_propose_or_decide(in_state, colleagues, clerks, person):
    clerk, _supervisor = colleagues
    application = in_state(State.CHECKED)

    def propose(by, **more):
        given = {"objections": TORN, "why": "Overlooked"} | more
        return proposals.propose(application.tracking_id, by=by, **given)

    with pytest.raises(Refused, match="does not do this step"):
        propose(clerks(Role.PRINTING))
    with pytest.raises(Refused, match="Write why"):
        propose(clerk, why="")
    with pytest.raises(Refused, match="Choose at least one objection"):
        propose(clerk, objections=[])
    with pytest.raises(Refused, match="no objection “moon”"):
        propose(clerk, objections=[("moon", None)])
    row = propose(clerk)
    with pytest.raises(Refused, match="lies with the supervisor already"):
        propose(clerk)
    with pytest.raises(Refused, match="Only a supervisor"):
        proposals.accept(row.pk, by=clerk)
    elsewhere = person(Role.APPROVAL, supervisor=True)
    assert proposals.waiting(elsewhere) == []
    with pytest.raises(Refused, match="not yours to decide"):
        proposals.accept(row.pk, by=elsewhere)
    assert Application.objects.get().state == State.CHECKED


def test_at_first_scrutiny_nothing_is_proposed(in_state, clerks):
    with pytest.raises(Refused, match="raise the objections yourself"):
        proposals.propose(in_state().tracking_id, by=clerks(Role.SCRUTINY), objections=TORN, why="To be sure")


def test_a_proposal_for_a_file_that_has_gone_on_raises_nothing_and_stays(in_state, colleagues, clerks):
    clerk, supervisor = colleagues
    application = in_state(State.VERIFIED)
    row = proposals.propose(application.tracking_id, by=clerk, objections=TORN, why="Overlooked")
    services.move(application.tracking_id, "approve", by=clerks(Role.APPROVAL))

    with pytest.raises(Refused, match="not possible now"):
        proposals.accept(row.pk, by=supervisor)

    assert proposals.waiting(supervisor) == [row]


def test_ticks_are_kept_in_one_entry_and_only_what_changed(in_state, clerks):
    application, clerk = in_state(), clerks(Role.SCRUTINY)
    first, second, *_more = checklists.items_of(application)

    checklists.save_checks(application.tracking_id, by=clerk, ticks={first.pk: True, second.pk: False})
    checklists.save_checks(application.tracking_id, by=clerk, ticks={first.pk: True, second.pk: True})
    checklists.save_checks(application.tracking_id, by=clerk, ticks={first.pk: True, second.pk: True})

    assert list(application.checked.values_list("item", "right").order_by("item__order")) == [
        (first.pk, True),
        (second.pk, True),
    ]
    told = [entry.data["after"] for entry in timeline(application.stream) if entry.verb == "papers_checked"]
    assert told == [
        {"checked": {"challan/1": True, "challan/2": False}},
        {"checked": {"challan/2": True}},
    ]


def test_a_point_of_another_applications_documents_is_not_kept(in_state, clerks):
    application = in_state()
    stranger = ChecklistItem.objects.filter(document="affidavit").first()

    checklists.save_checks(application.tracking_id, by=clerks(Role.SCRUTINY), ticks={stranger.pk: False})

    assert application.checked.count() == 0
    assert _last(application).verb == "submit"


def test_who_does_not_look_at_papers_ticks_nothing(in_state, clerks):
    with pytest.raises(Refused, match="does not look at papers"):
        checklists.save_checks(in_state().tracking_id, by=clerks(Role.RECEIPT), ticks={})
    with pytest.raises(Refused, match="changed no more"):
        checklists.save_checks(in_state(State.APPROVED).tracking_id, by=clerks(Role.APPROVAL), ticks={})


def test_an_office_sights_originals_and_takes_back_only_its_own(in_state, person, clerks):
    lahore = person(Role.REGIONAL, office="lahore")
    application = in_state(office="lahore")
    identity = application.tracking_id
    checklists.sight_originals(identity, by=clerks(Role.RECEIPT), documents=["cnic"])

    checklists.sight_originals(identity, by=lahore, documents=["matric", "inter", "affidavit"])
    checklists.sight_originals(identity, by=lahore, documents=["matric"])
    checklists.sight_originals(identity, by=lahore, documents=["matric"])

    assert list(application.sightings.values_list("requirement", "office").order_by("requirement")) == [
        ("cnic", ""),
        ("matric", "lahore"),
    ]
    told = [e.data["after"] for e in timeline(application.stream) if e.verb == "originals_sighted"]
    assert told == [
        {"sighted": ["cnic"], "taken_back": [], "office": ""},
        {"sighted": ["inter", "matric"], "taken_back": [], "office": "lahore"},
        {"sighted": [], "taken_back": ["inter"], "office": "lahore"},
    ]


def test_who_may_not_sight(in_state, person, clerks):
    application = in_state(office="lahore")

    with pytest.raises(Refused, match="Only a receipt counter or a regional office"):
        checklists.sight_originals(application.tracking_id, by=clerks(Role.SCRUTINY), documents=["cnic"])
    with pytest.raises(Refused, match="not yours to see"):
        checklists.sight_originals(
            application.tracking_id, by=person(Role.REGIONAL, office="karachi"), documents=["cnic"]
        )
    assert application.sightings.count() == 0


def test_objections_are_suggested_by_the_preflight_and_by_what_is_not_right(in_state, a_result, clerks):
    application = in_state(result=a_result("BO111111", cnic="", result_codes="R/E"))
    points = {f"{item.document_id}/{item.order}": item for item in checklists.items_of(application)}
    checklists.save_checks(
        application.tracking_id,
        by=clerks(Role.SCRUTINY),
        ticks={points["matric/1"].pk: False, points["matric/4"].pk: True},
    )

    found = checklists.suggested(
        preflight(application.result, kind="PC", issue="ORIGINAL"),
        application.checked.select_related("item"),
        ObjectionReason.objects.all(),
    )

    assert found.keys() == {"cnic-copy", "course-not-passed", "name-differs"}
    assert found["cnic-copy"] == "No CNIC is on record."
    assert found["name-differs"] == "The name is the one on record"
