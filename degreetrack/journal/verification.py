"""Prove the journal: every chain link by link, every seal against the streams it covered, archives too."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from degreetrack.journal import archives
from degreetrack.journal.archived import Ends, prove_archives
from degreetrack.journal.models import Entry, Seal, SealedStream
from degreetrack.journal.services import START, digest, root


def verify(*, progress: Callable[[int], None] = lambda checked: None) -> list[str]:
    """Name every changed, missing or inserted entry and every broken seal; empty where all is whole.

    What lies in archives that are not here (`archives.absent`) is passed over.
    """
    ends = Ends()
    return [*prove_archives(ends, progress), *_broken_chains(ends, progress), *_broken_seals()]


def _broken_chains(ends: Ends, progress: Callable[[int], None]) -> Iterator[str]:
    stream, sequence, previous, end = "", 0, START, None
    entries = Entry.objects.order_by("stream", "sequence")
    for checked, entry in enumerate(entries.iterator(2000), start=1):
        if entry.stream != stream:
            stream, end = entry.stream, ends.of(entry.stream)
            ends.seen(stream)
            sequence, previous = _before(entry, end, ends)
        if entry.sequence != sequence + 1:
            yield f"{stream} #{sequence + 1}: missing; the next entry found is #{entry.sequence}"
        elif entry.previous != previous:
            yield f"{stream} #{entry.sequence}: does not follow the entry before it (changed or inserted)"
        if digest(entry) != entry.digest:
            yield f"{stream} #{entry.sequence}: changed after it was written"
        if end and end == (entry.sequence, end[1]) and entry.digest != end[1]:
            yield f"{stream} #{entry.sequence}: differs from the archive"
        sequence, previous = entry.sequence, entry.digest
        if checked % 1000 == 0:
            progress(1000)
    yield from (
        f"{name} #{last}: archived, and missing as the last of its stream" for name, last in ends.left()
    )


def _before(first: Entry, end: tuple[int, str] | None, ends: Ends) -> tuple[int, str]:
    """What the first entry that stands in the tables must follow."""
    if first.sequence == 1:
        return 0, START
    if end and end[0] == first.sequence - 1:
        return end
    # The last archived entry of a stream stays; what it follows was proven where it is archived.
    archived = end is not None and end[0] == first.sequence
    if archived or (end is None and ends.unknown and first.pk <= archives.last_archived()):
        return first.sequence - 1, first.previous
    return end or (0, START)


def _broken_seals() -> Iterator[str]:
    previous_root, covered, archived = START, 0, archives.last_archived()
    for seal in Seal.objects.order_by("pk").iterator():
        if seal.previous_root != previous_root:
            yield f"seal {seal.pk}: does not follow the seal before it (a seal is missing or changed)"
        if seal.last_entry > archived:
            yield from _broken_seal(seal, covered)
        covered, previous_root = seal.last_entry, seal.root
    yield from _cut_streams()


def _broken_seal(seal: Seal, covered: int) -> Iterator[str]:
    heads = list(seal.streams.order_by("stream").values_list("stream", "sequence", "digest"))
    if root(seal.previous_root, sorted(heads)) != seal.root:
        yield f"seal {seal.pk}: its streams do not make its root (a row was changed, removed or added)"
    counted = Entry.objects.filter(pk__gt=covered, pk__lte=seal.last_entry).count()
    if counted != seal.entries:
        yield f"seal {seal.pk}: covered {seal.entries} entries, {counted} are found"


def _cut_streams() -> Iterator[str]:
    archived = archives.last_archived()
    for sealed in (
        SealedStream.objects.filter(seal__last_entry__gt=archived)
        .order_by("stream", "sequence")
        .iterator(2000)
    ):
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
    [[entries]] = rows(f"SELECT COUNT(*) FROM {entry}")  # noqa: S608  # nosec B608
    last = list(rows(f"SELECT id, digest FROM {entry} ORDER BY id DESC LIMIT 1"))  # noqa: S608  # nosec B608
    sealed = list(rows(f"SELECT id, root FROM {seal} ORDER BY id DESC LIMIT 1"))  # noqa: S608  # nosec B608
    return {"entries": entries, "last": [list(row) for row in last], "seal": [list(row) for row in sealed]}
