"""PDFs: opened, counted, and refused where they are locked or carry what could run."""

import logging
from io import BytesIO
from typing import Any

from django.utils.translation import gettext as _
from pypdf import PdfReader
from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject

from degreetrack.documents.models import MediaType
from degreetrack.documents.sheets import Sheet
from degreetrack.kit.refusals import Refused

log = logging.getLogger("degreetrack.documents")
MOST_PAGES = 20
# A scan has some hundreds of parts; a form of twenty pages some ten thousand.
MOST_PARTS = 100_000
# What honest programs leave behind the end of a PDF.
MOST_AFTER = 1024
_RUNNING_ACTIONS = {"/JavaScript", "/Launch", "/ImportData", "/SubmitForm", "/Rendition", "/RichMediaExecute"}
_RUNNING_KEYS = {"/JS", "/JavaScript", "/EmbeddedFiles", "/EF", "/RichMediaContent", "/XFA"}


def sheet_of_pdf(data: bytes, *, name: str) -> Sheet:
    """Check a PDF; it is kept as it came."""
    try:
        _check_nothing_around(data, name)
        reader = PdfReader(BytesIO(data), strict=False)
        if reader.is_encrypted:
            raise Refused(
                _("“%(file)s” is locked with a password. Save it without the password, or take photos of it.")
                % {"file": name}
            )
        pages = len(reader.pages)
        _check_length(pages, name)
        _check_nothing_runs(reader, name)
    except Refused:
        raise
    except Exception as fault:
        # Of a broken file the reader raises nearly anything; none of it is the person's to read.
        log.info("a PDF could not be read: %s", type(fault).__name__)
        raise Refused(
            _("“%(file)s” is damaged and cannot be opened. Save the PDF again, or take photos of the paper.")
            % {"file": name}
        ) from fault
    return Sheet(data, MediaType.PDF, pdf_pages=pages)


def _check_length(pages: int, name: str) -> None:
    if pages == 0:
        raise Refused(_("“%(file)s” has no page. Save the PDF again.") % {"file": name})
    if pages > MOST_PAGES:
        raise Refused(
            _("“%(file)s” has %(pages)s pages; %(most)s are the most. Give only the pages asked for.")
            % {"file": name, "pages": pages, "most": MOST_PAGES}
        )


def _check_nothing_around(data: bytes, name: str) -> None:
    """Refuse a page of HTML before the PDF, and an archive after it: a file that is two things at once."""
    if b"<" in data[: data.find(b"%PDF-")] or len(data.rpartition(b"%%EOF")[2].strip()) > MOST_AFTER:
        raise _more_than_pages(name)


def _more_than_pages(name: str) -> Refused:
    return Refused(
        _(
            "“%(file)s” holds more than pages: a program, a form or another file. "
            "Print it to a new PDF, or take photos of the paper."
        )
        % {"file": name}
    )


def _check_nothing_runs(reader: PdfReader, name: str) -> None:
    """Walk through all that the file holds, however deep."""
    waiting: list[Any] = [reader.trailer]
    seen: set[int] = set()
    parts = 0
    while waiting:
        part = waiting.pop()
        if isinstance(part, IndirectObject):
            if part.idnum in seen:
                continue
            seen.add(part.idnum)
            part = part.get_object()
        parts += 1
        if parts > MOST_PARTS or (isinstance(part, DictionaryObject) and _runs(part)):
            raise _more_than_pages(name)
        if isinstance(part, DictionaryObject):
            waiting += part.values()
        elif isinstance(part, ArrayObject):
            waiting += part


def _runs(part: DictionaryObject) -> bool:
    action = part.get("/S")
    if isinstance(action, IndirectObject):
        action = action.get_object()
    return not _RUNNING_KEYS.isdisjoint(part) or (isinstance(action, str) and action in _RUNNING_ACTIONS)
