"""Files that arrive in chunks: begun, gone on with after the line broke, finished."""

import logging
import secrets
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from degreetrack.catalogue.models import RequiredDocument
from degreetrack.documents.models import Document, Upload
from degreetrack.documents.scanning import TryLater, no_room
from degreetrack.documents.services import MOST_FILES, check_size, shown_name, take_in
from degreetrack.journal.services import ByWhom
from degreetrack.kit.refusals import Refused
from degreetrack.records.models import Student

log = logging.getLogger("degreetrack.documents")
CHUNK = 512 * 1024
FORGOTTEN_AFTER = timedelta(hours=24)
# Enough for each paper at once; a bound on what one person can fill the disk with.
MOST_UNDER_WAY = 3 * MOST_FILES


class WrongOffset(Refused):
    """A chunk that does not go on where the last ended; `offset` says where to go on."""

    def __init__(self, offset: int) -> None:
        super().__init__(
            _("The upload goes on at byte %(offset)s. Send what comes from there.") % {"offset": offset}
        )
        self.offset = offset


def begin(
    student: Student,
    *,
    requirement: RequiredDocument | None,
    filename: str,
    size: int,
    at: datetime | None = None,
) -> Upload:
    """Expect a file of so many bytes."""
    name = shown_name(filename)
    check_size(size, name=name)
    if Upload.objects.filter(student=student).count() >= MOST_UNDER_WAY:
        raise Refused(_("Too many uploads are under way. Finish them, or try again tomorrow."))
    return Upload.objects.create(
        token=secrets.token_urlsafe(24),
        student=student,
        requirement=requirement,
        filename=name,
        size=size,
        at=at or timezone.now(),
    )


def append(upload: Upload, *, offset: int, chunk: bytes) -> Upload:
    """Add a chunk; one that is not next is refused by WrongOffset, telling what is."""
    if len(chunk) > CHUNK:
        raise too_long()
    with transaction.atomic():
        held = Upload.objects.select_for_update().filter(pk=upload.pk).first()
        if held is None:
            raise Refused(_("This upload is over. Choose the file again."))
        path, there = _part(held), offset_of(held)
        if offset != there:
            raise WrongOffset(there)
        if offset + len(chunk) > held.size:
            raise Refused(
                _("More of “%(file)s” came than was announced. Choose the file again.")
                % {"file": held.filename}
            )
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with path.open("r+b" if there else "wb") as part:
                part.seek(offset)
                part.truncate()
                part.write(chunk)
        except OSError as fault:
            log.error("a chunk could not be kept: %s", fault.strerror)
            raise no_room() from fault
        held.received = offset + len(chunk)
        held.save(update_fields=["received"])
    return held


def too_long() -> Refused:
    """What is said of a chunk beyond the limit."""
    return Refused(_("A chunk may have %(most)s KB and no more.") % {"most": CHUNK // 1024})


def offset_of(upload: Upload) -> int:
    """Where to go on: the file counts, not the row, for it may have gone with the machine it lay on."""
    path = _part(upload)
    return min(path.stat().st_size, upload.received) if path.exists() else 0


def finish(
    student: Student, uploads: Sequence[Upload], *, title: str = "", by: ByWhom, at: datetime | None = None
) -> Document:
    """Hand whole uploads, in their order, to take_in as the pages of one document, and forget them.

    They are kept where trying again may help: when a part is missing, or the scanner is away.
    """
    if not uploads:
        raise Refused(_("Choose a photo or a PDF first."))
    requirement = uploads[0].requirement
    try:
        with ExitStack() as opened:
            files = [_whole(upload, opened) for upload in uploads]
            document = take_in(student, files, requirement=requirement, title=title, by=by, at=at)
    except TryLater:
        raise
    except Refused:
        _forget(uploads)
        raise
    _forget(uploads)
    return document


def _whole(upload: Upload, opened: ExitStack) -> UploadedFile:
    if offset_of(upload) < upload.size:
        raise TryLater(
            _("“%(file)s” has not arrived whole yet. Choose the same file again to go on.")
            % {"file": upload.filename}
        )
    return UploadedFile(opened.enter_context(_part(upload).open("rb")), upload.filename, size=upload.size)


def forget_old_uploads(at: datetime | None = None) -> int:
    """Delete uploads begun more than a day ago, with their files; say how many."""
    before = (at or timezone.now()) - FORGOTTEN_AFTER
    old = list(Upload.objects.filter(at__lt=before))
    _forget(old)
    for path in _folder().glob("*"):
        # What a crash left without a row; no row that is left can be older than its file.
        if path.stat().st_mtime < before.timestamp():
            path.unlink(missing_ok=True)
    return len(old)


def _forget(uploads: Sequence[Upload]) -> None:
    """Rows first: a file without a row is swept, a row without its file would have to begin anew."""
    Upload.objects.filter(pk__in=[upload.pk for upload in uploads]).delete()
    for upload in uploads:
        _part(upload).unlink(missing_ok=True)


def _part(upload: Upload) -> Path:
    return _folder() / upload.token


def _folder() -> Path:
    return Path(settings.VAR_DIR) / "uploads"
