"""What is handed in is kept once, stands for later, and can be taken back."""

import os
import re
import time
from datetime import timedelta
from io import BytesIO

import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import timezone
from PIL import Image

from degreetrack.catalogue.models import RequiredDocument
from degreetrack.documents.models import Document, Page
from degreetrack.documents.services import MOST_BYTES, open_page, remove, standing, take_in
from degreetrack.journal.services import timeline
from degreetrack.kit.refusals import Refused
from tests.documents.conftest import APPLICANT
from tests.documents.papers import encoded, file, pdf, photo, photo_of_phone, sheet_of_text

pytestmark = pytest.mark.django_db


def _refusal(student, *files) -> str:
    with pytest.raises(Refused) as caught:
        take_in(student, files, by=APPLICANT)
    assert Document.objects.count() == 0
    return str(caught.value)


def test_a_paper_of_two_pages_is_kept_under_random_names(student, cnic, kept):
    files = [file("Ayesha CNIC.jpg", photo_of_phone(), "text/plain"), file("back.jpg", pdf(2), "image/jpeg")]

    document = take_in(student, files, requirement=cnic, by=APPLICANT)

    front, back = document.pages.all()
    assert (front.order, front.media_type, front.width, front.height) == (1, "image/jpeg", 1500, 2000)
    assert (back.order, back.media_type, back.pdf_pages, back.bytes) == (2, "application/pdf", 2, len(pdf(2)))
    for page in (front, back):
        assert re.fullmatch(r"([0-9a-f]{2})/\1[0-9a-f]{38}\.(jpg|pdf)", page.file.name)
        assert (kept / page.file.name).stat().st_size == page.bytes
    with open_page(front) as opened:
        assert Image.open(BytesIO(opened.read())).size == (1500, 2000)
    assert (document.by_name, str(document), str(front)) == ("applicant", cnic.name, f"{document.pk}, page 1")


def test_the_journal_tells_which_paper_and_no_name(student, cnic):
    document = take_in(student, [photo("Ayesha Siddiqa.jpg")], requirement=cnic, by=APPLICANT)
    remove(document, by=APPLICANT)

    given, removed = timeline(f"student/{student.pk}")
    assert (given.verb, given.data["after"]) == (
        "give_document",
        {"document": document.pk, "requirement": "cnic", "bytes": [document.pages.get().bytes]},
    )
    assert (removed.verb, removed.data["before"]) == (
        "remove_document",
        {"document": document.pk, "requirement": "cnic"},
    )


def test_another_paper_has_a_title_of_its_own(student):
    document = take_in(student, [photo()], title="  Letter   of the school ", by=APPLICANT)

    assert (str(document), document.requirement) == ("Letter of the school", None)
    assert timeline(f"student/{student.pk}")[0].data["after"]["requirement"] == ""


def test_the_same_given_twice_is_one_paper(student, cnic, kept):
    first = take_in(student, [photo(), photo(seed=2)], requirement=cnic, by=APPLICANT)

    assert take_in(student, [photo(), photo(seed=2)], requirement=cnic, by=APPLICANT) == first
    assert len(list(kept.rglob("*.jpg"))) == 2
    assert len(timeline(f"student/{student.pk}")) == 1


def test_other_pages_another_order_requirement_or_student_are_another_paper(student, cnic, a_result):
    take_in(student, [photo(), photo(seed=2)], requirement=cnic, by=APPLICANT)

    take_in(student, [photo(seed=2), photo()], requirement=cnic, by=APPLICANT)
    take_in(student, [photo()], requirement=cnic, by=APPLICANT)
    take_in(student, [photo(), photo(seed=2)], by=APPLICANT)
    take_in(a_result("BO680725").student, [photo(), photo(seed=2)], requirement=cnic, by=APPLICANT)

    assert Document.objects.count() == 5


def test_what_was_removed_may_be_given_again(student, cnic):
    first = take_in(student, [photo()], requirement=cnic, by=APPLICANT)
    remove(first, by=APPLICANT)
    remove(first, by=APPLICANT)

    assert take_in(student, [photo()], requirement=cnic, by=APPLICANT) != first
    verbs = [entry.verb for entry in timeline(f"student/{student.pk}")]
    assert verbs == ["give_document", "remove_document", "give_document"]


@pytest.mark.parametrize("papers", [1, 3])
def test_the_newest_that_was_not_removed_stands(student, papers, django_assert_num_queries):
    needs = list(RequiredDocument.objects.filter(pk__in=["cnic", "challan", "matric"]))
    given = {}
    for need in needs[:papers]:
        take_in(student, [photo()], requirement=need, by=APPLICANT)
        given[need.pk] = take_in(student, [photo(seed=2)], requirement=need, by=APPLICANT)
        remove(take_in(student, [photo(seed=3)], requirement=need, by=APPLICANT), by=APPLICANT)
    take_in(student, [photo()], requirement=RequiredDocument.objects.get(pk="viva"), by=APPLICANT)

    with django_assert_num_queries(2):
        found = standing(student, needs)
        pages = {code: len(document.pages.all()) for code, document in found.items()}

    assert found == given
    assert pages == dict.fromkeys(given, 1)


@pytest.mark.parametrize(
    ("name", "data", "told"),
    [
        ("letter.jpg", b"Dear Sir, I beg to say", "“letter.jpg” is neither a picture nor a PDF, whatever its name says. Take a photo of the paper."),  # noqa: E501
        ("a.heic", b"\0\0\0\x18ftypheic\0\0\0\0", "“a.heic” is a HEIC picture, which cannot be opened here. Save it as JPEG and give that."),  # noqa: E501
        ("empty.jpg", b"", "“empty.jpg” is empty. Choose the file again."),
        ("big.pdf", b"%PDF-" + bytes(11 * 1024**2), "“big.pdf” is larger than 10 MB. Take a smaller photo, or save a smaller copy."),  # noqa: E501
    ],
)  # fmt: skip
def test_what_cannot_be_kept_is_refused_by_its_name(student, kept, name, data, told):
    assert _refusal(student, file(name, data)) == told
    assert list(kept.rglob("*.*")) == []


def test_ten_megabytes_are_just_small_enough(student):
    data = pdf()

    assert take_in(student, [file("a.pdf", data + b"\n" * (MOST_BYTES - len(data)))], by=APPLICANT)


def test_one_bad_page_refuses_the_whole_paper(student, kept):
    small = file("small.jpg", encoded(sheet_of_text((300, 400))))

    assert _refusal(student, photo(), small).startswith("“small.jpg” is too small")
    assert list(kept.rglob("*.*")) == []


def test_no_file_and_eleven_files_are_refused(student):
    assert _refusal(student) == "Choose a photo or a PDF first."
    assert _refusal(student, *[photo()] * 11) == "These are 11 files; 10 are the most for one paper."


def test_ten_files_are_taken(student):
    files = [file(f"{number}.pdf", pdf()) for number in range(10)]

    document = take_in(student, files, by=APPLICANT)

    assert [page.order for page in document.pages.all()] == list(range(1, 11))


def test_a_fault_of_the_database_leaves_files_without_rows_never_the_other_way(student, kept):
    def broken(execute, sql, *rest):
        if sql.startswith("INSERT") and "documents_page" in sql:
            raise RuntimeError("the power went")
        return execute(sql, *rest)

    with connection.execute_wrapper(broken), pytest.raises(RuntimeError):
        take_in(student, [photo()], by=APPLICANT)

    assert (Document.objects.count(), Page.objects.count()) == (0, 0)
    assert len(list(kept.rglob("*.jpg"))) == 1


def test_orphans_older_than_a_day_are_deleted_and_nothing_else(student, kept, capsys):
    page = take_in(student, [photo()], by=APPLICANT).pages.get()
    old, new = kept / "aa" / "aa1.jpg", kept / "bb" / "bb1.jpg"
    for path in (old, new):
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"left over")
    for path in (old, kept / page.file.name):
        os.utime(path, (time.time() - 90_000,) * 2)

    for _ in range(2):
        call_command("clean_documents")

    assert sorted(kept.rglob("*.jpg")) == sorted([new, kept / page.file.name])
    assert capsys.readouterr().out.splitlines() == [
        "Deleted: 1 files without a row, 0 uploads given up.",
        "Deleted: 0 files without a row, 0 uploads given up.",
    ]


def test_two_clicks_at_once_make_one_paper(student, cnic, kept):
    """The second comes between the first one's look and its lock."""
    second = []

    def meanwhile(execute, sql, *rest):
        if "records_student" in sql and not second:
            second.append(None)
            second[0] = take_in(student, [photo()], requirement=cnic, by=APPLICANT)
        return execute(sql, *rest)

    with connection.execute_wrapper(meanwhile):
        first = take_in(student, [photo()], requirement=cnic, by=APPLICANT)

    assert second == [first]
    assert len(list(kept.rglob("*.jpg"))) == 1


def test_a_moment_may_be_given(student):
    at = timezone.now() - timedelta(days=3)

    document = take_in(student, [photo()], by=APPLICANT, at=at)
    remove(document, by=APPLICANT, at=at)

    assert (document.given_at, document.removed_at) == (at, at)
