"""Papers on the case: checklists, originals, objections with their suggestions, document beside record."""

import re
from html import escape

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from degreetrack.accounts.models import Role
from degreetrack.applications import proposals, services
from degreetrack.applications.lifecycle import State
from degreetrack.applications.models import Application
from degreetrack.catalogue.models import ChecklistItem, RequiredDocument
from degreetrack.documents.services import take_in
from degreetrack.journal.services import timeline
from tests.documents.papers import pdf, photo_of_phone
from tests.life import applicant_of

pytestmark = pytest.mark.django_db
STAFF = [role for role in Role if role not in (Role.APPLICANT, Role.CLOCK, Role.LEDGER)]
OBJECTORS = {Role.SCRUTINY, Role.VERIFICATION, Role.APPROVAL}


def _point(document: str, order: int) -> ChecklistItem:
    return ChecklistItem.objects.get(document=document, order=order)


def _ticked(page: str) -> list[str]:
    return re.findall(r'name="objection" value="([a-z0-9-]+)" checked', page)


@pytest.fixture
def with_papers(in_state):
    """A case with a photo of its CNIC and a PDF of its Matric certificate."""

    def make(state=State.RECEIVED, **more):
        application = in_state(state, **more)
        for code, name, data in (
            ("cnic", "cnic.jpg", photo_of_phone()),
            ("matric", "matric.pdf", pdf(2)),
        ):
            take_in(
                application.result.student,
                [SimpleUploadedFile(name, data)],
                requirement=RequiredDocument.objects.get(pk=code),
                by=applicant_of(application),
            )
        return application

    return make


def test_a_point_that_is_not_right_ticks_its_objection(desk, in_state):
    application, client = in_state(), desk(Role.SCRUTINY)
    case = f"/staff/case/{application.tracking_id}/"
    assert _ticked(client.get(case).content.decode()) == []

    ticks = {f"point-{_point('cnic', 1).pk}": "wrong", f"point-{_point('cnic', 4).pk}": "right"}
    answer = client.post(f"{case}papers/ticks/", ticks, follow=True)

    page = answer.content.decode()
    assert answer.redirect_chain == [(case, 302)]
    assert _ticked(page) == ["cnic-differs"]
    assert "Suggested by: The number is the one on record" in page
    assert "Send an attested copy of the CNIC or the B-form." in page
    assert "Identity 2" in page
    assert list(application.checked.values_list("right", flat=True).order_by("item__order")) == [False, True]


def test_what_was_chosen_is_kept_when_the_move_is_refused(desk, in_state):
    application = in_state(State.CHECKED)

    answer = desk(Role.VERIFICATION).post(
        f"/staff/case/{application.tracking_id}/object/", {"objection": ["no-signature", "fee-short"]}
    )

    page = answer.content.decode()
    assert answer.status_code == 409
    assert "A later objection needs your supervisor" in page
    assert sorted(_ticked(page)) == ["fee-short", "no-signature"]


def test_who_may_tick_sight_and_propose_by_role(client, clerks, in_state):
    for role in STAFF:
        client.force_login(clerks(role))
        application = in_state(State.CHECKED, office="lahore")
        papers = f"/staff/case/{application.tracking_id}/papers/"
        late = {"objection": "cnic-copy", "why": "Overlooked"}
        statuses = [
            client.post(f"{papers}ticks/", {}).status_code,
            client.post(f"{papers}sighted/", {"sighted": ["cnic"]}).status_code,
            client.post(f"{papers}propose/", late).status_code,
        ]

        assert statuses == [
            302 if role in OBJECTORS else 409,
            302 if role in (Role.RECEIPT, Role.REGIONAL) else 409,
            302 if role in OBJECTORS else 409,
        ], role
        assert application.sightings.count() == (statuses[1] == 302)
        assert application.proposals.count() == (statuses[2] == 302)


def test_no_office_reaches_the_papers_of_anothers_file(client, person, with_papers):
    application = with_papers(office="karachi")
    document = application.result.student.documents.first()
    client.force_login(person(Role.REGIONAL, office="lahore"))
    case = f"/staff/case/{application.tracking_id}/"

    for path in ("papers/ticks/", "papers/sighted/", "papers/propose/"):
        assert client.post(case + path, {"sighted": ["cnic"]}).status_code == 404
    assert client.get(f"{case}compare/{document.pk}/").status_code == 404
    assert application.sightings.count() == 0


def test_scrutiny_reads_which_office_sighted_the_original(client, person, clerks, in_state):
    application = in_state(office="lahore")
    case = f"/staff/case/{application.tracking_id}/"
    client.force_login(person(Role.REGIONAL, office="lahore"))
    page = client.post(f"{case}papers/sighted/", {"sighted": ["matric"]}, follow=True).content.decode()
    assert 'value="matric" checked' in page

    client.force_login(clerks(Role.SCRUTINY))
    page = client.get(case).content.decode()

    assert "original sighted by Lahore on " in page
    assert 'name="sighted"' not in page


def test_the_proposal_goes_to_the_supervisor_and_comes_back(client, person, in_state):
    clerk, supervisor = person(Role.VERIFICATION), person(Role.VERIFICATION, supervisor=True)
    application = in_state(State.CHECKED)
    case = f"/staff/case/{application.tracking_id}/"
    client.force_login(clerk)
    page = client.get(case).content.decode()
    assert "only a supervisor raises objections now" in page
    late = {"objection": "unclear-copy", "own_words": "The seal is cut off."}
    late["why"] = "Seen at the second look"
    client.post(f"{case}papers/propose/", late)
    assert "No answer yet." in client.get("/staff/proposals/").content.decode()

    client.force_login(supervisor)
    page = client.get("/staff/proposals/").content.decode()
    assert "Seen at the second look" in page
    assert "A copy cannot be read." in page
    assert "The seal is cut off." in page
    row = proposals.open_proposal(application)
    client.post(f"/staff/proposals/{row.pk}/decline/", {"answer": "The seal is on page two"})
    client.force_login(clerk)
    assert "The seal is on page two" in client.get("/staff/proposals/").content.decode()
    assert "The seal is on page two" in client.get(case).content.decode()

    client.post(f"{case}papers/propose/", late)
    client.force_login(supervisor)
    again = proposals.open_proposal(application)
    page = client.post(f"/staff/proposals/{again.pk}/accept/", follow=True).content.decode()
    assert "The objections are raised." in page
    assert Application.objects.get().state == State.OBJECTED
    assert "raised in 1 round" in client.get(case).content.decode()
    page = client.post(f"/staff/proposals/{again.pk}/accept/", follow=True).content.decode()
    assert "decided already" in page


def test_no_clerk_decides_a_proposal(client, person, in_state):
    clerk, colleague = person(Role.VERIFICATION), person(Role.VERIFICATION)
    application = in_state(State.CHECKED)
    row = proposals.propose(
        application.tracking_id, by=clerk, objections=[("cnic-copy", None)], why="Overlooked"
    )

    for user in (clerk, colleague, person(Role.PRINTING, supervisor=True)):
        client.force_login(user)
        for decision in ("accept", "decline"):
            client.post(f"/staff/proposals/{row.pk}/{decision}/", {"answer": "Because"})
    row.refresh_from_db()

    assert (row.accepted, Application.objects.get().state) == (None, State.CHECKED)
    client.force_login(person(Role.VERIFICATION, supervisor=True))
    assert client.post(f"/staff/proposals/{row.pk}/burn/").status_code == 404


def test_proposals_are_read_by_those_who_object(client, clerks, aiou):
    for role in STAFF:
        client.force_login(clerks(role))
        assert (client.get("/staff/proposals/").status_code == 200) is (role in OBJECTORS), role


@pytest.mark.parametrize("rows", [1, 3])
def test_the_supervisors_list_asks_a_fixed_number_of_questions(
    rows, client, person, in_state, django_assert_num_queries
):
    clerk, supervisor = person(Role.VERIFICATION), person(Role.VERIFICATION, supervisor=True)
    for _each in range(rows):
        proposals.propose(
            in_state(State.CHECKED).tracking_id, by=clerk, objections=[("cnic-copy", None)], why="Overlooked"
        )
    client.force_login(supervisor)

    with django_assert_num_queries(8):
        page = client.get("/staff/proposals/").content.decode()

    assert page.count("/accept/") == rows


def test_the_document_stands_beside_the_record_with_its_checklist(desk, with_papers):
    application = with_papers()
    cnic = application.result.student.documents.get(requirement="cnic")
    matric = application.result.student.documents.get(requirement="matric")
    client, case = desk(Role.SCRUTINY), f"/staff/case/{application.tracking_id}/"
    assert f"{case}compare/{cnic.pk}/" in client.get(case).content.decode()

    page = client.get(f"{case}compare/{cnic.pk}/").content.decode()

    student = application.result.student
    assert f'<img src="/staff/documents/{cnic.pages.get().pk}/"' in page
    for told in (student.name_en, student.name_ur, student.father_name_ur, student.cnic, "1 May 1995"):
        assert told in page
    assert f'data-key="n" href="{case}compare/{matric.pk}/"' in page
    assert 'data-key="p"' not in page
    assert re.findall(r"<legend>(.*?)</legend>", page)[:4] == [
        escape(item.text) for item in ChecklistItem.objects.filter(document="cnic")
    ]
    assert timeline(application.stream)[-1].verb == "view"
    beside_pdf = client.get(f"{case}compare/{matric.pk}/").content.decode()
    assert "Open the PDF, 2 pages" in beside_pdf
    assert f'data-key="p" href="{case}compare/{cnic.pk}/"' in beside_pdf


def test_ticks_beside_a_document_lead_back_to_it(desk, with_papers):
    application = with_papers()
    cnic = application.result.student.documents.get(requirement="cnic")
    case = f"/staff/case/{application.tracking_id}/"

    answer = desk(Role.SCRUTINY).post(
        f"{case}papers/ticks/", {f"point-{_point('cnic', 2).pk}": "wrong", "beside": cnic.pk}, follow=True
    )

    assert answer.redirect_chain == [(f"{case}compare/{cnic.pk}/", 302)]
    assert _ticked(answer.content.decode()) == ["cnic-copy"]


def test_a_strangers_document_is_not_shown_beside_this_record(desk, with_papers):
    one, other = with_papers(), with_papers()
    stranger = other.result.student.documents.first()

    answer = desk(Role.SCRUTINY).get(f"/staff/case/{one.tracking_id}/compare/{stranger.pk}/")

    assert answer.status_code == 404


def test_what_answers_an_objection_is_looked_at_beside_the_record_too(desk, in_state, clerks):
    application = in_state(State.OBJECTED)
    paper = take_in(
        application.result.student,
        [SimpleUploadedFile("photo.jpg", photo_of_phone())],
        title="Answer",
        by=applicant_of(application),
    )
    row = application.objections.get()
    row.documents.add(paper)
    services.move(application.tracking_id, "answer", by=clerks(Role.RECEIPT), answers={row.pk: "See it"})

    page = desk(Role.SCRUTINY).get(f"/staff/case/{application.tracking_id}/compare/{paper.pk}/")

    assert f'<img src="/staff/documents/{paper.pages.get().pk}/"' in page.content.decode()


def test_kept_ticks_lead_back_into_the_chain_of_files(desk, in_state):
    application, client = in_state(), desk(Role.SCRUTINY)
    case = f"/staff/case/{application.tracking_id}/"
    page = client.get(f"{case}?then=next&urgent=1").content.decode()
    assert page.count('name="then" value="then=next&amp;urgent=1"') >= 2

    ticks = {f"point-{_point('cnic', 1).pk}": "right", "then": "then=next&urgent=1"}
    answer = client.post(f"{case}papers/ticks/", ticks)

    assert answer["Location"] == f"{case}?then=next&urgent=1"


def test_ticks_that_come_with_a_decision_are_kept_even_where_it_is_refused(desk, in_state):
    application, client = in_state(), desk(Role.SCRUTINY)
    case = f"/staff/case/{application.tracking_id}/"

    refused = client.post(f"{case}check/", {f"point-{_point('cnic', 1).pk}": "wrong"})
    done = client.post(f"{case}check/", {f"point-{_point('cnic', 1).pk}": "right"}, follow=True)

    assert (refused.status_code, done.status_code) == (409, 200)
    assert list(application.checked.values_list("right", flat=True)) == [True]
    assert Application.objects.get().state == State.CHECKED
