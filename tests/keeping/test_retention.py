"""What was kept long enough is forgotten by the worker; what to do after a breach."""

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.core.management import CommandError, call_command
from django.utils import timezone

from degreetrack.accounts.models import Role
from degreetrack.applicants.models import ApplicantSession
from degreetrack.applications import drafts
from degreetrack.applications.drafts import applicant
from degreetrack.applications.lifecycle import State
from degreetrack.applications.models import Application, Draft
from degreetrack.applications.services import view
from degreetrack.documents.models import Page
from degreetrack.documents.services import take_in
from degreetrack.journal.services import timeline
from degreetrack.journal.verification import verify
from degreetrack.keeping.retention import forget_old
from degreetrack.notifications.models import Notice
from tests.documents.papers import photo

pytestmark = pytest.mark.django_db
NOTHING = {"cases": 0, "drafts": 0, "sign-ins": 0, "files of the post": 0, "sessions": 0}


def _closed(case: Application, *, days: int) -> None:
    Application.objects.filter(pk=case.pk).update(state_since=timezone.now() - timedelta(days=days))


def _with_paper(case: Application) -> None:
    student = case.result.student
    take_in(student, [photo()], title="CNIC", by=applicant(student))


def test_a_case_is_forgotten_two_years_after_it_was_closed_and_not_before(in_state):
    old, young, still_open = (
        in_state(state, address="House 12, Multan", email="a@example.org")
        for state in (State.DELIVERED, State.DELIVERED, State.VERIFIED)
    )
    for case in (old, young, still_open):
        _with_paper(case)
    _closed(old, days=740)
    _closed(young, days=720)

    assert forget_old() == NOTHING | {"cases": 1}

    found = Application.objects.order_by("pk").values_list("mobile", "email", "address")
    whole = ("+923001234567", "a@example.org", "House 12, Multan")
    assert list(found) == [("", "", ""), whole, whole]
    assert Page.objects.count() == 2
    assert timeline(old.stream)[-1].verb == "forgotten"
    assert verify() == []
    assert forget_old() == NOTHING


def test_papers_stay_while_another_case_of_the_same_person_needs_them(in_state, a_result):
    result = a_result("BO680724")
    old = in_state(State.DELIVERED, result=result)
    in_state(State.RECEIVED, result=result)
    _with_paper(old)
    _closed(old, days=740)

    assert (forget_old()["cases"], Page.objects.count()) == (1, 1)


def test_what_was_due_long_ago_is_forgotten_by_the_command(in_state, capsys):
    case = in_state(State.DELIVERED)
    _closed(case, days=3000)

    assert forget_old() == NOTHING
    call_command("forget_old")

    assert (capsys.readouterr().out, Application.objects.get().mobile) == ("1 forgotten\n", "")


def test_a_draft_that_nobody_went_on_with_is_discarded_and_blanked(a_result):
    result = a_result("BO680724")
    draft = drafts.begin(result.student, result.pk, kind="PC", issue="DUPLICATE", urgent=False, language="en")
    Draft.objects.update(address="House 12, Multan", made_at=timezone.now() - timedelta(days=200))

    assert forget_old() == NOTHING | {"drafts": 1}

    draft.refresh_from_db()
    assert (draft.address, draft.discarded_at is None) == ("", False)


def test_after_a_breach_everybody_whom_an_account_saw_is_named_once(in_state, person, capsys):
    seen, _unseen = in_state(State.RECEIVED), in_state(State.RECEIVED)
    thief = person(Role.SCRUTINY, username="thief")
    for _ in range(2):
        view(seen, by=thief)

    today = timezone.localdate()
    call_command("who_was_seen", "thief", since=today)

    [line] = capsys.readouterr().out.splitlines()
    cells = line.split("\t")
    assert [cells[0], *cells[3:]] == [
        seen.result.student.registration_no, "2", "+923001234567", "ayesha@example.org",
    ]  # fmt: skip
    for number in (1, 0):
        call_command("who_was_seen", "thief", since=today, tell=True)
        assert capsys.readouterr().out == f"{number} persons are told.\n"
    told = Notice.objects.filter(template="breach").values_list("stream", "to")
    assert sorted(told) == [
        (f"student/{seen.result.student_id}", "+923001234567"),
        (f"student/{seen.result.student_id}", "ayesha@example.org"),
    ]
    call_command("who_was_seen", "thief", since=today - timedelta(days=9), until=today - timedelta(days=1))
    assert capsys.readouterr().out == ""
    with pytest.raises(CommandError, match="No account"):
        call_command("who_was_seen", "nobody", since=today)


def test_everybody_is_signed_out_at_once(signed_in, a_result, desk, capsys):
    browser, clerk = signed_in(a_result().student), desk(Role.RECEIPT)
    assert Session.objects.count() == 2

    call_command("end_sessions", reason="A stolen laptop")

    assert capsys.readouterr().out == "2 sessions ended.\n"
    assert (Session.objects.count(), ApplicantSession.objects.count()) == (0, 0)
    assert timeline("security")[0].data["after"] == {"sessions": 2}
    assert [client.get(page).status_code for client, page in ((browser, "/my/"), (clerk, "/staff/"))] == [
        302,
        302,
    ]
