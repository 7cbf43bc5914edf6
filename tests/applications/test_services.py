from datetime import timedelta

import pytest
from django.utils import timezone

from degreetrack.accounts.models import Actor, Right, Role
from degreetrack.applications import services
from degreetrack.applications.lifecycle import State
from degreetrack.applications.models import Application
from degreetrack.applications.preflight import preflight
from degreetrack.credentials.lots import receive
from degreetrack.credentials.models import Blank
from degreetrack.journal.services import timeline
from degreetrack.kit.refusals import Refused
from degreetrack.notifications.models import Notice
from tests.life import datetime_after

pytestmark = pytest.mark.django_db


def test_receipt_is_acknowledged_by_email_and_sms_at_once(in_state):
    application = in_state(email="ayesha@example.org", language="ur")

    notices = Notice.objects.filter(stream=application.stream).order_by("channel")
    assert [(n.template, n.channel, n.language, n.fate) for n in notices] == [
        ("submit", "email", "ur", "queued"),
        ("submit", "sms", "ur", "queued"),
    ]
    assert all(application.tracking_id in notice.body for notice in notices)


def test_a_second_open_application_for_the_same_is_refused(in_state):
    first = in_state()

    with pytest.raises(Refused, match=f"open already: {first.tracking_id}"):
        in_state(result=first.result)

    assert Application.objects.count() == 1


def test_after_the_first_has_ended_another_is_received(in_state):
    first = in_state(State.WITHDRAWN)

    assert in_state(result=first.result).state == State.RECEIVED


def test_whoever_verified_may_not_approve(in_state, person):
    both = person(Role.VERIFICATION)
    Right.objects.create(section=both.section, role=Role.APPROVAL)
    application = in_state(State.CHECKED)
    services.move(application.tracking_id, "verify", by=both)

    with pytest.raises(Refused, match="a second person must approve"):
        services.move(application.tracking_id, "approve", by=both)

    approver = person(Role.APPROVAL)
    assert services.move(application.tracking_id, "approve", by=approver).state == State.APPROVED


def test_all_objections_of_one_move_have_their_own_answers(in_state, clerks):
    application = in_state()
    services.move(
        application.tracking_id,
        "object",
        by=clerks(Role.SCRUTINY),
        objections=[(None, "The form is not signed."), (None, "The photograph is missing.")],
    )
    first, second = application.objections.all()

    with pytest.raises(Refused, match="Still missing: The photograph is missing"):
        services.move(
            application.tracking_id,
            "answer",
            by=clerks(Role.RECEIPT),
            answers={first.pk: "Signed", second.pk: " "},
        )
    services.move(
        application.tracking_id,
        "answer",
        by=clerks(Role.RECEIPT),
        answers={first.pk: "Signed", second.pk: "Here"},
    )
    services.move(application.tracking_id, "check", by=clerks(Role.SCRUTINY))

    assert [(row.answer, row.cleared_at is not None) for row in application.objections.all()] == [
        ("Signed", True),
        ("Here", True),
    ]


@pytest.mark.parametrize(
    ("objections", "words"),
    [
        ([], "Choose at least one"),
        ([("no-such", None)], "no objection “no-such”"),
        ([(None, "abc")], "5 to 500 letters"),
        ([(None, "x" * 501)], "5 to 500 letters"),
    ],
)
def test_objections_that_say_nothing_are_refused(objections, words, in_state, clerks):
    application = in_state()

    with pytest.raises(Refused, match=words):
        services.move(application.tracking_id, "object", by=clerks(Role.SCRUTINY), objections=objections)

    assert Application.objects.get().state == State.RECEIVED


def test_objections_from_the_catalogue_bring_their_cure(in_state, clerks, aiou):
    from degreetrack.catalogue.models import ObjectionReason

    reason = ObjectionReason.objects.first()
    application = in_state()

    services.move(application.tracking_id, "object", by=clerks(Role.SCRUTINY), objections=[(reason.pk, None)])

    row = application.objections.get()
    assert (row.reason, row.text_ur, row.cure_en) == (reason, reason.text_ur, reason.cure_en)


def test_the_limit_is_thirty_days_by_the_calendar(in_state, aiou):
    application = in_state(State.OBJECTED)

    first = timezone.localdate() + timedelta(days=30)
    assert first <= application.limit_on <= first + timedelta(days=12)


def test_the_clock_returns_after_the_limit_and_not_before(in_state):
    application = in_state(State.OBJECTED)

    assert services.return_overdue() == 0
    assert services.return_overdue(at=datetime_after(application)) == 1
    returned = Application.objects.get()
    assert (returned.state, returned.limit_on > application.limit_on) == (State.RETURNED, True)


def test_one_that_cannot_be_returned_does_not_stop_the_others(in_state, caplog):
    broken, whole = in_state(State.OBJECTED), in_state(State.OBJECTED)
    # A language without templates.
    Application.objects.filter(pk=broken.pk).update(language="xx")

    assert services.return_overdue(at=datetime_after(whole)) == 1

    assert f"return_overdue failed with {broken.stream}: TemplateDoesNotExist" in caplog.text
    assert Application.objects.get(pk=broken.pk).state == State.OBJECTED


def test_an_answer_a_moment_before_the_clock_wins(in_state, clerks, monkeypatch):
    application = in_state(State.OBJECTED)
    late = datetime_after(application)
    row = application.objections.get()
    services.move(application.tracking_id, "answer", by=clerks(Role.RECEIPT), answers={row.pk: "Here it is"})

    with pytest.raises(Refused, match="not possible now"):
        services.move(application.tracking_id, "return", by=services.CLOCK, at=late)

    assert services.return_overdue(at=late) == 0


def test_a_returned_application_is_revived_within_its_year_only(in_state, clerks):
    application = in_state(State.RETURNED)
    row = application.objections.get()
    answers = {row.pk: "Here it is"}
    too_late = application.state_since + timedelta(days=400)

    with pytest.raises(Refused, match="a new application is needed"):
        services.move(
            application.tracking_id, "revive", by=clerks(Role.RECEIPT), answers=answers, at=too_late
        )
    in_time = application.state_since + timedelta(days=200)
    revived = services.move(
        application.tracking_id, "revive", by=clerks(Role.RECEIPT), answers=answers, at=in_time
    )

    assert (revived.state, revived.limit_on) == (State.ANSWERED, None)


def test_a_stock_number_is_used_once_and_spoiled_for_a_reason(in_state, clerks):
    application, other = in_state(State.APPROVED), in_state(State.APPROVED)
    printer = clerks(Role.PRINTING)
    receive("PC", prefix="PC-", first="1", last="2", paper_no="Note 1", by=printer)
    services.move(application.tracking_id, "print", by=printer, stock_no=" pc-1 ")

    with pytest.raises(Refused, match="PC-1 is used already"):
        services.move(other.tracking_id, "print", by=printer, stock_no="PC-1")
    with pytest.raises(Refused, match="3 to 20 letters"):
        services.move(other.tracking_id, "print", by=printer, stock_no="?")
    services.move(application.tracking_id, "spoil", by=printer, reason="Ink ran")
    services.move(application.tracking_id, "print", by=printer, stock_no="PC-2")

    assert list(Blank.objects.values_list("number", "fate", "reason").order_by("pk")) == [
        ("PC-1", "spoiled", "Ink ran"),
        ("PC-2", "printed", ""),
    ]


def test_a_closed_application_says_why(in_state):
    assert in_state(State.REJECTED).closing_reason == "Not a student of ours"


def test_missing_facts_and_reasons_are_asked_for(in_state, clerks):
    application = in_state(State.SIGNED)

    with pytest.raises(Refused, match="Something is missing: the courier"):
        services.move(application.tracking_id, "dispatch", by=clerks(Role.DISPATCH), courier=" ")
    with pytest.raises(Refused, match="Something is missing: who received it"):
        services.move(application.tracking_id, "hand_over", by=clerks(Role.DISPATCH))
    with pytest.raises(Refused, match="Write the reason"):
        services.move(in_state().tracking_id, "withdraw", by=clerks(Role.RECEIPT), reason=" x ")


def test_unknown_moves_and_applications_are_refused_alike(in_state, clerks):
    application = in_state()

    for verb in ("submit", "explode"):
        with pytest.raises(Refused, match="no such step"):
            services.move(application.tracking_id, verb, by=clerks(Role.RECEIPT))
    with pytest.raises(Refused, match="not yours to see"):
        services.move("AAA-AAA-AAAA", "verify", by=clerks(Role.SCRUTINY))
    with pytest.raises(Refused, match="not yours to see"):
        services.move(application.tracking_id, "verify", by=Actor("nobody"))


def test_a_regional_office_moves_its_own_files_only(in_state, person):
    lahore, swat = person(Role.REGIONAL, office="lahore"), person(Role.REGIONAL, office="swat")
    application = in_state(office="lahore")

    with pytest.raises(Refused, match="not yours to see"):
        services.move(application.tracking_id, "withdraw", by=swat, reason="By mistake")

    assert (
        services.move(application.tracking_id, "withdraw", by=lahore, reason="Asked").state == State.WITHDRAWN
    )


def test_a_look_at_personal_data_is_journalled(in_state, clerks):
    application = in_state()

    services.view(application, by=clerks(Role.AUDITOR))

    assert [entry.verb for entry in timeline(application.stream)][-1] == "view"


def test_nothing_is_queued_for_a_move_that_did_not_commit(in_state, clerks):
    application = in_state(State.APPROVED)
    told = Notice.objects.count()

    with pytest.raises(Refused):
        services.move(application.tracking_id, "print", by=clerks(Role.PRINTING), stock_no="?")

    assert (Notice.objects.count(), Application.objects.get().state) == (told, State.APPROVED)


def test_preflight_tells_what_would_be_objected_to(a_result, in_state):
    clean = a_result("BO680001")
    troubled = a_result("BO680002", result_codes="R/E;R/E;Q/Q", cnic="", name_ur="")
    submitted = in_state(result=clean)

    assert preflight(clean, kind="DEGREE", issue="ORIGINAL") == []
    assert [f.text for f in preflight(clean, kind="PC", issue="ORIGINAL")] == [
        f"An application for this is open already: {submitted.tracking_id}."
    ]
    assert [f.group for f in preflight(troubled, kind="PC", issue="ORIGINAL")] == [
        "result",
        "result",
        "identity",
        "identity",
    ]
