"""Papers in a backup: each encrypted once, under its random name, and shared by all backups of a folder.

A paper is stored before its row and never changed after (documents.services.take_in), so that whatever the
rows of a snapshot name can be copied after the snapshot was taken.
"""

import shutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.core.files.base import File

from degreetrack.backups.sealing import Hashed, Unfit, seal, unseal
from degreetrack.documents.models import Page, store

FOLDER = "papers"
# Rows become visible in another order than they drew their numbers; far fewer are ever under way at once.
UNDER_WAY = 10_000
Progress = Callable[[int], None]


@dataclass
class Copied:
    """How many papers were named and copied, and which could not be."""

    named: int = 0
    new: int = 0
    missing: list[str] = field(default_factory=list)
    damaged: list[str] = field(default_factory=list)


def list_query() -> str:
    """The papers of a snapshot: checksum and name, as `sha256sum` would list them."""
    return f"SELECT sha256, file FROM {Page._meta.db_table} ORDER BY id"  # noqa: S608  # nosec B608


def place_of(target: Path, name: str) -> Path:
    """Where a paper lies in a folder of backups."""
    return target / FOLDER / f"{name}.age"


def copy_new(papers: Iterable[tuple[str, str]], target: Path, *, to: list[Any], progress: Progress) -> Copied:
    """Copy those (checksum, name) that the folder does not have; tell which the store lost or spoilt."""
    copied = Copied()
    for sha256, name in papers:
        copied.named += 1
        place = place_of(target, name)
        if not place.exists():
            _copy(name, sha256, place, to=to, copied=copied)
        progress(1)
    return copied


def _copy(name: str, sha256: str, place: Path, *, to: list[Any], copied: Copied) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    try:
        with store().open(name) as paper:
            read = Hashed(paper)
            seal(read, place, to=to)
    except FileNotFoundError:
        copied.missing.append(name)
        return
    if read.sha256 != sha256:
        # Kept, because it is all that there is of it, but never under its own name.
        place.rename(place.with_name(f"{place.name}.damaged"))
        copied.damaged.append(name)
        return
    copied.new += 1


def copy_newest(target: Path, *, to: list[Any], progress: Progress) -> Copied:
    """Copy what came in since the last time, looking at the newest rows only."""
    mark = target / FOLDER / "newest"
    since = int(mark.read_text()) - UNDER_WAY if mark.exists() else 0
    newest = Page.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    rows = Page.objects.filter(pk__gt=since).order_by("pk").values_list("sha256", "file")
    copied = copy_new(rows.iterator(2000), target, to=to, progress=progress)
    mark.parent.mkdir(parents=True, exist_ok=True)
    if not copied.missing and not copied.damaged:
        mark.write_text(str(newest))
    return copied


def check_paper(target: Path, name: str, sha256: str, *, keys: list[Any]) -> None:
    """Refuse a paper of the backup that is not what was handed in."""
    read = Hashed()
    unseal(place_of(target, name), read, keys=keys)
    if read.sha256 != sha256:
        raise Unfit(f"{place_of(target, name)} is not the paper that its row describes.")


def bring_back(target: Path, name: str, sha256: str, *, keys: list[Any], folder: Path) -> bool:
    """Put one paper into the store; False where it is there already, unharmed."""
    if store().exists(name):
        with store().open(name) as there:
            read = Hashed()
            shutil.copyfileobj(there, read)
        if read.sha256 != sha256:
            raise Unfit(f"Another paper stands in the store as {name}: restore into an empty place.")
        return False
    plain = folder / "paper"
    with plain.open("w+b") as file:
        read = Hashed(file)
        unseal(place_of(target, name), read, keys=keys)
        if read.sha256 != sha256:
            raise Unfit(f"{place_of(target, name)} is not the paper that its row describes.")
        file.seek(0)
        store().save(name, File(file))
    plain.unlink()
    return True


def of_rows() -> Iterator[tuple[str, str]]:
    """The papers that this place's own rows name."""
    return Page.objects.order_by("pk").values_list("sha256", "file").iterator(2000)
