"""Prove the journal's archives: each file whole, each seal made of what follows it, each chain unbroken."""

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Any

from degreetrack.journal import archives
from degreetrack.journal.models import Archive, Entry, Seal
from degreetrack.journal.proof import START, fingerprint, root, veiled
from degreetrack.journal.services import moment
from degreetrack.journal.services import timeline as live_timeline


class Ends:
    """Where each stream stood at the end of the archives; on disk, as there may be millions."""

    def __init__(self) -> None:
        self.unknown = False
        self._rows = sqlite3.connect("", isolation_level=None)
        self._rows.execute("PRAGMA synchronous=OFF")
        self._rows.execute(
            "CREATE TABLE ends (stream TEXT PRIMARY KEY, sequence INTEGER, digest TEXT) WITHOUT ROWID"
        )
        self._rows.execute("BEGIN")

    def of(self, stream: str) -> tuple[int, str] | None:
        """The sequence and digest of its last archived entry."""
        return self._rows.execute("SELECT sequence, digest FROM ends WHERE stream = ?", [stream]).fetchone()

    def put(self, stream: str, sequence: int, digest: str) -> None:
        """Note a newer end."""
        self._rows.execute("INSERT OR REPLACE INTO ends VALUES (?, ?, ?)", [stream, sequence, digest])

    def seen(self, stream: str) -> None:
        """Strike out a stream that goes on in the tables."""
        self._rows.execute("DELETE FROM ends WHERE stream = ?", [stream])

    def left(self) -> Iterator[tuple[str, int]]:
        """The streams that were not seen."""
        yield from self._rows.execute("SELECT stream, sequence FROM ends ORDER BY stream")


def prove_archives(ends: Ends, progress: Callable[[int], None]) -> Iterator[str]:
    """Name what does not fit in the archives; what is absent is passed over, and unknown from then on."""
    said = {
        entry.data["after"].get("name"): entry.data["after"] for entry in live_timeline(archives.ARCHIVES)
    }
    for archive in Archive.objects.filter(of="journal").order_by("last_entry"):
        if said.pop(archive.name, None) != archives.told(archive):
            yield f"archive {archive.name}: the journal tells of it otherwise, or not at all"
        try:
            yield from _Months(archive, ends).findings(archives.lines_of(archive), progress)
        except archives.Absent:
            ends.unknown = True
        except (archives.Spoilt, ValueError, KeyError, TypeError, EOFError, OSError) as why:
            ends.unknown = True
            yield str(why) if isinstance(why, archives.Spoilt) else f"archive {archive.name}: cannot be read"
    gone = (name for name in said if name and name.startswith("journal/"))
    yield from (f"archive {name}: the journal tells of it, its row is missing" for name in gone)


class _Months:
    """One file as it is read: the seal under way, and what it should cover."""

    def __init__(self, archive: Archive, ends: Ends) -> None:
        self._archive, self._ends = archive, ends
        self._seal: dict[str, Any] = {}
        self._heads: dict[str, tuple[int, str]] = {}
        self._entries = 0

    def findings(self, lines: Iterable[dict[str, Any]], progress: Callable[[int], None]) -> Iterator[str]:
        """Name what does not fit."""
        for line in lines:
            if "seal" in line:
                yield from self._end_of_seal()
                self._seal, self._heads, self._entries = line, {}, 0
            else:
                yield from self._entry(line)
                self._entries += 1
                if self._entries % 1000 == 0:
                    progress(1000)
        yield from self._end_of_seal()
        if self._seal.get("last_entry") != self._archive.last_entry:
            yield f"archive {self._archive.name}: its last seal is not the one it should end with"

    def _entry(self, line: dict[str, Any]) -> Iterator[str]:
        stream, sequence = line["stream"], line["sequence"]
        known = self._ends.of(stream) or (0, START)
        before = known if known[0] or not self._ends.unknown else (sequence - 1, line["previous"])
        if sequence != before[0] + 1:
            yield f"{stream} #{before[0] + 1}: missing; the next entry found is #{sequence}"
        elif line["previous"] != before[1]:
            yield f"{stream} #{sequence}: does not follow the entry before it (changed or inserted)"
        said = [
            line[name] for name in ("previous", "stream", "sequence", "at", "actor", "actor_name", "verb")
        ]
        if fingerprint([*said, *veiled(line["reason"], line["data"], line["veil"])]) != line["digest"]:
            yield f"{stream} #{sequence}: changed after it was written"
        self._ends.put(stream, sequence, line["digest"])
        self._heads[stream] = (sequence, line["digest"])

    def _end_of_seal(self) -> Iterator[str]:
        said = self._seal
        if not said:
            return
        name = f"seal {said['seal']}"
        seal = Seal.objects.filter(pk=said["seal"]).first()
        now = seal and (moment(seal.at), seal.last_entry, seal.entries, seal.previous_root, seal.root)
        if now != tuple(said[key] for key in ("at", "last_entry", "entries", "previous_root", "root")):
            yield f"{name}: differs from the one in the archive"
        if root(said["previous_root"], ((s, *self._heads[s]) for s in sorted(self._heads))) != said["root"]:
            yield f"{name}: its streams do not make its root (a row was changed, removed or added)"
        if self._entries != said["entries"]:
            yield f"{name}: covered {said['entries']} entries, {self._entries} are found"


def timeline(stream: str) -> Iterator[Entry]:
    """All that happened to a stream, oldest first, read back from the archives; unsaved rows.

    Reads every month: for the rare case that somebody asks.
    """
    live = {entry.sequence: entry for entry in live_timeline(stream)}
    for archive in Archive.objects.filter(of="journal").order_by("last_entry"):
        for line in archives.lines_of(archive):
            if line.get("stream") == stream and line["sequence"] not in live:
                yield _entry_of(line)
    yield from (live[sequence] for sequence in sorted(live))


def _entry_of(line: dict[str, Any]) -> Entry:
    same = ("stream", "sequence", "actor_name", "verb", "reason", "data", "veil", "previous", "digest")
    told = {name: line[name] for name in same}
    return Entry(pk=line["id"], at=datetime.fromisoformat(line["at"]), actor_id=line["actor"], **told)
