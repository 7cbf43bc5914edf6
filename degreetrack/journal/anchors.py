"""Anchors: once a day the newest seal is signed with a key that no web server and no database holds.

A line of the anchors' file is JSON. Each names the line before it, so that none can be left out; a line
with `next_key` hands over to another key. Copies lie with outsiders: history cannot be rewritten unseen.
"""

import fcntl
import hashlib
import json
import os
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from django.db.models import Sum
from django.utils import timezone

from degreetrack.accounts.models import Actor
from degreetrack.journal.models import Seal
from degreetrack.journal.proof import START
from degreetrack.journal.services import moment, record
from degreetrack.kit.refusals import Refused

ANCHORER = Actor("anchor")


def make_key(path: Path) -> str:
    """Write a new private key, readable by its owner alone, and tell the public one."""
    key = Ed25519PrivateKey.generate()
    form = serialization.PrivateFormat.PKCS8
    text = key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(text)
    return public(key)


def read_key(path: Path) -> Ed25519PrivateKey:
    """The key of a file; refused where others on the machine could read it too."""
    if path.stat().st_mode & 0o077:
        raise Refused(f"{path} can be read by others: chmod 600 it first.")
    key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(key, Ed25519PrivateKey):
        raise Refused(f"{path} is no Ed25519 key.")
    return key


def public(key: Ed25519PrivateKey) -> str:
    """The public key, as hexadecimal: it is given to whoever shall check anchors."""
    return key.public_key().public_bytes_raw().hex()


def anchor(path: Path, key: Ed25519PrivateKey, *, next_key: str = "", at: datetime | None = None) -> str:
    """Sign the newest seal and append the line to the file; the journal tells that it was done.

    The file is locked meanwhile, and safe on the disk before the journal tells of it.
    """
    at = at or timezone.now()
    seal = Seal.objects.order_by("-pk").first()
    if seal is None:
        raise Refused("Nothing is sealed yet.")
    with path.open("a+", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        lines = file.read().splitlines()
        said: dict[str, Any] = {
            "anchor": len(lines) + 1,
            "at": moment(at),
            "seal": seal.pk,
            "root": seal.root,
            "entries": Seal.objects.filter(pk__lte=seal.pk).aggregate(all=Sum("entries"))["all"],
            "previous": _digest(lines[-1]) if lines else START,
            "key": public(key),
        } | ({"next_key": next_key} if next_key else {})
        line = json.dumps(said | {"signature": key.sign(_signed(said)).hex()}, sort_keys=True)
        file.write(line + "\n")
        file.flush()
        os.fsync(file.fileno())
    after = {"anchor": said["anchor"], "seal": seal.pk, "key": said["key"]}
    record("anchors", "anchored", by=ANCHORER, after=after, at=at)
    return line


def is_due(path: Path, *, at: datetime | None = None) -> bool:
    """Whether today has no anchor yet."""
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    last = datetime.fromisoformat(json.loads(lines[-1])["at"]) if lines else None
    return last is None or timezone.localdate(last) < timezone.localdate(at)


def broken(lines: Iterable[str], key: str) -> Iterator[str]:
    """Name each line that the key (or one that it handed over to) did not sign, or that the seals deny."""
    previous = START
    for number, line in enumerate(lines, start=1):
        try:
            said = json.loads(line)
            signature = bytes.fromhex(said.pop("signature"))
            Ed25519PublicKey.from_public_bytes(bytes.fromhex(key)).verify(signature, _signed(said))
        except (ValueError, KeyError, AttributeError, TypeError, InvalidSignature):
            yield f"anchor {number}: not signed by the key {key[:16]}"
            return
        if (said.get("anchor"), said.get("previous")) != (number, previous):
            yield f"anchor {number}: does not follow the anchor before it (one is missing or moved)"
        seals = Seal.objects.filter(pk__lte=said["seal"])
        seal = seals.filter(pk=said["seal"]).first()
        if seal is None or seal.root != said["root"]:
            yield f"anchor {number}: seal {said['seal']} is not the one that was signed on {said['at'][:10]}"
        elif seals.aggregate(all=Sum("entries"))["all"] != said["entries"]:
            yield f"anchor {number}: the seals do not cover the {said['entries']} entries that were signed"
        previous, key = _digest(line.rstrip("\n")), said.get("next_key", key)


def _signed(said: dict[str, Any]) -> bytes:
    return json.dumps(said, sort_keys=True, separators=(",", ":")).encode()


def _digest(line: str) -> str:
    return hashlib.sha256(line.encode()).hexdigest()
