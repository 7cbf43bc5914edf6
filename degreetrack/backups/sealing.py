"""Encrypt a stream into a file and back, in the format of `age`, whose own tool opens these files too."""

import hashlib
import os
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pyrage


class Unfit(Exception):
    """Why a backup cannot be made, or is not to be trusted, fit to show to the operator."""


class Part(NamedTuple):
    """A file of a backup as it lies there, encrypted."""

    bytes: int
    sha256: str


class Hashed:
    """Passes reads or writes on to a stream, if there is one, and counts and hashes what went by."""

    def __init__(self, stream: Any = None, progress: Callable[[int], object] = lambda count: None) -> None:
        self._stream, self._sum, self._progress, self.bytes = stream, hashlib.sha256(), progress, 0

    @property
    def sha256(self) -> str:
        """Hexadecimal."""
        return self._sum.hexdigest()

    def read(self, size: int = -1) -> bytes:
        """Read on, and count."""
        data: bytes = self._stream.read(size)
        self._count(data)
        return data

    def write(self, data: bytes) -> int:
        """Write on, and count."""
        self._count(data)
        if self._stream:
            self._stream.write(data)
        return len(data)

    def flush(self) -> None:
        """Write on what is held back."""
        if self._stream:
            self._stream.flush()

    def _count(self, data: bytes) -> None:
        self._sum.update(data)
        self.bytes += len(data)
        self._progress(len(data))


def recipients(file: Path) -> list[Any]:
    """The public keys that a file names, one a line, as `age-keygen -y` prints them."""
    return _keys(file, pyrage.x25519.Recipient, "public key of age (age1...)")


def identities(file: Path) -> list[Any]:
    """The secret keys that a file holds, as `age-keygen` writes them."""
    return _keys(file, pyrage.x25519.Identity, "secret key of age")


def _keys(file: Path, kind: Any, called: str) -> list[Any]:
    lines = [line.strip() for line in file.read_text(encoding="utf-8").splitlines()]
    try:
        keys = [kind.from_str(line) for line in lines if line and not line.startswith("#")]
    except (pyrage.RecipientError, pyrage.IdentityError) as error:
        raise Unfit(f"{file} holds something that is no {called}: {error}") from error
    if not keys:
        raise Unfit(f"{file} holds no {called}.")
    return keys


def seal(plain: Any, file: Path, *, to: list[Any]) -> Part:
    """Encrypt a stream into a file, which stands under its name only once it is whole and on the disk."""
    under_way = file.with_name(f"{file.name}.{secrets.token_hex(4)}.part")
    try:
        with under_way.open("xb") as out:
            sealed = Hashed(out)
            pyrage.encrypt_io(plain, sealed, to)
            out.flush()
            os.fsync(out.fileno())
        under_way.rename(file)
    finally:
        under_way.unlink(missing_ok=True)
    return Part(sealed.bytes, sealed.sha256)


def unseal(file: Path, plain: Any, *, keys: list[Any]) -> None:
    """Decrypt a file into a stream; what is cut off, changed or for another key is Unfit."""
    try:
        with file.open("rb") as sealed:
            pyrage.decrypt_io(sealed, plain, keys)
    except FileNotFoundError as error:
        raise Unfit(f"{file} is missing.") from error
    except pyrage.DecryptError as error:
        why = (
            "was made for another key than this one"
            if "No matching keys" in str(error)
            else f"is damaged ({error})"
        )
        raise Unfit(f"{file} {why}.") from error
    except BrokenPipeError:
        raise
    except OSError as error:
        raise Unfit(f"{file} is damaged or was cut off ({error}).") from error


def check_part(file: Path, part: Part) -> None:
    """Refuse a part that is not, byte for byte, what was written."""
    if not file.exists():
        raise Unfit(f"{file} is missing.")
    size = file.stat().st_size
    if size != part.bytes:
        raise Unfit(f"{file} is damaged or was cut off: it has {size} of {part.bytes} bytes.")
    with file.open("rb") as sealed:
        if hashlib.file_digest(sealed, "sha256").hexdigest() != part.sha256:
            raise Unfit(f"{file} is damaged: its checksum is not the manifest's.")
