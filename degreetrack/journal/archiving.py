"""The journal's own closed months: seal by seal into a file, then out of the tables.

A file holds everything that its month's seals cover, so that it proves itself. What stays in the tables
as well is the last entry of each stream, which the next one follows, and streams that are still in use.
"""

from collections.abc import Callable, Iterator
from datetime import date, datetime
from itertools import batched
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from degreetrack.journal import archives
from degreetrack.journal.archives import ARCHIVES
from degreetrack.journal.models import Archive, Entry, Seal, SealedStream
from degreetrack.journal.services import moment
from degreetrack.journal.veils import erased

BATCH = 1000
Keeps = Callable[[set[str]], set[str]]


def archive_month(*, before: date, keeps: Keeps, at: datetime | None = None) -> Archive | None:
    """Archive the oldest month that ended before a day; None where there is none.

    `keeps` tells which of some streams are still in use: they stay in the tables too.
    """
    at = at or timezone.now()
    follows = archives.newest("journal")
    archive = archives.unfinished("journal") or _written(before, follows, at)
    if archive:
        _empty(archive, keeps)
        archives.emptied(archive, at=at)
    return archive


def _written(before: date, follows: int, at: datetime) -> Archive | None:
    first = Seal.objects.filter(last_entry__gt=archives.last_archived()).order_by("pk").first()
    if first is None:
        return None
    month = timezone.localdate(first.at).replace(day=1)
    _begin, after = archives.ends_of(month)
    if timezone.localdate(after) > before:
        return None
    later = Seal.objects.filter(pk__gt=first.pk, at__gte=after).order_by("pk").first()
    seals = Seal.objects.filter(pk__gte=first.pk, **({"pk__lt": later.pk} if later else {})).order_by("pk")
    last = seals.last()
    assert last is not None
    lines = _lines(seals, first)
    return archives.keep("journal", month, lines, follows=follows, last_entry=last.last_entry, at=at)


def _lines(seals: QuerySet[Seal], first: Seal) -> Iterator[dict[str, Any]]:
    """Each seal, then what it covers, as it is once nothing in it can be erased any more."""
    earlier = Seal.objects.filter(pk__lt=first.pk).order_by("pk").last()
    covered = earlier.last_entry if earlier else 0
    for seal in seals.iterator():
        yield {
            "seal": seal.pk, "at": moment(seal.at), "last_entry": seal.last_entry, "entries": seal.entries,
            "previous_root": seal.previous_root, "root": seal.root,
        }  # fmt: skip
        for entry in _paged(covered, seal.last_entry):
            reason, data, veil = erased(entry.reason, entry.data, entry.veil)
            yield {
                "id": entry.pk, "stream": entry.stream, "sequence": entry.sequence, "at": moment(entry.at),
                "actor": entry.actor_id, "actor_name": entry.actor_name, "verb": entry.verb,
                "reason": reason, "data": data, "veil": veil, "previous": entry.previous,
                "digest": entry.digest,
            }  # fmt: skip
        covered = seal.last_entry


def _paged(after: int, upto: int) -> Iterator[Entry]:
    """By key, so that no transaction stays open while a month is written."""
    while rows := list(Entry.objects.filter(pk__gt=after, pk__lte=upto).order_by("pk")[:BATCH]):
        yield from rows
        after = rows[-1].pk


def _empty(archive: Archive, keeps: Keeps) -> None:
    """Take out of the tables what the file holds, in short transactions."""
    lines = archives.lines_of(archive)
    for batch in batched(lines, BATCH):
        streams = {line["stream"] for line in batch if "id" in line} - {ARCHIVES}
        free = streams - keeps(streams)
        later = Entry.objects.filter(stream=OuterRef("stream"), sequence__gt=OuterRef("sequence"))
        with transaction.atomic():
            old = Entry.objects.filter(stream__in=free, pk__lte=archive.last_entry)
            old.filter(Exists(later)).delete()
            SealedStream.objects.filter(seal__in=[line["seal"] for line in batch if "seal" in line]).delete()
