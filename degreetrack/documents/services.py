"""Take in what is handed over, tell what stands, remove, open."""

import logging
import re
import secrets
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.core.files.base import ContentFile, File
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from degreetrack.catalogue.models import RequiredDocument
from degreetrack.documents.models import Document, Page, store
from degreetrack.documents.scanning import TryLater, no_room, virus_in
from degreetrack.documents.sheets import Format, Sheet, format_of
from degreetrack.journal.services import ByWhom, record
from degreetrack.kit.refusals import Refused
from degreetrack.records.models import Student

log = logging.getLogger("degreetrack.documents")
MOST_FILES = 10
MOST_BYTES = 10 * 1024 * 1024
# Control characters, and those by which "fdp.exe" reads "exe.pdf".
_UNFIT = re.compile(r"[\x00-\x1f\x7f\u200e\u200f\u202a-\u202e\u2066-\u2069]+")
# Longer than any request lasts, so that no file of one under way is taken for an orphan.
ORPHAN_AFTER = timedelta(days=1)


def take_in(
    student: Student,
    files: Sequence[UploadedFile],
    *,
    requirement: RequiredDocument | None = None,
    title: str = "",
    by: ByWhom,
    at: datetime | None = None,
) -> Document:
    """Check files and keep them as the pages of one document; the same given twice is one document.

    The files are saved before the rows: a crash in between leaves files without a row, never the other way.
    """
    at = at or timezone.now()
    _check_number(files)
    sheets = [_sheet(file, student, by=by, at=at) for file in files]
    document = Document(
        student=student,
        requirement=requirement,
        title=" ".join(title.split())[:150],
        given_at=at,
        by_name=by.display_name,
    )
    return _same(document, sheets) or _kept(document, sheets, by=by)


def _kept(document: Document, sheets: Sequence[Sheet], *, by: ByWhom) -> Document:
    names: list[str] = []
    try:
        for sheet in sheets:
            names.append(_saved(sheet))
    except TryLater:
        for name in names:
            store().delete(name)
        raise
    with transaction.atomic():
        # One after the other, so that two clicks on the button do not make two documents.
        Student.objects.select_for_update().get(pk=document.student_id)
        same = _same(document, sheets)
        if not same:
            _write(document, sheets, names)
            said = {
                "document": document.pk,
                "requirement": document.requirement_id or "",
                "bytes": [len(sheet.data) for sheet in sheets],
            }
            stream = _stream(document.student_id)
            record(stream, "give_document", by=by, after=said, at=document.given_at)
    if same:
        for name in names:
            store().delete(name)
    return same or document


def _stream(student_pk: int) -> str:
    return f"student/{student_pk}"


def _check_number(files: Sequence[UploadedFile]) -> None:
    if not files:
        raise Refused(_("Choose a photo or a PDF first."))
    if len(files) > MOST_FILES:
        raise Refused(
            _("These are %(number)s files; %(most)s are the most for one paper.")
            % {"number": len(files), "most": MOST_FILES}
        )


def _sheet(file: UploadedFile, student: Student, *, by: ByWhom, at: datetime) -> Sheet:
    """Check one file and make what is kept of it; its name serves to tell the person which one is meant."""
    name = shown_name(file.name)
    check_size(file.size or 0, name=name)
    file.seek(0)
    data = file.read()
    _check_virus(data, name, student, by=by, at=at)
    kind = format_of(data)
    if kind is Format.PDF:
        from degreetrack.documents.pdfs import sheet_of_pdf

        return sheet_of_pdf(data, name=name)
    if kind in (Format.JPEG, Format.PNG, Format.WEBP):
        from degreetrack.documents.pictures import sheet_of_picture

        return sheet_of_picture(data, name=name, kind=kind)
    if kind is Format.HEIC:
        raise Refused(
            _("“%(file)s” is a HEIC picture, which cannot be opened here. Save it as JPEG and give that.")
            % {"file": name}
        )
    raise Refused(
        _("“%(file)s” is neither a picture nor a PDF, whatever its name says. Take a photo of the paper.")
        % {"file": name}
    )


def shown_name(name: str | None) -> str:
    """A file's name as far as it is fit to be shown: no folders, nothing that turns the writing round."""
    last = re.split(r"[\\/]", name or "")[-1]
    return _UNFIT.sub(" ", last)[-100:].strip() or "?"


def check_size(size: int, *, name: str) -> None:
    """Refuse an empty file and one that is too large."""
    if size == 0:
        raise Refused(_("“%(file)s” is empty. Choose the file again.") % {"file": name})
    if size > MOST_BYTES:
        raise Refused(
            _("“%(file)s” is larger than %(most)s MB. Take a smaller photo, or save a smaller copy.")
            % {"file": name, "most": MOST_BYTES // 1024**2}
        )


def _check_virus(data: bytes, name: str, student: Student, *, by: ByWhom, at: datetime) -> None:
    found = virus_in(data)
    if found:
        said = {"virus": found[:100], "bytes": len(data)}
        record(_stream(student.pk), "refuse_virus", by=by, after=said, at=at)
        raise Refused(
            _("“%(file)s” carries a computer virus and was not kept. Take a photo of the paper instead.")
            % {"file": name}
        )


def _same(document: Document, sheets: Sequence[Sheet]) -> Document | None:
    """A standing document of just these pages."""
    wanted = [sheet.sha256 for sheet in sheets]
    given = Document.objects.filter(
        student=document.student_id,
        requirement=document.requirement_id,
        removed_at=None,
        pages__order=1,
        pages__sha256=wanted[0],
    )
    for one in given.prefetch_related("pages"):
        if [page.sha256 for page in one.pages.all()] == wanted:
            return one
    return None


def _saved(sheet: Sheet) -> str:
    name = secrets.token_hex(20)
    name = f"{name[:2]}/{name}{sheet.suffix}"
    try:
        return store().save(name, ContentFile(sheet.data))
    except OSError as fault:
        # What was written of it is of no use to anybody.
        store().delete(name)
        log.error("a paper could not be kept: %s", fault.strerror)
        raise no_room() from fault


def _write(document: Document, sheets: Sequence[Sheet], names: Sequence[str]) -> None:
    document.save(force_insert=True)
    Page.objects.bulk_create(
        Page(
            document=document,
            order=order,
            file=name,
            media_type=sheet.media_type,
            bytes=len(sheet.data),
            sha256=sheet.sha256,
            width=sheet.width,
            height=sheet.height,
            pdf_pages=sheet.pdf_pages,
        )
        for order, (sheet, name) in enumerate(zip(sheets, names, strict=True), start=1)
    )


def standing(student: Student, requirements: Iterable[RequiredDocument]) -> dict[str, Document]:
    """By code of requirement, the newest document that was not removed, with its pages.

    What was given once, for whichever application, need not be given again.
    """
    codes = [requirement.pk for requirement in requirements]
    given = Document.objects.filter(student=student, requirement__in=codes, removed_at=None)
    found: dict[str, Document] = {}
    for document in given.prefetch_related("pages").order_by("given_at", "pk"):
        found[str(document.requirement_id)] = document
    return found


def remove(document: Document, *, by: ByWhom, at: datetime | None = None) -> None:
    """Take a document back; its pages stay for whoever decided by them, and no longer count."""
    at = at or timezone.now()
    with transaction.atomic():
        if not Document.objects.filter(pk=document.pk, removed_at=None).update(removed_at=at):
            return
        said = {"document": document.pk, "requirement": document.requirement_id or ""}
        record(_stream(document.student_id), "remove_document", by=by, before=said, at=at)
    document.removed_at = at


def open_page(page: Page) -> File:
    """The page's file, to be read by a response."""
    return store().open(str(page.file))


def delete_orphans(*, at: datetime | None = None) -> int:
    """Delete files of the store that no row knows, older than a day; say how many."""
    before = (at or timezone.now()) - ORPHAN_AFTER
    deleted = 0
    folders, _files = store().listdir("")
    for folder in folders:
        names = {f"{folder}/{name}" for name in store().listdir(folder)[1]}
        known = Page.objects.filter(file__startswith=f"{folder}/").values_list("file", flat=True)
        for name in sorted(names.difference(known)):
            if store().get_modified_time(name) < before:
                store().delete(name)
                deleted += 1
    return deleted
