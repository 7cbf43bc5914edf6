"""Make a backup: the database first, then the papers that its rows name; and thin out old ones."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, Any, NamedTuple

from django.utils import timezone

from degreetrack.backups.databases import Snapshot, running, snapshot
from degreetrack.backups.manifests import Manifest, describe, write
from degreetrack.backups.papers import Copied, Progress, copy_new, list_query
from degreetrack.backups.sealing import Hashed, Part, seal

DATABASE, PAPERS = "database.age", "papers.age"
STAMP = "%Y-%m-%dT%H%M%S.%fZ"
# So long every backup is kept; after that the last of each day.
ALL_FOR = timedelta(hours=2)
Bars = Callable[[str], Progress]


class Made(NamedTuple):
    """A finished backup."""

    folder: Path
    manifest: Manifest
    copied: Copied


def back_up(target: Path, *, to: list[Any], at: datetime | None = None, bars: Bars) -> Made:
    """Make one backup below `target`; it has its name only once it is whole.

    Memory stays flat: everything goes from stream to stream. The moment is let go before papers are copied.
    """
    at = (at or timezone.now()).astimezone(UTC)
    folder = target / at.strftime(STAMP)
    under_way = target / f"{folder.name}.part"
    under_way.mkdir(parents=True, mode=0o700)
    try:
        with tempfile.TemporaryFile() as listed:
            with snapshot() as moment:
                database = _dump(moment, under_way / DATABASE, to=to, progress=bars("database"))
                described = describe(moment.rows)
                listed.writelines(f"{row[0]}  {row[1]}\n".encode() for row in moment.rows(list_query()))
            listed.seek(0)
            papers = seal(listed, under_way / PAPERS, to=to)
            listed.seek(0)
            copied = copy_new(listing(listed), target, to=to, progress=bars("papers"))
        lost = [*copied.missing, *copied.damaged]
        parts = {DATABASE: database, PAPERS: papers}
        manifest = Manifest(at.isoformat(), described, parts, copied.named, lost)
        write(manifest, under_way)
        _settle(under_way, folder)
    finally:
        shutil.rmtree(under_way, ignore_errors=True)
    return Made(folder, manifest, copied)


def listing(lines: IO[bytes]) -> Iterator[tuple[str, str]]:
    """(checksum, name) of each line of a list of papers."""
    for line in lines:
        sha256, _between, name = line.decode().rstrip("\n").partition("  ")
        yield sha256, name


def _dump(moment: Snapshot, file: Path, *, to: list[Any], progress: Progress) -> Part:
    with running(moment.dump, stdout=subprocess.PIPE) as process:
        return seal(Hashed(process.stdout, progress), file, to=to)


def _settle(under_way: Path, folder: Path) -> None:
    """Give a whole backup its name, so that it survives a loss of power right after."""
    _to_disk(under_way)
    under_way.rename(folder)
    _to_disk(folder.parent)


def _to_disk(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    os.fsync(handle)
    os.close(handle)


def finished(target: Path) -> list[Path]:
    """The whole backups of a folder, oldest first."""
    return sorted(path for path in target.glob("*T*Z") if _moment(path))


def _moment(folder: Path) -> datetime | None:
    try:
        return datetime.strptime(folder.name, STAMP).replace(tzinfo=UTC)
    except ValueError:
        return None


def thin_out(target: Path, *, days: int, at: datetime | None = None) -> list[Path]:
    """Delete backups beyond those of two hours and the last of each of so many days; the newest always stays.

    Papers stay: the product never deletes one that a row names.
    """
    at = at or timezone.now()
    kept: dict[object, Path] = {}
    for folder in finished(target):
        made = _moment(folder)
        assert made
        if made > at - ALL_FOR:
            kept[made] = folder
        elif made > at - timedelta(days=days):
            kept[made.date()] = folder
    gone = [folder for folder in finished(target)[:-1] if folder not in kept.values()]
    for folder in gone:
        shutil.rmtree(folder)
    return gone
