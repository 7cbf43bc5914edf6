"""PDFs: which are kept, and which are refused."""

from io import BytesIO

import pytest
from pypdf import PdfReader, PdfWriter
from pypdf.annotations import Link
from pypdf.generic import ArrayObject, DictionaryObject, NameObject, TextStringObject

from degreetrack.documents import pdfs
from degreetrack.documents.models import MediaType
from degreetrack.documents.pdfs import sheet_of_pdf
from degreetrack.kit.refusals import Refused
from tests.documents.papers import pdf

MORE_THAN_PAGES = (
    "“form.pdf” holds more than pages: a program, a form or another file. "
    "Print it to a new PDF, or take photos of the paper."
)


def _changed(change) -> bytes:
    writer = PdfWriter(clone_from=PdfReader(BytesIO(pdf())))
    change(writer)
    made = BytesIO()
    writer.write(made)
    return made.getvalue()


def _refusal(data: bytes) -> str:
    with pytest.raises(Refused) as caught:
        sheet_of_pdf(data, name="form.pdf")
    return str(caught.value)


def _action(**entries) -> DictionaryObject:
    return DictionaryObject({NameObject(f"/{key}"): value for key, value in entries.items()})


@pytest.mark.parametrize("pages", [1, 20])
def test_a_plain_pdf_is_kept_as_it_came(pages):
    data = pdf(pages)

    sheet = sheet_of_pdf(data, name="form.pdf")

    assert (sheet.data, sheet.media_type, sheet.pdf_pages) == (data, MediaType.PDF, pages)


def test_one_page_too_many_is_refused():
    assert _refusal(pdf(21)) == ("“form.pdf” has 21 pages; 20 are the most. Give only the pages asked for.")


def test_a_pdf_without_a_page_is_refused():
    made = BytesIO()
    PdfWriter().write(made)

    assert _refusal(made.getvalue()) == "“form.pdf” has no page. Save the PDF again."


def test_a_locked_pdf_is_refused():
    assert _refusal(_changed(lambda writer: writer.encrypt("secret", algorithm="RC4-128"))) == (
        "“form.pdf” is locked with a password. Save it without the password, or take photos of it."
    )


def _javascript(writer: PdfWriter) -> None:
    action = _action(S=NameObject("/JavaScript"), JS=TextStringObject("app.alert('hello')"))
    writer.root_object[NameObject("/OpenAction")] = action


def _file_inside(writer: PdfWriter) -> None:
    writer.add_attachment("evil.exe", b"MZ")


def _launch(writer: PdfWriter) -> None:
    action = _action(S=NameObject("/Launch"), F=TextStringObject("calc.exe"))
    writer.root_object[NameObject("/OpenAction")] = writer._add_object(action)


def _launch_by_a_name_elsewhere(writer: PdfWriter) -> None:
    action = _action(S=writer._add_object(NameObject("/Launch")), F=TextStringObject("calc.exe"))
    writer.root_object[NameObject("/OpenAction")] = action


def _deep_in_a_page(writer: PdfWriter) -> None:
    action = _action(S=NameObject("/JavaScript"), JS=TextStringObject("1"))
    writer.pages[0][NameObject("/AA")] = _action(O=ArrayObject([writer._add_object(action)]))


@pytest.mark.parametrize(
    "change", [_javascript, _file_inside, _launch, _launch_by_a_name_elsewhere, _deep_in_a_page]
)
def test_a_pdf_that_holds_more_than_pages_is_refused(change):
    assert _refusal(_changed(change)) == MORE_THAN_PAGES


def test_a_link_does_no_harm():
    def link(writer: PdfWriter) -> None:
        writer.add_annotation(0, Link(rect=(0, 0, 9, 9), url="https://www.example.edu/"))

    assert sheet_of_pdf(_changed(link), name="form.pdf").pdf_pages == 1


def test_a_pdf_of_endless_parts_is_refused(monkeypatch):
    monkeypatch.setattr(pdfs, "MOST_PARTS", 5)

    assert _refusal(pdf()) == MORE_THAN_PAGES


@pytest.mark.parametrize("data", [b"%PDF-1.7\nnothing", pdf()[:300]])
def test_a_broken_pdf_is_refused(data):
    assert _refusal(data) == (
        "“form.pdf” is damaged and cannot be opened. Save the PDF again, or take photos of the paper."
    )
