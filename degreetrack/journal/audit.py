"""Read the journal as an auditor does: who did or looked at what, when; and export it with its proof."""

import json
from collections.abc import Generator, Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.db import connection
from django.db.models import Max, Q, QuerySet
from django.db.models.functions import Collate
from django.utils import timezone

from degreetrack.journal import proof
from degreetrack.journal.models import Entry, Seal, SealedStream
from degreetrack.journal.services import ByWhom, moment, record
from degreetrack.kit.spreadsheets import SafeWriter

EXPORTS = "audit/exports"
SIZE = 50


@dataclass(frozen=True)
class Asked:
    """What an auditor asks for; what is empty limits nothing. Days are the university's, both included."""

    stream: str = ""
    actor: int | None = None
    verb: str = ""
    since: date | None = None
    until: date | None = None

    @property
    def limits(self) -> bool:
        """Whether it asks for less than everything."""
        return self != Asked()

    def told(self) -> dict[str, Any]:
        """As it stands in the journal and in an export's first line."""
        return {name: str(value) for name, value in asdict(self).items() if value}

    def span(self) -> tuple[datetime | None, datetime | None]:
        """The first moment, and the first moment after."""
        return (
            _begin_of(self.since) if self.since else None,
            _begin_of(self.until, after=timedelta(days=1)) if self.until else None,
        )

    def fits(self, entry: Entry) -> bool:
        """Whether an entry is among what is asked for."""
        begin, end = self.span()
        return (
            (not self.stream or entry.stream == self.stream)
            and (not self.actor or entry.actor_id == self.actor)
            and (not self.verb or entry.verb == self.verb)
            and (begin is None or entry.at >= begin)
            and (end is None or entry.at < end)
        )


def _begin_of(day: date, *, after: timedelta = timedelta(0)) -> datetime:
    """A day's first moment; a day that no calendar reaches stands for the nearest that one does."""
    within = min(max(day, date(1900, 1, 1)), date(2999, 12, 31))
    return timezone.make_aware(datetime.combine(within + after, time.min))


@dataclass(frozen=True)
class Page:
    """Some entries, newest first, and the key by which to ask for older ones."""

    rows: list[Entry]
    next_key: str


def found(asked: Asked, *, after: str = "", size: int = SIZE) -> Page:
    """One page of what is asked for, newest first; `after` is the page before's key.

    Each page is one run of an index: of a stream by its sequence, else by moment under the person,
    the verb or nothing.
    """
    rows = _matching(asked)
    order = ("-sequence",) if asked.stream else ("-at", "-pk")
    rows = rows.filter(_older(asked, after)).order_by(*order)
    read = list(rows[: size + 1])
    if len(read) <= size:
        return Page(read, "")
    last = read[size - 1]
    key = str(last.sequence) if asked.stream else f"{last.at.astimezone(UTC).isoformat()}_{last.pk}"
    return Page(read[:size], key)


def _matching(asked: Asked) -> QuerySet[Entry]:
    begin, end = asked.span()
    given: dict[str, Any] = {
        "stream": asked.stream, "actor": asked.actor, "verb": asked.verb, "at__gte": begin, "at__lt": end,
    }  # fmt: skip
    return Entry.objects.filter(**{name: value for name, value in given.items() if value})


def _older(asked: Asked, key: str) -> Q:
    """The entries after a key; a key that is none gives the first page."""
    try:
        if asked.stream:
            return Q(sequence__lt=min(int(key), 2**31 - 1))
        at, pk = datetime.fromisoformat(key.partition("_")[0]), int(key.partition("_")[2])
        if at.tzinfo is None or not 0 <= pk < 2**63:
            return Q()
        # The first condition is the index's; the second drops those of the same moment already shown.
        return Q(at__lte=at) & (Q(at__lt=at) | Q(pk__lt=pk))
    except (ValueError, OverflowError):
        return Q()


def verbs() -> list[str]:
    """Every verb in the journal, each found by one step through the index."""
    known: list[str] = []
    while True:
        following = Entry.objects.filter(verb__gt=known[-1] if known else "").order_by("verb")
        verb = following.values_list("verb", flat=True).first()
        if verb is None:
            return known
        known.append(verb)


def last_seals(most: int = 5) -> list[Seal]:
    """The newest seals, whose roots an auditor notes down elsewhere."""
    return list(Seal.objects.order_by("-pk")[:most])


def latest(stream: str, verb: str) -> int:
    """The number of the newest such entry, 0 where there is none."""
    return Entry.objects.filter(stream=stream, verb=verb).aggregate(last=Max("pk"))["last"] or 0


def since(entry: int, streams: Iterable[str]) -> list[Entry]:
    """What was written in some streams after an entry, oldest first."""
    return list(Entry.objects.filter(stream__in=list(streams), pk__gt=entry).order_by("pk"))


def looks_of(actor: int, *, since: datetime, until: datetime) -> Iterator[tuple[str, datetime]]:
    """The streams that an account wrote to or looked at in a time, each time it did."""
    rows = Entry.objects.filter(actor=actor, at__gte=since, at__lt=until).order_by("at", "pk")
    yield from rows.values_list("stream", "at").iterator(2000)


def export(asked: Asked, *, by: ByWhom, at: datetime | None = None) -> Iterator[str]:
    """Journal the export, then give it as lines of JSON, ready for `verify-export`.

    Every stream that holds something asked for is told whole, with the lines that were asked for marked,
    because a chain proves nothing in pieces. The seals over them follow, each with all that makes its root.
    """
    at = at or timezone.now()
    record(EXPORTS, "export", by=by, after={"asked": asked.told(), "as": "jsonl"}, at=at)
    last = Entry.objects.aggregate(last=Max("pk"))["last"]
    return _lines(asked, by=by, at=at, last=last)


def _lines(asked: Asked, *, by: ByWhom, at: datetime, last: int) -> Iterator[str]:
    # Seals first: none of them covers what is written after this moment.
    seal_pks = list(Seal.objects.filter(last_entry__lte=last).order_by("pk").values_list("pk", flat=True))
    yield _line("export", format=proof.FORMAT, made_at=moment(at), by=by.display_name, asked=asked.told())
    entries = marked = 0
    streams: set[str] = set()
    whole = Entry.objects.filter(pk__lte=last)
    if asked.limits:
        whole = whole.filter(stream__in=_matching(asked).filter(pk__lte=last).values("stream"))
    for entry in whole.order_by("stream", "sequence").iterator(2000):
        is_asked = asked.fits(entry)
        entries, marked = entries + 1, marked + is_asked
        streams.add(entry.stream)
        yield _entry(entry, is_asked)
    sealed = yield from _seals(seal_pks, streams)
    yield _line("end", entries=entries, asked=marked, seals=sealed)


def _seals(pks: list[int], streams: set[str]) -> Generator[str, None, int]:
    """The seals over some streams; returns how many."""
    covering: set[int] = set()
    names = sorted(streams)
    for first in range(0, len(names), 500):
        sealed_streams = SealedStream.objects.filter(stream__in=names[first : first + 500])
        covering.update(sealed_streams.values_list("seal", flat=True).distinct())
    sealed = 0
    for pk in pks:
        if pk not in covering:
            continue
        sealed += 1
        seal = Seal.objects.get(pk=pk)
        heads = seal.streams.order_by(_as_python_sorts()).values_list("stream", "sequence", "digest")
        yield _line(
            "seal", seal=pk, at=moment(seal.at), last_entry=seal.last_entry, entries=seal.entries,
            previous_root=seal.previous_root, root=seal.root, streams=heads.count(),
        )  # fmt: skip
        for stream, sequence, digest in heads.iterator(2000):
            yield _line("head", stream=stream, sequence=sequence, digest=digest)
    return sealed


def _as_python_sorts() -> Collate:
    """Letter by letter, whatever the database's language: a root is made in this order."""
    return Collate("stream", "C" if connection.vendor == "postgresql" else "BINARY")


def _entry(entry: Entry, is_asked: bool) -> str:
    return _line(
        "entry", asked=is_asked, stream=entry.stream, sequence=entry.sequence, at=moment(entry.at),
        actor=entry.actor_id, actor_name=entry.actor_name, verb=entry.verb, reason=entry.reason,
        data=entry.data, veil=entry.veil, previous=entry.previous, digest=entry.digest,
    )  # fmt: skip


def _line(kind: str, **said: Any) -> str:
    return json.dumps({"line": kind} | said, ensure_ascii=False, separators=(",", ":")) + "\n"


COLUMNS = ("at", "who", "verb", "what", "stream", "sequence", "reason", "before", "after", "digest")


def table(asked: Asked, words: dict[str, Any], *, by: ByWhom) -> Iterator[str]:
    """Journal the export, then give what is asked for as CSV for reading, newest first; it proves nothing."""
    record(EXPORTS, "export", by=by, after={"asked": asked.told(), "as": "csv"})
    return _cells(asked, words)


def _cells(asked: Asked, words: dict[str, Any]) -> Iterator[str]:
    line = _Line()
    writer = SafeWriter(line)  # type: ignore[arg-type]
    writer.row(COLUMNS)
    # A byte-order mark tells spreadsheets that it is UTF-8.
    yield "\ufeff" + line.taken()
    for entry in _matching(asked).order_by("-at", "-pk").iterator(2000):
        writer.row(
            [
                timezone.localtime(entry.at).isoformat(sep=" ", timespec="seconds"), entry.actor_name,
                entry.verb, str(words.get(entry.verb, entry.verb)), entry.stream, str(entry.sequence),
                entry.reason, _said(entry, "before"), _said(entry, "after"), entry.digest,
            ]
        )  # fmt: skip
        yield line.taken()


def _said(entry: Entry, side: str) -> str:
    said = entry.data.get(side)
    return json.dumps(said, ensure_ascii=False) if said else ""


class _Line:
    """A file of one line, emptied as it is read."""

    def __init__(self) -> None:
        self._text = ""

    def write(self, text: str) -> int:
        self._text += text
        return len(text)

    def taken(self) -> str:
        text, self._text = self._text, ""
        return text
