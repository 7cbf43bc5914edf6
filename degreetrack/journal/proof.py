"""Prove an exported piece of the journal line by line, without a database.

It needs Python alone: `python3 proof.py FILE` does the same on a machine that has nothing else of ours.
"""

import hashlib
import json
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

START = "0" * 64
FORMAT = 2
ENTRY = {
    "line", "asked", "stream", "sequence", "at", "actor", "actor_name", "verb", "reason", "data", "previous",
    "digest", "veil",
}  # fmt: skip
SEAL = {"line", "seal", "at", "last_entry", "entries", "previous_root", "root", "streams"}
HEAD = {"line", "stream", "sequence", "digest"}
FIRST = {"line", "format", "made_at", "by", "asked"}
END = {"line", "entries", "asked", "seals"}


_ENCODER = json.JSONEncoder(sort_keys=True, ensure_ascii=False, separators=(",", ":"))


class Broken(ValueError):
    """Why a line does not fit."""


def fingerprint(said: list[Any]) -> str:
    """The digest of an entry: hexadecimal SHA-256 over all that it says and the digest before it."""
    return hashlib.sha256(_ENCODER.encode(said).encode()).hexdigest()


def veiled(reason: Any, data: Any, veil: Any) -> tuple[Any, Any]:
    """Reason and data as a digest reads them: what may be erased stands there by its salted fingerprint.

    `veil` is {"reason" or "after.bearer": {"salt": ...}}, or {"erased": the fingerprint} once the value and
    its salt are gone. A value beside "erased" is forged: it is left to spoil the digest.
    """
    for path, cover in (veil or {}).items():
        side, _dot, name = path.partition(".")
        values = data[side] if name else {"reason": reason}
        held = name or "reason"
        said = values.get(held) or None
        if "erased" in cover and said is None:
            values = values | {held: {"veiled": cover["erased"]}}
        elif "salt" in cover and said is not None:
            values = values | {held: {"veiled": fingerprint([cover["salt"], said])}}
        if name:
            data = data | {side: values}
        else:
            reason = values["reason"]
    return reason, data


def root(previous_root: str, heads: Iterable[tuple[str, int, str]]) -> str:
    """The fingerprint of a seal: over the seal before it and where each stream stood."""
    whole = hashlib.sha256(previous_root.encode())
    for head in heads:
        whole.update(said_of(*head))
    return whole.hexdigest()


def said_of(stream: str, sequence: int, its_digest: str) -> bytes:
    """Where a stream stood, as a seal's root reads it."""
    return f"\n{stream} {sequence} {its_digest}".encode()


@dataclass(frozen=True)
class Proven:
    """What a whole export holds: to compare its roots with those that were noted elsewhere."""

    entries: int
    asked: int
    unsealed: int
    roots: dict[int, str]
    cut: int = 0


class Proof:
    """Takes an export's lines one by one, and raises Broken at the first that does not fit."""

    def __init__(self) -> None:
        self.asked = 0
        self.roots: dict[int, str] = {}
        self._digests: dict[str, list[str]] = {}
        self._sealed: dict[str, int] = {}
        # How many entries of a stream stand in an archive, before the first one here.
        self._before: dict[str, int] = {}
        self._stream = ""
        self._seal: dict[str, Any] = {}
        self._heads, self._last = 0, ""
        self._whole = hashlib.sha256()
        self._takes = {"export": self._first}

    def take(self, text: str) -> None:
        """Check one line against all lines before it."""
        try:
            row = json.loads(text, object_pairs_hook=_once)
        except ValueError as error:
            raise Broken(str(error)) from error
        kind = row.get("line") if isinstance(row, dict) else None
        if kind not in self._takes:
            raise Broken(f"a line of the kind {kind!r} may not stand here")
        try:
            self._takes[kind](row)
        except (TypeError, AttributeError) as error:
            raise Broken(f"a value is of the wrong kind: {error}") from error

    def proven(self) -> Proven:
        """The sum, once the last line was taken."""
        if self._takes:
            raise Broken("the file was cut off: its last line is missing")
        entries = sum(map(len, self._digests.values()))
        unsealed = entries - sum(self._sealed.values())
        return Proven(entries, self.asked, unsealed, self.roots, len(self._before))

    def _first(self, row: dict[str, Any]) -> None:
        _exactly(row, FIRST)
        if row["format"] != FORMAT:
            raise Broken(f"the format is {row['format']!r}; this program knows {FORMAT}")
        self._takes = {"entry": self._entry, "seal": self._begin_seal, "end": self._end}

    def _entry(self, row: dict[str, Any]) -> None:
        _exactly(row, ENTRY)
        stream, sequence = row["stream"], row["sequence"]
        if stream != self._stream and stream in self._digests:
            raise Broken(f"{stream} #{sequence}: stands apart from the rest of its stream")
        chain = self._digests.setdefault(stream, [])
        if not chain and sequence > 1:
            self._before[stream] = sequence - 1
        before = self._before.get(stream, 0)
        if sequence != before + len(chain) + 1:
            raise Broken(f"{stream} #{sequence}: #{before + len(chain) + 1} is missing before it")
        if (chain or not before) and row["previous"] != (chain[-1] if chain else START):
            raise Broken(f"{stream} #{sequence}: does not follow the entry before it")
        said = [
            row["previous"], stream, sequence, row["at"], row["actor"], row["actor_name"], row["verb"],
            *veiled(row["reason"], row["data"], row["veil"]),
        ]  # fmt: skip
        if fingerprint(said) != row["digest"]:
            raise Broken(f"{stream} #{sequence}: changed after it was written")
        chain.append(row["digest"])
        self._stream = stream
        self.asked += row["asked"] is True

    def _begin_seal(self, row: dict[str, Any]) -> None:
        _exactly(row, SEAL)
        if self.roots and row["seal"] <= max(self.roots):
            raise Broken(f"seal {row['seal']}: stands after a later one")
        self._seal, self._heads, self._last = row, 0, ""
        self._whole = hashlib.sha256(row["previous_root"].encode())
        self._takes = {"head": self._head}
        self._finish_seal()

    def _head(self, row: dict[str, Any]) -> None:
        _exactly(row, HEAD)
        stream, sequence = row["stream"], row["sequence"]
        if stream <= self._last:
            raise Broken(f"{stream}: out of order within seal {self._seal['seal']}")
        chain, before = self._digests.get(stream), self._before.get(stream, 0)
        if chain is not None and sequence > before:
            if sequence > before + len(chain):
                raise Broken(f"{stream} #{sequence}: sealed, but missing in this file")
            if chain[sequence - before - 1] != row["digest"]:
                raise Broken(f"{stream} #{sequence}: differs from what was sealed")
            self._sealed[stream] = sequence - before
        self._whole.update(said_of(stream, sequence, row["digest"]))
        self._heads, self._last = self._heads + 1, stream
        self._finish_seal()

    def _finish_seal(self) -> None:
        seal = self._seal
        if self._heads < seal["streams"]:
            return
        if self._whole.hexdigest() != seal["root"]:
            raise Broken(f"seal {seal['seal']}: its streams do not make its root")
        self.roots[seal["seal"]] = seal["root"]
        self._takes = {"seal": self._begin_seal, "end": self._end}

    def _end(self, row: dict[str, Any]) -> None:
        _exactly(row, END)
        counted = (sum(map(len, self._digests.values())), self.asked, len(self.roots))
        if (row["entries"], row["asked"], row["seals"]) != counted:
            raise Broken("the counts of the last line are not those of the file")
        self._takes = {}


def prove(lines: Iterable[str]) -> Proven:
    """Prove a whole export; raise Broken with the number of the first line that does not fit."""
    proof, number = Proof(), 0
    for number, line in enumerate(lines, start=1):
        try:
            proof.take(line)
        except Broken as why:
            raise Broken(f"line {number}: {why}") from why
    try:
        return proof.proven()
    except Broken as why:
        raise Broken(f"line {number + 1}: {why}") from why


def told(proven: Proven) -> str:
    """What was proven, in words."""
    words = [f"Whole: {proven.entries} entries, {proven.asked} of them asked for, {len(proven.roots)} seals."]
    if proven.unsealed:
        words.append(
            f"{proven.unsealed} entries are newer than the last seal: their links hold, no seal does."
        )
    if proven.cut:
        words.append(f"{proven.cut} streams begin in an archive: what lies there is not proven here.")
    words += [f"seal {number}: {its_root}" for number, its_root in proven.roots.items()]
    return "\n".join(words)


def _exactly(row: dict[str, Any], names: set[str]) -> None:
    if row.keys() != names:
        raise Broken(f"its fields must be {', '.join(sorted(names))}")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A name that stands twice could show one thing and prove another."""
    row = dict(pairs)
    if len(row) != len(pairs):
        raise Broken("a name stands twice in one object")
    return row


if __name__ == "__main__":
    try:
        with open(sys.argv[1], encoding="utf-8") as file:  # noqa: PTH123 - the plainest for a stranger
            print(told(prove(file)))
    except Broken as why:
        sys.exit(str(why))
