"""Files that are more than they seem: two things at once, bombs, names that lie."""

import zlib
from io import BytesIO
from zipfile import ZipFile

import pytest
from PIL import Image
from pypdf import PdfReader, PdfWriter
from pypdf.generic import DecodedStreamObject, NameObject

from degreetrack.documents.models import Document
from degreetrack.documents.services import open_page, shown_name, take_in
from degreetrack.kit.refusals import Refused
from tests.documents.conftest import APPLICANT
from tests.documents.papers import encoded, file, pdf, sheet_of_text
from tests.documents.test_pdfs import MORE_THAN_PAGES

pytestmark = pytest.mark.django_db
SCRIPT = b"<html><script>alert(document.cookie)</script>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><script>alert(1)</script></svg>'
NEITHER = "“paper.jpg” is neither a picture nor a PDF, whatever its name says. Take a photo of the paper."


def archive() -> bytes:
    made = BytesIO()
    with ZipFile(made, "w") as jar:
        jar.writestr("Evil.class", b"\xca\xfe\xba\xbe" * 500)
    return made.getvalue()


def kept(student, data: bytes, declared: str = "image/jpeg") -> bytes:
    document = take_in(student, [file("paper.jpg", data, declared)], by=APPLICANT)
    with open_page(document.pages.get()) as opened:
        return opened.read()


def refusal(student, data: bytes, name: str = "paper.jpg") -> str:
    with pytest.raises(Refused) as caught:
        take_in(student, [file(name, data)], by=APPLICANT)
    assert Document.objects.count() == 0
    return str(caught.value)


def bomb_in_an_object_stream() -> bytes:
    """A small PDF whose catalogue lies in a stream of 80 MB of blanks."""
    packed = zlib.compress(b"1 0 " + b" " * 80_000_000, 9)
    stream = b"<</Type/ObjStm/N 1/First 4/Filter/FlateDecode/Length %d>>stream\n" % len(packed)
    parts = [b"%PDF-1.5\n", b"4 0 obj\n" + stream + packed + b"\nendstream\nendobj\n"]
    places = {4: len(parts[0])}
    here = sum(map(len, parts))
    rows = [(0, 0, 65535), (2, 4, 0), (0, 0, 0), (0, 0, 0), (1, places[4], 0), (1, here, 0)]
    table = b"".join(bytes([kind]) + place.to_bytes(4) + index.to_bytes(2) for kind, place, index in rows)
    head = b"<</Type/XRef/Size 6/W[1 4 2]/Root 1 0 R/Length %d>>stream\n" % len(table)
    parts.append(b"5 0 obj\n" + head + table + b"\nendstream\nendobj\nstartxref\n%d\n%%%%EOF" % here)
    return b"".join(parts)


@pytest.mark.parametrize("more", [SCRIPT, archive(), b"<?php system($_GET[0]); ?>", b"MZ\x90\x00"])
def test_what_hangs_on_a_picture_or_hides_in_its_comment_is_not_kept(student, more):
    picture = encoded(sheet_of_text(), comment=more)

    stored = kept(student, picture + more)

    assert more not in stored
    assert Image.open(BytesIO(stored)).format == "JPEG"


@pytest.mark.parametrize(
    "data",
    [SCRIPT, SVG, b"\xef\xbb\xbf" + SVG, b"GIF89a" + archive(), archive(), b"MZ\x90\x00", b"#!/bin/sh"],
)
def test_what_is_neither_picture_nor_pdf_is_refused_whatever_it_is_called(student, data):
    assert refusal(student, data) == NEITHER


@pytest.mark.parametrize("data", [SCRIPT + pdf(), pdf() + archive(), pdf() + SCRIPT * 50, SVG + pdf()])
def test_a_pdf_that_is_something_else_besides_is_refused(student, data):
    assert refusal(student, data, "form.pdf") == MORE_THAN_PAGES


def test_a_bomb_in_a_pdfs_objects_is_refused_before_it_is_whole(student):
    data = bomb_in_an_object_stream()

    assert len(data) < 250_000
    assert refusal(student, data, "form.pdf").startswith("“form.pdf” is damaged and cannot be opened.")


def test_a_bomb_in_a_page_is_never_unpacked_here(student):
    writer = PdfWriter(clone_from=PdfReader(BytesIO(pdf())))
    stream = DecodedStreamObject()
    stream.set_data(b" " * 80_000_000)
    writer.pages[0][NameObject("/Contents")] = writer._add_object(stream.flate_encode(9))
    made = BytesIO()
    writer.write(made)

    assert kept(student, made.getvalue(), "application/pdf") == made.getvalue()


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\a\\scan.pdf", "scan.pdf"),
        ("paper\u202efdp.exe", "paper fdp.exe"),
        ("a\0b\r\nSet-Cookie: x.pdf", "a b Set-Cookie: x.pdf"),
        ("<script>.pdf", "<script>.pdf"),
        ("../", "?"),
        (None, "?"),
        ("ا" * 300, "ا" * 100),
    ],
)
def test_a_name_is_shown_without_folders_and_without_tricks(name, shown):
    assert shown_name(name) == shown
