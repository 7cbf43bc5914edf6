"""A disk without room, as the system itself tells it: by a limit on the size of files."""

import resource
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

import pytest
from django.conf import settings as live
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from degreetrack.documents.models import Document, Page, Upload
from degreetrack.documents.uploads import CHUNK
from degreetrack.journal.services import timeline

pytestmark = pytest.mark.django_db(transaction=True)
WORDS = "The paper could not be kept just now, and nothing of it was."


@contextmanager
def no_file_beyond(bytes_: int):
    """Whoever writes on is told what a full disk tells."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (bytes_, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def _room() -> int:
    """Enough for the database's own files, where it has any here."""
    if connection.vendor != "sqlite":
        return CHUNK // 2
    name = connection.settings_dict["NAME"]
    files = [Path(f"{name}{end}") for end in ("", "-wal", "-shm")]
    return max(file.stat().st_size for file in files if file.exists()) + CHUNK


def _kept() -> list[Path]:
    return [path for path in (live.VAR_DIR / "documents").rglob("*") if path.is_file()]


def _large_pdf(size: int) -> bytes:
    """A PDF of at least so many bytes that nothing makes smaller."""
    from PIL import Image

    made, side = BytesIO(), 700
    canvas = Canvas(made)
    for _ in range(size // (3 * side * side) + 2):
        noise = Image.merge("RGB", [Image.effect_noise((side, side), 99) for _ in range(3)])
        canvas.drawImage(ImageReader(noise), 0, 0, 500, 500)
        canvas.showPage()
    canvas.save()
    return made.getvalue()


@pytest.fixture
def student(a_result):
    return a_result().student


def test_a_paper_that_cannot_be_kept_is_told_and_nothing_of_it_stays(student, signed_in, settings):
    browser, before, room = signed_in(student), _kept(), _room()
    browser.raise_request_exception = False
    pdf = SimpleUploadedFile("paper.pdf", _large_pdf(room), "application/pdf")

    with no_file_beyond(room):
        # First there is no room where it waits to be read, then none where it is kept.
        on_its_way = browser.post("/my/documents/", {"requirement": "cnic", "files": pdf})
        settings.FILE_UPLOAD_MAX_MEMORY_SIZE = 20 * 1024**2
        pdf.seek(0)
        answer = browser.post("/my/documents/", {"requirement": "cnic", "files": pdf})

    assert (on_its_way.status_code, on_its_way["Retry-After"]) == (503, "30")
    assert (answer.status_code, WORDS in answer.content.decode()) == (503, True)
    assert (Document.objects.count(), Page.objects.count(), _kept()) == (0, 0, before)
    assert timeline(f"student/{student.pk}") == []


def test_a_chunk_that_cannot_be_kept_comes_again_and_the_file_arrives_whole(student, signed_in):
    browser, size = signed_in(student), CHUNK * 8
    begun = browser.post("/my/documents/uploads/", {"size": str(size), "filename": "a.pdf"}).json()
    address, chunk = f"/my/documents/uploads/{begun['token']}/", b"x" * CHUNK

    def send(offset: int):
        return browser.patch(
            address, chunk, content_type="application/octet-stream", headers={"Upload-Offset": str(offset)}
        )

    sent = [send(CHUNK * place).status_code for place in range(7)]
    with no_file_beyond(CHUNK * 7 + 1000):
        refused = send(CHUNK * 7)
    again = send(CHUNK * 7)

    assert sent == [200] * 7
    assert (refused.status_code, WORDS in refused.json()["error"]) == (503, True)
    assert (again.status_code, again.json()["offset"]) == (200, size)
    assert Upload.objects.get().received == size
