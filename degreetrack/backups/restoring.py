"""Restore a backup into an empty place: everything is checked before anything is touched, and again after."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from degreetrack.backups.databases import check_empty, filling
from degreetrack.backups.making import DATABASE, PAPERS, Bars, finished, listing
from degreetrack.backups.manifests import Manifest, check_known, describe, differences, here, read
from degreetrack.backups.papers import bring_back, check_paper, of_rows, place_of
from degreetrack.backups.sealing import Hashed, Unfit, check_part, unseal
from degreetrack.documents.models import store
from degreetrack.journal.verification import verify


def newest(source: Path) -> Path:
    """The backup that is meant: the folder itself, or the newest whole one in it."""
    if not source.is_dir():
        raise Unfit(f"{source} is no folder.")
    inside = finished(source)
    return inside[-1] if inside else source


def check(folder: Path, *, keys: list[Any], bars: Bars) -> Manifest:
    """Read a backup from end to end and refuse it at the first thing that is not as it was written."""
    manifest = read(folder)
    for name, part in manifest.parts.items():
        check_part(folder / name, part)
    unseal(folder / DATABASE, Hashed(None, bars("database")), keys=keys)
    progress, number = bars("papers"), 0
    with _listed(folder, keys=keys) as papers:
        for sha256, name in papers:
            number += 1
            if name not in manifest.lost:
                check_paper(folder.parent, name, sha256, keys=keys)
            progress(1)
    if number != manifest.papers:
        raise Unfit(f"{folder / PAPERS} lists {number} papers; the manifest says {manifest.papers}.")
    return manifest


def restore(folder: Path, *, keys: list[Any], bars: Bars) -> Manifest:
    """Check a backup, fill this empty place with it, and prove that it is what was backed up.

    Papers come before the rows that name them. After a crash it can simply be called again.
    """
    check_known(read(folder).database)
    check_empty()
    manifest = check(folder, keys=keys, bars=bars)
    with _listed(folder, keys=keys) as papers:
        kept = ((sha256, name) for sha256, name in papers if name not in manifest.lost)
        _bring_back(kept, folder.parent, keys=keys, bars=bars)
    with filling() as out:
        unseal(folder / DATABASE, Hashed(out, bars("database")), keys=keys)
    told = [*differences(manifest.database, describe(here)), *verify(progress=bars("journal"))]
    if told:
        raise Unfit("The restored place is not what was backed up; do not serve it. " + "; ".join(told[:20]))
    return manifest


def restore_papers(target: Path, *, keys: list[Any], bars: Bars) -> tuple[int, list[str]]:
    """Bring back what rows here name and the store lacks; tell how many, and which were never copied."""
    never = []

    def copied() -> Iterator[tuple[str, str]]:
        for sha256, name in of_rows():
            if place_of(target, name).exists() or store().exists(name):
                yield sha256, name
            else:
                never.append(name)

    return _bring_back(copied(), target, keys=keys, bars=bars), never


def _bring_back(papers: Iterator[tuple[str, str]], target: Path, *, keys: list[Any], bars: Bars) -> int:
    progress, brought = bars("papers"), 0
    with tempfile.TemporaryDirectory() as folder:
        for sha256, name in papers:
            brought += bring_back(target, name, sha256, keys=keys, folder=Path(folder))
            progress(1)
    return brought


@contextmanager
def _listed(folder: Path, *, keys: list[Any]) -> Iterator[Iterator[tuple[str, str]]]:
    with tempfile.TemporaryFile() as lines:
        unseal(folder / PAPERS, lines, keys=keys)
        lines.seek(0)
        yield listing(lines)
