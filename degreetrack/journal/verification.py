"""Prove the journal: every chain link by link, every seal against the streams it covered."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from degreetrack.journal.models import Entry, Seal, SealedStream
from degreetrack.journal.services import START, digest, root


def verify(*, progress: Callable[[int], None] = lambda checked: None) -> list[str]:
    """Name every changed, missing or inserted entry and every broken seal; empty where all is whole."""
    return [*_broken_chains(progress), *_broken_seals()]


def _broken_chains(progress: Callable[[int], None]) -> Iterator[str]:
    stream, sequence, previous = "", 0, START
    entries = Entry.objects.order_by("stream", "sequence")
    for checked, entry in enumerate(entries.iterator(2000), start=1):
        if entry.stream != stream:
            stream, sequence, previous = entry.stream, 0, START
        if entry.sequence != sequence + 1:
            yield f"{stream} #{sequence + 1}: missing; the next entry found is #{entry.sequence}"
        elif entry.previous != previous:
            yield f"{stream} #{entry.sequence}: does not follow the entry before it (changed or inserted)"
        if digest(entry) != entry.digest:
            yield f"{stream} #{entry.sequence}: changed after it was written"
        sequence, previous = entry.sequence, entry.digest
        if checked % 1000 == 0:
            progress(1000)


def _broken_seals() -> Iterator[str]:
    previous_root, covered = START, 0
    for seal in Seal.objects.order_by("pk").iterator():
        if seal.previous_root != previous_root:
            yield f"seal {seal.pk}: does not follow the seal before it (a seal is missing or changed)"
        heads = list(seal.streams.order_by("stream").values_list("stream", "sequence", "digest"))
        if root(seal.previous_root, sorted(heads)) != seal.root:
            yield f"seal {seal.pk}: its streams do not make its root (a row was changed, removed or added)"
        counted = Entry.objects.filter(pk__gt=covered, pk__lte=seal.last_entry).count()
        if counted != seal.entries:
            yield f"seal {seal.pk}: covered {seal.entries} entries, {counted} are found"
        covered, previous_root = seal.last_entry, seal.root
    yield from _cut_streams()


def _cut_streams() -> Iterator[str]:
    for sealed in SealedStream.objects.order_by("stream", "sequence").iterator(2000):
        found = (
            Entry.objects.filter(stream=sealed.stream, sequence=sealed.sequence)
            .values_list("digest", flat=True)
            .first()
        )
        if found is None:
            if Entry.objects.filter(stream=sealed.stream).exists():
                yield f"{sealed.stream} #{sealed.sequence}: missing, though sealed"
            else:
                yield f"{sealed.stream}: its whole history is missing, though sealed up to #{sealed.sequence}"
        elif found != sealed.digest:
            yield f"{sealed.stream} #{sealed.sequence}: differs from what was sealed"


def heads(rows: Callable[[str], Iterable[Any]]) -> dict[str, Any]:
    """The number of entries and the newest entry's and seal's fingerprints, read by whatever runs a query."""
    entry, seal = Entry._meta.db_table, Seal._meta.db_table
    [[entries]] = rows(f"SELECT COUNT(*) FROM {entry}")  # noqa: S608
    last = list(rows(f"SELECT id, digest FROM {entry} ORDER BY id DESC LIMIT 1"))  # noqa: S608
    sealed = list(rows(f"SELECT id, root FROM {seal} ORDER BY id DESC LIMIT 1"))  # noqa: S608
    return {"entries": entries, "last": [list(row) for row in last], "seal": [list(row) for row in sealed]}
