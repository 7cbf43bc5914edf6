"""Applying online: the pre-flight, the steps, and what follows from each way of paying."""

from datetime import date

import pytest

from degreetrack.accounts.models import Role
from degreetrack.applications import drafts, intake, services, wishes
from degreetrack.applications.drafts import Part
from degreetrack.applications.lifecycle import State
from degreetrack.applications.models import Application, Draft
from degreetrack.documents.services import take_in
from degreetrack.fees import ledger
from degreetrack.fees.challans import rest
from degreetrack.fees.models import Challan, Payment
from degreetrack.fees.payments import take_payment
from degreetrack.journal.services import timeline
from degreetrack.kit.refusals import Refused
from degreetrack.notifications.models import Notice
from tests.documents.papers import photo

pytestmark = pytest.mark.django_db
WANTED = {"kind": "PC", "issue": "ORIGINAL", "urgent": False}
HOME = {"address": "House 5, Street 9, Rawalpindi", "way": "post", "office": "", "overseas": False}


@pytest.fixture
def result(a_result):
    return a_result("BO680724")


@pytest.fixture
def draft(result) -> Draft:
    return drafts.begin(result.student, result.pk, language="en", **WANTED)


@pytest.fixture
def challan(draft) -> Challan:
    """The challan of a complete draft."""
    student = draft.student
    for seed, paper in enumerate(drafts.papers_for(draft.result, kind="PC", issue="ORIGINAL")):
        take_in(student, [photo(seed=seed + 1)], requirement=paper, by=drafts.applicant(student))
    drafts.save_delivery(student, draft.pk, language="ur", **HOME)
    drafts.confirm_names(student, draft.pk, right=True, correction="")
    return drafts.send(student, draft.pk)


def pay(challan: Challan, amount: int, reference: str = "R1", *, reverses: str = "") -> None:
    facts = {"challan_no": challan.number, "amount": amount, "paid_on": date.today(), "via": "file"}
    take_payment(provider="bank", reference=reference, reverses=reverses, **facts)
    intake.follow_payments()


def test_a_blocking_code_stops_before_anything_is_paid(a_result):
    result = a_result("BO680725", result_codes="R/E")

    checked = drafts.check(result, **WANTED)

    assert (checked.stops, [finding.text[:3] for finding in checked.findings]) == (True, ["R/E"])
    with pytest.raises(Refused, match="R/E"):
        drafts.begin(result.student, result.pk, language="en", **WANTED)
    assert Draft.objects.count() == 0


@pytest.mark.parametrize(
    ("registration_no", "issue", "stops"),
    [
        ("13-ISL-000009", "ORIGINAL", True),
        ("13-ISL-000009", "DUPLICATE", False),
        ("19-ISL-000009", "ORIGINAL", False),
        ("25-ISL-000009", "ORIGINAL", True),
    ],
)
def test_the_intake_decides_whether_an_original_is_applied_for_online(
    registration_no, issue, stops, a_result
):
    result = a_result("BO680725", registration_no=registration_no)

    assert drafts.check(result, kind="PC", issue=issue, urgent=False).stops is stops


def test_what_is_missing_on_record_is_told_but_stops_nobody(a_result):
    result = a_result("BO680725", name_ur="", cnic="")

    checked = drafts.check(result, **WANTED)

    assert not checked.stops
    assert [finding.to_do for finding in checked.findings] == [
        "Write it in the step “Names”; the desk enters it before anything is printed.",
        "Give a clear photo of your CNIC or B-form in the step “Papers”.",
    ]


def test_a_draft_begun_again_is_the_same_and_another_students_result_is_refused(draft, a_result):
    again = drafts.begin(draft.student, draft.result_id, language="en", **WANTED)
    foreign = a_result("BO680799")

    assert again == draft
    with pytest.raises(Refused, match="Choose one of your results"):
        drafts.begin(draft.student, foreign.pk, language="en", **WANTED)


def test_steps_are_done_one_by_one_and_sent_only_when_all_are(draft):
    student = draft.student
    assert list(drafts.done(draft).values()) == [False] * 4
    with pytest.raises(Refused, match="Finish the steps"):
        drafts.send(student, draft.pk)

    drafts.save_delivery(student, draft.pk, language="en", **HOME)
    drafts.confirm_names(student, draft.pk, right=False, correction="Ayesha Siddiqua")

    assert drafts.done(Draft.objects.get()) == {
        Part.PAPERS: False,
        Part.DELIVERY: True,
        Part.NAMES: True,
        Part.FEE: False,
    }


@pytest.mark.parametrize(
    ("over", "told"),
    [
        ({"address": "Here"}, "Write the whole address"),
        ({"way": "pigeon"}, "Choose post, courier"),
        ({"way": "collect", "office": "moon"}, "Choose the office"),
    ],
)
def test_a_fault_in_the_delivery_is_told(over, told, draft):
    with pytest.raises(Refused, match=told):
        drafts.save_delivery(draft.student, draft.pk, language="en", **HOME | over)


@pytest.mark.parametrize(("right", "correction"), [(True, "Ayesha"), (False, " ")])
def test_names_are_right_or_corrected(right, correction, draft):
    with pytest.raises(Refused, match="one of the two"):
        drafts.confirm_names(draft.student, draft.pk, right=right, correction=correction)


def test_the_paid_paper_of_the_counter_is_not_asked_for_online(result):
    codes = [row.code for row in drafts.papers_for(result, kind="PC", issue="ORIGINAL")]

    assert codes == ["cnic", "matric", "inter"]


def test_paid_in_full_it_is_received_and_acknowledged(challan):
    pay(challan, challan.amount)

    application = Application.objects.get()
    assert (application.state, application.route, application.fee_paid) == ("received", "online", 1200)
    assert (application.language, application.challan_no) == ("ur", challan.number)
    assert application.names_confirmed_at
    assert Notice.objects.filter(template="submit").count() == 2
    assert drafts.open_drafts(challan.student).count() == 0


def test_a_sent_draft_changes_no_more_and_keeps_its_challan(challan):
    student, pk = challan.student, Draft.objects.get().pk

    with pytest.raises(Refused, match="changed no more"):
        drafts.save_delivery(student, pk, language="en", **HOME)
    assert drafts.send(student, pk) == challan


def test_a_small_shortage_becomes_one_objection_that_clears_itself(challan):
    pay(challan, challan.amount - 100)
    application = Application.objects.get()
    [objection] = application.objections.all()
    assert (application.state, objection.reason_id) == (State.OBJECTED, "fee-short")

    pay(challan, 100, "R2")

    application.refresh_from_db()
    objection.refresh_from_db()
    assert (application.state, application.fee_paid) == (State.ANSWERED, challan.amount)
    assert objection.cleared_at
    assert Notice.objects.filter(template="settle").count() == 2


def test_a_great_shortage_is_told_and_the_draft_waits(challan):
    pay(challan, 500)

    assert Application.objects.count() == 0
    assert "700" in Notice.objects.get(template="fee_short", channel="sms").body
    pay(challan, 700, "R2")
    assert Application.objects.get().state == State.RECEIVED


def test_too_much_is_received_and_left_for_a_person(challan):
    pay(challan, challan.amount + 50)

    assert Application.objects.get().fee_paid == challan.amount
    assert Payment.objects.get().needs_person


def test_money_taken_back_is_objected_to_and_paid_again_clears(challan):
    pay(challan, challan.amount)

    pay(challan, challan.amount, "R2", reverses="R1")
    assert Application.objects.get().state == State.OBJECTED
    pay(challan, challan.amount, "R3")

    assert Application.objects.get().state == State.ANSWERED
    assert ledger.check_ledger() == []


def test_money_taken_back_after_approval_is_left_for_a_person(challan, clerks):
    pay(challan, challan.amount)
    tracking_id = Application.objects.get().tracking_id
    services.move(tracking_id, "check", by=clerks(Role.SCRUTINY))
    services.move(tracking_id, "verify", by=clerks(Role.VERIFICATION))
    services.move(tracking_id, "approve", by=clerks(Role.APPROVAL))

    pay(challan, challan.amount, "R2", reverses="R1")

    assert Application.objects.get().state == State.APPROVED
    assert Payment.objects.get(reference="R2").needs_person


def test_a_draft_given_up_and_paid_all_the_same_is_left_for_a_person(challan):
    drafts.discard(challan.student, Draft.objects.get().pk)

    pay(challan, challan.amount)

    assert Application.objects.count() == 0
    assert Payment.objects.get().needs_person
    assert drafts.open_drafts(challan.student).count() == 0


def test_a_draft_on_which_something_was_paid_is_not_given_up(challan):
    pay(challan, 100)

    with pytest.raises(Refused, match="Something was paid"):
        drafts.discard(challan.student, Draft.objects.get().pk)
    assert rest(challan) == challan.amount - 100


def test_a_payment_is_followed_once(challan):
    pay(challan, challan.amount)

    assert intake.follow_payments() == 0


def test_an_unknown_payment_is_followed_to_nowhere(aiou):
    facts = {"challan_no": "999", "amount": 5, "paid_on": date.today(), "via": "file"}
    take_payment(provider="bank", reference="R9", **facts)

    assert intake.follow_payments() == 1
    assert Application.objects.count() == 0


def test_names_to_correct_are_settled_before_approval(in_state, clerks):
    application = in_state(State.VERIFIED, correction="Ayesha Siddiqua")
    scrutiny, approval = clerks(Role.SCRUTINY), clerks(Role.APPROVAL)
    with pytest.raises(Refused, match="wishes a correction"):
        services.move(application.tracking_id, "approve", by=approval)
    with pytest.raises(Refused, match="Only scrutiny"):
        wishes.settle_correction(application.tracking_id, by=approval, note="Mended")
    with pytest.raises(Refused, match="Write what was done"):
        wishes.settle_correction(application.tracking_id, by=scrutiny, note="")

    wishes.settle_correction(application.tracking_id, by=scrutiny, note="Record mended by Matric")

    assert timeline(application.stream)[-1].reason == "Record mended by Matric"
    with pytest.raises(Refused, match="No correction"):
        wishes.settle_correction(application.tracking_id, by=scrutiny, note="Again")
    assert services.move(application.tracking_id, "approve", by=approval).state == State.APPROVED


def test_a_shortage_still_open_is_told_at_the_next_application(challan):
    pay(challan, challan.amount - 100)
    student = challan.student

    findings = drafts.check(student.results.get(), kind="DEGREE", issue="ORIGINAL", urgent=False).findings

    assert [finding.text for finding in findings] == [
        f"Rs. 100 are still to be paid on challan {challan.number}."
    ]
