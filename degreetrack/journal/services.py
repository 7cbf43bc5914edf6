"""Write the journal, read it, seal it. Entries are never changed; database triggers see to it."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple, Protocol

from django.db import connection, transaction
from django.db.models import Max
from django.db.models.fields.json import KT
from django.utils import timezone

from degreetrack.journal.models import Entry, Seal, SealedStream
from degreetrack.journal.proof import START, fingerprint, root, veiled
from degreetrack.journal.veils import veil_over
from degreetrack.kit.holding import hold
from degreetrack.kit.rows import read_with_told, with_told


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


class Line(NamedTuple):
    """One thing for record_many() to tell; without an actor of its own it is the caller's."""

    stream: str
    verb: str
    after: dict[str, Any]
    before: Mapping[str, Any] = {}
    reason: str = ""
    by: ByWhom | None = None


type Heads = dict[str, tuple[int, str]]


def record_many(
    told: Iterable[tuple[str, str, dict[str, Any]] | Line],
    *,
    by: ByWhom,
    at: datetime,
    heads: Heads | None = None,
) -> None:
    """Append lines, or (stream, verb, after) each, to their streams' chains in their order.

    A few statements, however many they are. Whoever holds the streams and has read their newest entries
    hands in the `heads`.
    """
    lines = [Line(*line) for line in told]
    if not lines:
        return
    if heads is not None:
        _chain(lines, heads, by=by, at=at)
        return
    streams = {line.stream for line in lines}
    with transaction.atomic(savepoint=False):
        hold(streams)
        _chain(lines, _heads(streams), by=by, at=at)


def _chain(lines: list[Line], heads: Heads, *, by: ByWhom, at: datetime) -> None:
    """Write lines behind the heads of their streams, which are held."""
    when, rows = moment(at), []
    for stream, verb, after, before, reason, own in lines:
        sequence, previous = heads.get(stream, (0, START))
        pk, name, data = (own or by).pk, (own or by).display_name, {"before": before, "after": after}
        veil = veil_over(reason, data)
        said = [previous, stream, sequence + 1, when, pk, name, verb]
        heads[stream] = sequence + 1, fingerprint([*said, *veiled(reason, data, veil)])
        rows.append(dict(zip(_COLUMNS, [*said, reason, data, veil, heads[stream][1]], strict=True)))
    _append(rows, at=at)


def head_in_sql(stream: str) -> str:
    """A subquery for the [sequence, digest] of the newest entry of a stream; PostgreSQL's."""
    return (
        "(SELECT json_build_array(sequence, digest) FROM journal_entry"  # nosec B608
        f" WHERE stream = {stream} ORDER BY sequence DESC LIMIT 1)"
    )


def _heads(streams: Iterable[str]) -> Heads:
    """Sequence and digest of the newest entry of each stream that has one."""
    # One look into the index for each stream, whatever the planner believes of the table: joined, it
    # once chose to read the whole journal for every e-mail.
    found = read_with_told(
        "SELECT stream,"
        " (SELECT sequence FROM journal_entry WHERE stream = told.stream ORDER BY sequence DESC LIMIT 1),"
        " (SELECT digest FROM journal_entry WHERE stream = told.stream ORDER BY sequence DESC LIMIT 1)"
        " FROM told",
        [{"stream": stream} for stream in streams],
        stream="text",
    )
    return {stream: (sequence, its_digest) for stream, sequence, its_digest in found if sequence}


# As they stand in what a digest is over, what covers them, and the digest.
_COLUMNS = {
    "previous": "text", "stream": "text", "sequence": "integer", "moment": "text", "actor_id": "bigint",
    "actor_name": "text", "verb": "text", "reason": "text", "data": "jsonb", "veil": "jsonb",
    "digest": "text",
}  # fmt: skip


def _append(rows: list[dict[str, Any]], *, at: datetime) -> None:
    """Write entries of one moment, in one statement."""
    told = {name: kind for name, kind in _COLUMNS.items() if name != "moment"}
    named = ", ".join(told)
    with_told(
        f"INSERT INTO journal_entry ({named}, at) SELECT {named}, %s FROM told",  # nosec B608
        [{name: row[name] for name in told} for row in rows],
        connection.ops.adapt_datetimefield_value(at),
        **told,
    )


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
    entry.veil = veil_over(entry.reason, entry.data)
    entry.digest = digest(entry)
    return entry


def digest(entry: Entry) -> str:
    """The entry's fingerprint over all that it says and the entry before it; hexadecimal SHA-256."""
    return fingerprint(
        [
            entry.previous,
            entry.stream,
            entry.sequence,
            moment(entry.at),
            entry.actor_id,
            entry.actor_name,
            entry.verb,
            *veiled(entry.reason, entry.data, entry.veil),
        ]
    )


def moment(at: datetime) -> str:
    """A moment as digests read it: UTC, with microseconds."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def timeline(stream: str) -> list[Entry]:
    """All that happened to a stream, oldest first."""
    return list(Entry.objects.filter(stream=stream).order_by("sequence"))


def told_in_sql(stream: str, *keys: str, vendor: str) -> str:
    """A subquery for the entries of a stream that say one of these things, oldest first, as JSON.

    It gives [[verb, at, after], ...]; `stream` is the SQL expression of its name in the query around it.
    """
    table = Entry._meta.db_table
    if vendor == "postgresql":
        named = ", ".join(f"'{key}'" for key in keys)
        # Of our own names only; every value is a parameter of the query around it.
        return (
            "(SELECT json_agg(json_build_array(e.verb, e.at, e.data -> 'after') ORDER BY e.sequence)"  # nosec B608
            f" FROM {table} e WHERE e.stream = {stream} AND e.data -> 'after' ?| array[{named}])"
        )
    says = " OR ".join(f"json_type(data, '$.after.{key}') IS NOT NULL" for key in keys)
    return (
        "(SELECT json_group_array(json_array(e.verb, e.at, json(e.after))) FROM"  # nosec B608
        " (SELECT verb, at, json_extract(data, '$.after') AS after"
        f" FROM {table} WHERE stream = {stream} AND ({says}) ORDER BY sequence) e)"
    )


def latest(streams: list[str], verbs: list[str]) -> dict[tuple[str, str], int]:
    """Where in each stream each of these things happened last; what never happened is left out."""
    told = Entry.objects.filter(stream__in=streams, verb__in=verbs).values_list("stream", "verb")
    rows = told.annotate(last=Max("sequence")).order_by()
    return {(stream, verb): last for stream, verb, last in rows}


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


def last_sealed() -> datetime | None:
    """When the newest seal was made."""
    return Seal.objects.order_by("-pk").values_list("at", flat=True).first()


def unsealed_since() -> datetime | None:
    """When the oldest entry was written that no seal covers; None where all are covered."""
    covered = Seal.objects.order_by("-pk").values_list("last_entry", flat=True).first() or 0
    return Entry.objects.filter(pk__gt=covered).order_by("pk").values_list("at", flat=True).first()


def heads_of(entries: Any) -> list[tuple[str, int, str]]:
    """The last (stream, sequence, digest) of each stream among some entries, in the stream's order."""
    heads: dict[str, tuple[int, str]] = {}
    for stream, sequence, its_digest in entries.values_list("stream", "sequence", "digest").iterator(5000):
        if stream not in heads or heads[stream][0] < sequence:
            heads[stream] = (sequence, its_digest)
    return [(stream, *heads[stream]) for stream in sorted(heads)]
