"""Passwords hashed one at a time on each machine: sign-ins never take the pages of everybody else."""

import fcntl
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.contrib.auth.hashers import Argon2PasswordHasher

# Of a worker's eight threads at most so many wait for a hash; the rest go on answering.
WAITING = 3
# Held while one is hashed; the system lets go of it when a process dies.
_TURN = Path(tempfile.gettempdir()) / "degreetrack-passwords.lock"
_places = threading.BoundedSemaphore(WAITING)


class TooManySignIns(Exception):
    """So many passwords wait to be hashed that another would keep everybody else from their pages."""


def full() -> bool:
    """Whether another password would be refused now."""
    return _places._value == 0


@contextmanager
def _turn() -> Iterator[None]:
    """Wait until no other process or thread of this machine hashes; raise where too many wait already."""
    if not _places.acquire(blocking=False):
        raise TooManySignIns
    try:
        with _TURN.open("ab") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield
    finally:
        _places.release()


class ModestArgon2(Argon2PasswordHasher):
    """Argon2id with OWASP's first choice of costs: 19 MiB, two passes, one lane.

    Source: OWASP Password Storage Cheat Sheet. Hashes of other costs are renewed at the next sign-in.
    """

    time_cost = 2
    memory_cost = 19_456
    parallelism = 1

    def encode(self, password: str, salt: str) -> str:
        """Hash a new password; raise TooManySignIns where too many wait."""
        with _turn():
            made: str = super().encode(password, salt)
        return made

    def verify(self, password: str, encoded: str) -> bool:
        """Compare a password with its hash; raise TooManySignIns where too many wait."""
        with _turn():
            right: bool = super().verify(password, encoded)
        return right
