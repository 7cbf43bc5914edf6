"""The applicant's papers through real requests: given, seen, taken back; by nobody else."""

import re

import pytest
from django.contrib.messages import get_messages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from degreetrack.accounts.models import Role
from degreetrack.applications.lifecycle import State
from degreetrack.catalogue.models import RequiredDocument
from degreetrack.documents.models import Document, Upload
from degreetrack.documents.services import take_in
from degreetrack.documents.uploads import CHUNK
from degreetrack.journal.services import timeline
from degreetrack.records.models import Student
from tests.documents.conftest import APPLICANT
from tests.documents.papers import file, pdf, photo, photo_of_phone

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _parts(settings, tmp_path) -> None:
    settings.VAR_DIR = tmp_path


@pytest.fixture
def student(a_result) -> Student:
    """Whose papers they are."""
    return a_result().student


@pytest.fixture
def portal(signed_in, student) -> Client:
    """The student's browser."""
    return signed_in(student)


def _given(portal: Client, *files: SimpleUploadedFile, **fields):
    return portal.post("/my/documents/", {"files": files, "requirement": "cnic"} | fields)


def test_strangers_are_sent_to_sign_in(client, student):
    page = take_in(student, [photo()], by=APPLICANT).pages.get()

    for address in ("", "uploads/", f"{page.document_id}/remove/"):
        answer = client.post(f"/my/documents/{address}")
        assert (answer.status_code, answer["Location"].split("?")[0]) == (302, "/my/sign-in/")
    answer = client.get(f"/my/documents/{page.pk}/")
    assert (answer.status_code, answer["Location"].split("?")[0]) == (302, "/my/sign-in/")


def test_a_plain_form_gives_a_paper_and_goes_back(portal, student):
    answer = _given(portal, photo(), photo(seed=2), next="/my/?step=2")

    assert (answer.status_code, answer["Location"]) == (302, "/my/?step=2")
    assert [str(message) for message in get_messages(answer.wsgi_request)] == [
        "Your paper has arrived and is kept."
    ]
    document = Document.objects.get()
    assert (document.student, document.requirement_id, document.pages.count()) == (student, "cnic", 2)


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)", ""]
)
def test_it_goes_back_within_this_site_only(portal, elsewhere):
    assert _given(portal, photo(), next=elsewhere)["Location"] == "/my/"


def test_another_paper_keeps_its_title(portal):
    _given(portal, photo(), requirement="", title="Letter of the school")

    assert Document.objects.get().title == "Letter of the school"


def test_a_refusal_is_shown_with_the_form_to_try_again(portal):
    _given(portal, photo())

    answer = _given(portal, file("letter.jpg", b"Dear Sir"), next="/my/?step=2")

    page = answer.content.decode()
    assert answer.status_code == 422
    assert "“letter.jpg” is neither a picture nor a PDF, whatever its name says." in page
    assert '<img src="data:image/svg+xml;base64,' in page
    assert 'alt="Sample: Attested copy of CNIC or B-form"' in page
    assert re.findall(r'name="(requirement|next)" value="([^"]*)"', page) == [
        ("requirement", "cnic"),
        ("next", "/my/?step=2"),
        ("next", "/my/?step=2"),
    ]
    assert "you need not give it again" in page
    assert f'href="/my/documents/{Document.objects.get().pages.get().pk}/"' in page
    assert 'accept="image/*,application/pdf" multiple required' in page
    assert '<script defer src="/static/js/upload.js"></script>' in page


def test_a_refused_other_paper_keeps_what_was_typed(portal):
    page = _given(portal, requirement="", title="Letter").content.decode()

    assert "Choose a photo or a PDF first." in page
    assert 'name="title" maxlength="150" value="Letter"' in page
    assert "<img src=data" not in page


def test_an_unknown_requirement_is_not_found(portal):
    assert _given(portal, photo(), requirement="moon").status_code == 404


def test_a_picture_is_shown_so_that_nothing_in_it_runs(portal, student):
    page = take_in(student, [photo()], by=APPLICANT).pages.get()

    answer = portal.get(f"/my/documents/{page.pk}/")

    told = ("Content-Type", "Content-Disposition", "X-Content-Type-Options", "Cache-Control")
    assert [answer[name] for name in told] == [
        "image/jpeg",
        f'inline; filename="page-{page.pk}.jpg"',
        "nosniff",
        "private, no-store",
    ]
    assert answer["Content-Security-Policy"] == "sandbox; default-src 'none'"
    with page.file.open() as kept:
        assert answer.content == kept.read()


def test_a_pdf_is_handed_down(portal, student):
    page = take_in(student, [file("a.pdf", pdf())], by=APPLICANT).pages.get()

    answer = portal.get(f"/my/documents/{page.pk}/")

    assert (answer["Content-Type"], answer["Content-Disposition"]) == (
        "application/pdf",
        f'attachment; filename="page-{page.pk}.pdf"',
    )
    assert answer["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert answer.content == pdf()


def test_a_foreign_page_looks_like_none(signed_in, student, a_result):
    document = take_in(student, [photo()], by=APPLICANT)
    page = document.pages.get()
    other = signed_in(a_result("BO680725").student)

    foreign, unknown = (other.get(f"/my/documents/{pk}/") for pk in (page.pk, 999_999))

    assert (foreign.status_code, unknown.status_code) == (404, 404)
    # Both name the address that was asked for, in the link to the other language.
    shown = [re.sub(rb"documents%2F\d+", b"", answer.content) for answer in (foreign, unknown)]
    assert shown[0] == shown[1]
    assert other.post(f"/my/documents/{document.pk}/remove/").status_code == 404
    assert Document.objects.get().removed_at is None


def test_a_paper_is_taken_back(portal, student):
    document = take_in(student, [photo()], by=APPLICANT)
    address = f"/my/documents/{document.pk}/remove/"

    answer = portal.post(address, {"next": "/my/papers/"})

    assert (answer.status_code, answer["Location"]) == (302, "/my/papers/")
    assert portal.get(f"/my/documents/{document.pages.get().pk}/").status_code == 404
    assert portal.post(address).status_code == 404
    assert portal.get(address).status_code == 405


def _begin(portal: Client, data: bytes, filename: str = "photo.jpg", **fields):
    return portal.post(
        "/my/documents/uploads/",
        {"filename": filename, "size": len(data), "requirement": "cnic"} | fields,
    )


def _patch(portal: Client, token: str, offset: object, chunk: bytes):
    return portal.patch(
        f"/my/documents/uploads/{token}/",
        chunk,
        content_type="application/octet-stream",
        headers={"Upload-Offset": str(offset)},
    )


def test_a_photo_arrives_by_chunks_though_the_line_breaks(portal, signed_in, student):
    data = photo_of_phone()
    begun = _begin(portal, data)
    token = begun.json()["token"]
    assert (begun.status_code, begun.json()) == (
        201,
        {"token": token, "offset": 0, "size": len(data), "chunk": CHUNK},
    )

    assert _patch(portal, token, 0, data[:CHUNK]).json() == {"offset": CHUNK, "size": len(data)}
    wrong = _patch(portal, token, 0, data[:CHUNK])
    assert (wrong.status_code, wrong.json()) == (
        409,
        {"error": f"The upload goes on at byte {CHUNK}. Send what comes from there.", "offset": CHUNK},
    )
    # The browser was closed; it signs in again and asks.
    again = signed_in(student)
    offset = again.get(f"/my/documents/uploads/{token}/").json()["offset"]
    while offset < len(data):
        offset = _patch(again, token, offset, data[offset : offset + CHUNK]).json()["offset"]
    done = again.post("/my/documents/uploads/finish/", {"token": [token]})

    document = Document.objects.get()
    assert (done.status_code, done.json()) == (
        200,
        {"document": document.pk, "said": "Your paper has arrived and is kept."},
    )
    assert (document.student, document.requirement_id) == (student, "cnic")
    assert again.get(f"/my/documents/uploads/{token}/").status_code == 404


def test_an_upload_belongs_to_one_person(portal, signed_in, a_result):
    token = _begin(portal, b"0123456789").json()["token"]
    other = signed_in(a_result("BO680725").student)

    answers = [
        other.get(f"/my/documents/uploads/{token}/"),
        _patch(other, token, 0, b"0"),
        other.post("/my/documents/uploads/finish/", {"token": [token]}),
        other.get("/my/documents/uploads/no-such-token/"),
    ]

    assert [answer.status_code for answer in answers] == [404] * 4
    assert Upload.objects.get().received == 0


def test_what_is_refused_at_the_end_is_told_in_words(portal):
    token = _begin(portal, b"only words", "letter.jpg").json()["token"]
    _patch(portal, token, 0, b"only words")

    answer = portal.post("/my/documents/uploads/finish/", {"token": [token]})

    assert (answer.status_code, answer.json()) == (
        422,
        {
            "error": "“letter.jpg” is neither a picture nor a PDF, whatever its name says. "
            "Take a photo of the paper."
        },
    )


def test_half_an_upload_and_an_absent_scanner_are_tried_again(portal, settings):
    token = _begin(portal, pdf()).json()["token"]
    address = "/my/documents/uploads/finish/"

    half = portal.post(address, {"token": [token]})
    _patch(portal, token, 0, pdf())
    settings.CLAMD = "127.0.0.1:1"
    unscanned = portal.post(address, {"token": [token]})

    assert (half.status_code, unscanned.status_code) == (503, 503)
    assert half.json()["error"].startswith("“photo.jpg” has not arrived whole yet.")
    assert unscanned.json()["error"].startswith("Files cannot be checked just now")


@pytest.mark.parametrize("size", ["", "0", "-1", "x", "99999999999999", str(11 * 1024**2)])
def test_a_size_that_cannot_be_is_refused(portal, size):
    answer = portal.post("/my/documents/uploads/", {"filename": "a.jpg", "size": size})

    assert answer.status_code == 422
    assert answer.json()["error"].startswith("“a.jpg” is ")


@pytest.mark.parametrize("offset", ["", "x", "-1", "9" * 30])
def test_an_offset_that_is_no_number_is_refused(portal, offset):
    token = _begin(portal, b"0123456789").json()["token"]

    answer = _patch(portal, token, offset, b"0")

    assert (answer.status_code, answer.json()["error"]) == (
        400,
        "The header Upload-Offset must be a whole number.",
    )


def test_chunks_beyond_their_size_and_the_files_are_refused(portal):
    token = _begin(portal, bytes(CHUNK + 5)).json()["token"]

    large = _patch(portal, token, 0, bytes(CHUNK + 1))
    _patch(portal, token, 0, bytes(CHUNK))
    more = _patch(portal, token, CHUNK, bytes(6))

    assert (large.status_code, large.json()["error"]) == (413, "A chunk may have 512 KB and no more.")
    assert (more.status_code, more.json()["error"]) == (
        422,
        "More of “photo.jpg” came than was announced. Choose the file again.",
    )


def test_a_forged_request_is_refused(student, signed_in):
    token = _begin(signed_in(student), b"0123456789").json()["token"]
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = signed_in(student).cookies

    assert _patch(strict, token, 0, b"0").status_code == 403
    assert strict.post("/my/documents/uploads/finish/", {"token": [token]}).status_code == 403


def test_staff_see_the_papers_of_those_whose_application_they_may_see(client, in_state, person):
    application = in_state(State.RECEIVED)
    student = application.result.student
    page = take_in(
        student, [photo()], requirement=RequiredDocument.objects.get(pk="cnic"), by=APPLICANT
    ).pages.get()
    client.force_login(clerk := person(Role.SCRUTINY))

    answer = client.get(f"/staff/documents/{page.pk}/")

    assert (answer.status_code, answer["Content-Type"]) == (200, "image/jpeg")
    assert answer["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert set(answer["Cache-Control"].split(", ")) == {"private", "no-store"}
    look = timeline(f"student/{student.pk}")[-1]
    assert (look.verb, look.actor, look.data["after"]) == (
        "view_document",
        clerk,
        {"document": page.document_id, "page": page.pk},
    )


def test_other_staff_find_nothing(client, in_state, person, student):
    page = take_in(student, [photo()], by=APPLICANT).pages.get()
    theirs = take_in(in_state(State.RECEIVED).result.student, [photo()], by=APPLICANT).pages.get()

    client.force_login(person(Role.SCRUTINY))
    assert client.get(f"/staff/documents/{page.pk}/").status_code == 404
    assert client.get("/staff/documents/999999/").status_code == 404
    client.force_login(person(Role.REGIONAL, office="lahore"))
    assert client.get(f"/staff/documents/{theirs.pk}/").status_code == 404
    verbs = [entry.verb for entry in timeline(f"student/{theirs.document.student_id}")]
    assert verbs == ["give_document"]
