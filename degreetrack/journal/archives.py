"""Months that went into files: written, read back, told in the journal; only then may the rows go.

A kill at any instant loses nothing and doubles nothing: a file that no row tells of is not counted, and
a month whose rows are not all gone yet is gone on with.
"""

import gzip
import hashlib
import json
import os
import tempfile
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from django.core.files.base import File
from django.core.files.storage import Storage, storages
from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from degreetrack.accounts.models import Actor
from degreetrack.journal.models import Archive
from degreetrack.journal.services import record
from degreetrack.kit.holding import hold
from degreetrack.kit.refusals import Refused

ARCHIVES = "archives"
ARCHIVIST = Actor("archivist")
CHUNK = 1 << 20


class Absent(Exception):
    """The file is not here: what it holds can be neither read nor proven."""


class Spoilt(Exception):
    """The file is not what was written."""


def store() -> Storage:
    """Where archives are kept."""
    return storages["archives"]


def ends_of(month: date) -> tuple[datetime, datetime]:
    """The first moment of a month, and of the next."""
    following = (month.replace(day=1) + timedelta(days=31)).replace(day=1)
    first, after = (datetime.combine(day, datetime.min.time()) for day in (month.replace(day=1), following))
    return timezone.make_aware(first), timezone.make_aware(after)


def newest(of: str) -> int:
    """The newest archive's key, asked for before anything is read for the next one."""
    return Archive.objects.filter(of=of).aggregate(newest=Max("pk"))["newest"] or 0


def keep(
    of: str, month: date, lines: Iterable[Any], *, follows: int, last_entry: int = 0, at: datetime
) -> Archive:
    """Write lines of JSON to a new file, read it back, and tell of it in the journal.

    Refused where another archive has come since the one that it `follows`: of two that write the same
    rows at once, only one is told of.
    """
    part, rows = Archive.objects.filter(of=of, month=month).count() + 1, 0
    with tempfile.TemporaryFile() as file:
        with gzip.GzipFile(filename="", mode="wb", fileobj=file, mtime=0) as packed:
            for line in lines:
                packed.write(json.dumps(line, ensure_ascii=False, separators=(",", ":")).encode() + b"\n")
                rows += 1
        size, digest = file.tell(), _sha256(file)
        name = store().save(f"{of}/{month:%Y-%m}-{part}.jsonl.gz", File(file))
    _to_disk(name)
    archive = Archive(
        of=of,
        month=month,
        part=part,
        name=name,
        sha256=digest,
        rows=rows,
        bytes=size,
        last_entry=last_entry,
        made_at=at,
    )
    with _opened(archive) as written:
        if _sha256(written) != digest:
            raise Spoilt(f"archive {name}: what was written cannot be read back")
    with transaction.atomic():
        hold([f"{ARCHIVES}/{of}"])
        overtaken = newest(of) != follows
        if not overtaken:
            archive.save(force_insert=True)
            record(ARCHIVES, "archived", by=ARCHIVIST, after=told(archive), at=at)
    if overtaken:
        store().delete(name)
        raise Refused("Another process has just archived this month. Run it again.")
    return archive


def _to_disk(name: str) -> None:
    """The rows go for good after this: the file must outlive a loss of power too."""
    try:
        path = Path(store().path(name))
    except NotImplementedError:
        return
    for place in (path, path.parent):
        opened = os.open(place, os.O_RDONLY)
        os.fsync(opened)
        os.close(opened)


def told(archive: Archive) -> dict[str, Any]:
    """As the journal tells of it."""
    return {"name": archive.name, "sha256": archive.sha256, "rows": archive.rows, "last": archive.last_entry}


def unfinished(of: str) -> Archive | None:
    """The month whose rows are not all gone yet."""
    return Archive.objects.filter(of=of, emptied_at=None).order_by("pk").first()


def emptied(archive: Archive, *, at: datetime) -> None:
    """Note that all its rows are gone."""
    archive.emptied_at = at
    archive.save(update_fields=["emptied_at"])


def lines_of(archive: Archive) -> Iterator[Any]:
    """Its lines as they were written; Absent where the file is not here, Spoilt where it was changed."""
    with _opened(archive) as file:
        if _sha256(file) != archive.sha256:
            raise Spoilt(f"archive {archive.name}: the file was changed")
        with gzip.open(file, "rt", encoding="utf-8") as lines:
            yield from map(json.loads, lines)


def last_archived() -> int:
    """The last of the journal's entries that lies in an archive; 0 where there is none."""
    last = Archive.objects.filter(of="journal").order_by("-last_entry").first()
    return last.last_entry if last else 0


def absent() -> list[str]:
    """The names of the journal's archives that are not here."""
    names = Archive.objects.filter(of="journal").order_by("last_entry").values_list("name", flat=True)
    return [name for name in names if not store().exists(name)]


def _opened(archive: Archive) -> File:
    try:
        return store().open(archive.name)
    except FileNotFoundError as error:
        raise Absent(archive.name) from error


def _sha256(file: Any) -> str:
    whole = hashlib.sha256()
    file.seek(0)
    while chunk := file.read(CHUNK):
        whole.update(chunk)
    file.seek(0)
    return whole.hexdigest()
