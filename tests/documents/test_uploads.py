"""Uploads by chunks: broken off, gone on with, finished, forgotten."""

import os
import time
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from degreetrack.documents.models import Document, Upload
from degreetrack.documents.scanning import TryLater
from degreetrack.documents.uploads import (
    CHUNK,
    MOST_UNDER_WAY,
    WrongOffset,
    append,
    begin,
    finish,
    forget_old_uploads,
    offset_of,
)
from degreetrack.kit.refusals import Refused
from tests.documents.conftest import APPLICANT
from tests.documents.papers import pdf, photo_of_phone

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def parts(settings, tmp_path) -> Path:
    """A folder of its own for what is under way."""
    settings.VAR_DIR = tmp_path
    return tmp_path / "uploads"


def _begun(student, data: bytes, requirement=None, filename: str = "photo.jpg") -> Upload:
    return begin(student, requirement=requirement, filename=filename, size=len(data))


def _sent(upload: Upload, data: bytes) -> Upload:
    while (offset := offset_of(upload)) < len(data):
        upload = append(upload, offset=offset, chunk=data[offset : offset + CHUNK])
    return upload


def test_a_photo_broken_off_goes_on_where_it_stopped(student, cnic, parts):
    data = photo_of_phone()
    upload = append(_begun(student, data, cnic), offset=0, chunk=data[:CHUNK])

    # The connection breaks; another process asks how far it is.
    again = Upload.objects.get(token=upload.token)
    assert (str(again), offset_of(again)) == (f"{CHUNK} of {len(data)} bytes", CHUNK)
    document = finish(student, [_sent(again, data)], by=APPLICANT)

    assert (document.requirement, document.pages.get().height) == (cnic, 2000)
    assert (Upload.objects.count(), list(parts.iterdir())) == (0, [])


def test_several_uploads_are_the_pages_of_one_paper(student):
    uploads = [_sent(_begun(student, pdf(pages)), pdf(pages)) for pages in (2, 1)]

    document = finish(student, uploads, title="Letters", by=APPLICANT)

    assert [page.pdf_pages for page in document.pages.all()] == [2, 1]
    assert document.title == "Letters"


@pytest.mark.parametrize("offset", [0, 3, 5, 10])
def test_a_wrong_offset_is_told_the_right_one(student, offset):
    upload = append(_begun(student, b"0123456789"), offset=0, chunk=b"0123")

    with pytest.raises(WrongOffset) as caught:
        append(upload, offset=offset, chunk=b"4")

    assert caught.value.offset == 4
    assert str(caught.value) == "The upload goes on at byte 4. Send what comes from there."


def test_bytes_beyond_what_the_row_knows_are_written_anew(student, parts):
    """The machine stopped after the chunk was written and before the row was."""
    upload = append(_begun(student, b"0123456789"), offset=0, chunk=b"0123")
    with (parts / upload.token).open("ab") as part:
        part.write(b"broken")

    upload = append(upload, offset=4, chunk=b"456789")

    assert (parts / upload.token).read_bytes() == b"0123456789"


def test_a_lost_part_begins_anew(student, parts):
    upload = append(_begun(student, b"0123456789"), offset=0, chunk=b"0123")
    (parts / upload.token).unlink()

    with pytest.raises(WrongOffset) as caught:
        append(upload, offset=4, chunk=b"4567")

    assert caught.value.offset == 0
    assert append(upload, offset=0, chunk=b"0123456789").received == 10


def test_too_much_is_refused(student):
    upload = _begun(student, b"0123456789")

    with pytest.raises(Refused, match=r"More of “photo.jpg” came than was announced. Choose the file again."):
        append(upload, offset=0, chunk=b"0123456789!")
    with pytest.raises(Refused, match=r"A chunk may have 512 KB and no more."):
        append(upload, offset=0, chunk=bytes(CHUNK + 1))


@pytest.mark.parametrize(("size", "told"), [(0, "is empty"), (10 * 1024**2 + 1, "is larger than 10 MB")])
def test_a_size_that_cannot_be_is_refused_before_it_is_sent(student, size, told):
    with pytest.raises(Refused, match=told):
        begin(student, requirement=None, filename="a\n\x00b.jpg", size=size)


def test_a_person_has_so_many_uploads_under_way(student):
    for _ in range(MOST_UNDER_WAY):
        _begun(student, b"a")

    with pytest.raises(Refused, match="Too many uploads are under way"):
        _begun(student, b"a")


def test_half_an_upload_is_not_finished(student):
    upload = append(_begun(student, b"0123456789"), offset=0, chunk=b"0123")

    with pytest.raises(TryLater, match=r"“photo.jpg” has not arrived whole yet."):
        finish(student, [upload], by=APPLICANT)
    with pytest.raises(Refused, match="Choose a photo or a PDF first"):
        finish(student, [], by=APPLICANT)
    assert Upload.objects.get() == upload


def test_what_is_refused_is_forgotten(student, parts):
    upload = _sent(_begun(student, b"only words"), b"only words")

    with pytest.raises(Refused, match="neither a picture nor a PDF"):
        finish(student, [upload], by=APPLICANT)

    assert (Upload.objects.count(), list(parts.iterdir()), Document.objects.count()) == (0, [], 0)
    with pytest.raises(Refused, match="This upload is over"):
        append(upload, offset=0, chunk=b"a")


def test_while_the_scanner_is_away_the_upload_is_kept(student, settings):
    settings.CLAMD = "127.0.0.1:1"
    upload = _sent(_begun(student, pdf()), pdf())
    with pytest.raises(TryLater):
        finish(student, [upload], by=APPLICANT)

    settings.CLAMD = ""
    assert finish(student, [upload], by=APPLICANT).pages.count() == 1


def test_uploads_of_yesterday_are_forgotten(student, parts):
    now = timezone.now()
    old, young = (_sent(_begun(student, b"abc"), b"abc") for _ in range(2))
    Upload.objects.filter(pk=old.pk).update(at=now - timedelta(hours=25))
    left_over = parts / "left-over"
    left_over.write_bytes(b"x")
    os.utime(left_over, (time.time() - 90_000,) * 2)

    assert (forget_old_uploads(), forget_old_uploads(now)) == (1, 0)
    assert list(Upload.objects.all()) == [young]
    assert [path.name for path in parts.iterdir()] == [young.token]
