"""Write the journal, read it, seal it. Entries are never changed; database triggers see to it."""

import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, NamedTuple, Protocol

from django.db import connection, transaction
from django.db.models import Max
from django.db.models.fields.json import KT
from django.utils import timezone

from degreetrack.journal.models import Entry, Seal, SealedStream
from degreetrack.kit.holding import hold

START = "0" * 64


class ByWhom(Protocol):
    """Whoever acts: a user, or an actor without an account."""

    @property
    def pk(self) -> Any: ...
    @property
    def display_name(self) -> str: ...


def record(
    stream: str,
    verb: str,
    *,
    by: ByWhom,
    reason: str = "",
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    at: datetime | None = None,
) -> Entry:
    """Append one entry to the stream's chain, within the caller's transaction.

    Writers of one stream come one by one; writers of different streams never wait for each other.
    """
    with transaction.atomic(savepoint=False):
        hold([stream])
        last = last_of(stream)
        entry = chained(stream, verb, last, by=by, reason=reason, before=before, after=after, at=at)
        entry.save(force_insert=True)
    return entry


def record_many(told: list[tuple[str, str, dict[str, Any]]], *, by: ByWhom, at: datetime) -> None:
    """Append (stream, verb, after) each to its stream's chain, in few statements for many."""
    if not told:
        return
    streams = {stream for stream, _verb, _after in told}
    with transaction.atomic(savepoint=False):
        hold(streams)
        newest = Entry.objects.filter(stream__in=streams).values("stream").annotate(pk_last=Max("pk"))
        rows = Entry.objects.filter(pk__in=newest.values("pk_last"))
        last = {row.stream: row for row in rows}
        entries = []
        for stream, verb, after in told:
            last[stream] = chained(stream, verb, last.get(stream), by=by, after=after, at=at)
            entries.append(last[stream])
        Entry.objects.bulk_create(entries, batch_size=500)


def last_of(stream: str) -> Entry | None:
    """The newest entry of a stream."""
    return Entry.objects.filter(stream=stream).order_by("-sequence").first()


def chained(
    stream: str,
    verb: str,
    last: Entry | None,
    *,
    by: ByWhom,
    reason: str = "",
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    at: datetime | None = None,
) -> Entry:
    """Make the entry that follows `last`, unsaved; bulk writers save many at once."""
    entry = Entry(
        stream=stream,
        sequence=last.sequence + 1 if last else 1,
        at=at or timezone.now(),
        actor_id=by.pk,
        actor_name=by.display_name,
        verb=verb,
        reason=reason,
        data={"before": before or {}, "after": after or {}},
        previous=last.digest if last else START,
    )
    entry.digest = digest(entry)
    return entry


def digest(entry: Entry) -> str:
    """The entry's fingerprint over all that it says and the entry before it; hexadecimal SHA-256."""
    said = [
        entry.previous,
        entry.stream,
        entry.sequence,
        entry.at.astimezone(UTC).isoformat(timespec="microseconds"),
        entry.actor_id,
        entry.actor_name,
        entry.verb,
        entry.reason,
        entry.data,
    ]
    text = json.dumps(said, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def timeline(stream: str) -> list[Entry]:
    """All that happened to a stream, oldest first."""
    return list(Entry.objects.filter(stream=stream).order_by("sequence"))


def told_in_sql(stream: str, *, vendor: str) -> str:
    """A subquery that gives a stream's changes of state, oldest first, as JSON: [[verb, at, state], ...].

    `stream` is the SQL expression of its name in the query around it.
    """
    table = Entry._meta.db_table
    if vendor == "postgresql":
        return (
            "(SELECT json_agg(json_build_array(e.verb, e.at, e.data #>> '{after,state}') ORDER BY e.sequence)"
            f" FROM {table} e WHERE e.stream = {stream} AND e.data #> '{{after,state}}' IS NOT NULL)"
        )
    return (
        "(SELECT json_group_array(json_array(e.verb, e.at, e.state)) FROM"
        " (SELECT verb, at, json_extract(data, '$.after.state') AS state"
        f" FROM {table} WHERE stream = {stream} ORDER BY sequence) e WHERE e.state IS NOT NULL)"
    )


class Moved(NamedTuple):
    """A change of state, as the journal tells it."""

    stream: str
    verb: str
    at: datetime
    state: str


def moves_between(since: datetime, until: datetime, *, of: str) -> Iterator[Moved]:
    """Every change of state of such streams ("application") in a time, stream by stream, each oldest first.

    Rows come as they are asked for: memory does not grow with their number.
    """
    told = Entry.objects.filter(stream__startswith=f"{of}/", at__gte=since, at__lt=until)
    moved = told.annotate(state=KT("data__after__state")).filter(state__isnull=False)
    rows = moved.order_by("stream", "sequence").values_list("stream", "verb", "at", "state")
    for row in rows.iterator(2000):
        yield Moved(*row)


def seal_new(*, at: datetime | None = None) -> Seal | None:
    """Seal every entry that no seal covers yet; None when there is nothing new."""
    with transaction.atomic():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                # Ids are drawn before commit. While this lock is held no writer is between the two,
                # so that no entry can later appear below the seal's last id.
                cursor.execute("SET LOCAL lock_timeout = '2s'")
                cursor.execute(f"LOCK TABLE {Seal._meta.db_table} IN EXCLUSIVE MODE")
                cursor.execute(f"LOCK TABLE {Entry._meta.db_table} IN SHARE MODE")
        previous = Seal.objects.order_by("-pk").first()
        new = Entry.objects.filter(pk__gt=previous.last_entry if previous else 0)
        heads = heads_of(new)
        if not heads:
            return None
        seal = Seal.objects.create(
            at=at or timezone.now(),
            last_entry=new.aggregate(last=Max("pk"))["last"],
            entries=new.count(),
            previous_root=previous.root if previous else START,
            root=root(previous.root if previous else START, heads),
        )
        SealedStream.objects.bulk_create(
            (SealedStream(seal=seal, stream=s, sequence=n, digest=d) for s, n, d in heads), batch_size=1000
        )
    return seal


def heads_of(entries: Any) -> list[tuple[str, int, str]]:
    """The last (stream, sequence, digest) of each stream among some entries, in the stream's order."""
    heads: dict[str, tuple[int, str]] = {}
    for stream, sequence, its_digest in entries.values_list("stream", "sequence", "digest").iterator(5000):
        if stream not in heads or heads[stream][0] < sequence:
            heads[stream] = (sequence, its_digest)
    return [(stream, *heads[stream]) for stream in sorted(heads)]


def root(previous_root: str, heads: list[tuple[str, int, str]]) -> str:
    """The fingerprint of a seal: over the seal before it and where each stream stood."""
    whole = hashlib.sha256(previous_root.encode())
    for stream, sequence, its_digest in heads:
        whole.update(f"\n{stream} {sequence} {its_digest}".encode())
    return whole.hexdigest()
