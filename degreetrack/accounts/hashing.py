"""Passwords hashed one at a time on each machine: sign-ins never take the pages of everybody else."""

import fcntl
import os
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path

from django.contrib.auth.hashers import Argon2PasswordHasher

# Of a worker's eight threads at most so many sign people in, mostly waiting; the rest go on answering.
WAITING = 5
# Seconds after which whoever waits for a hash is told to come back.
PATIENCE = 3.0
# By how much a hash is nicer than pages: beside pages without end it gets a quarter of a processor.
_MODESTY = 5
# Held while one is hashed; the system lets go of it when a process dies.
_TURN = Path(tempfile.gettempdir()) / "degreetrack-passwords.lock"
_places = threading.BoundedSemaphore(WAITING)
_mine = threading.local()


class TooManySignIns(Exception):
    """So many passwords wait to be hashed that another would keep everybody else from their pages."""


@contextmanager
def place() -> Iterator[None]:
    """Be one of the few who may hash a password; raise TooManySignIns at once where all places are taken."""
    if getattr(_mine, "held", False):
        yield
        return
    if not _places.acquire(blocking=False):
        raise TooManySignIns
    _mine.held = True
    try:
        yield
    finally:
        _mine.held = False
        _places.release()


@contextmanager
def _turn() -> Iterator[None]:
    """Wait until no other process of this machine hashes."""
    with _TURN.open("ab") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@cache
def _hand() -> ThreadPoolExecutor:
    """The one thread of this process that hashes."""
    return ThreadPoolExecutor(1, "passwords", initializer=_be_modest)


# A process forked since has no such thread.
os.register_at_fork(after_in_child=_hand.cache_clear)


def _be_modest() -> None:
    # Only Linux lets one thread stand behind the others.
    if sys.platform == "linux":
        me = threading.get_native_id()
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, me, min(19, os.getpriority(os.PRIO_PROCESS, me) + _MODESTY))


def _in_turn[T](hashed: Callable[..., T], *given: str) -> T:
    with _turn():
        return hashed(*given)


def _modestly[T](hashed: Callable[..., T], *given: str) -> T:
    with place():
        coming = _hand().submit(_in_turn, hashed, *given)
        try:
            return coming.result(PATIENCE)
        except TimeoutError:
            coming.cancel()
            raise TooManySignIns from None


class ModestArgon2(Argon2PasswordHasher):
    """Argon2id with OWASP's first choice of costs: 19 MiB, two passes, one lane.

    Source: OWASP Password Storage Cheat Sheet. Hashes of other costs are renewed at the next sign-in.
    """

    time_cost = 2
    memory_cost = 19_456
    parallelism = 1

    def encode(self, password: str, salt: str) -> str:
        """Hash a new password; raise TooManySignIns where too many wait, or it would take too long."""
        made: str = _modestly(super().encode, password, salt)
        return made

    def verify(self, password: str, encoded: str) -> bool:
        """Compare a password with its hash; raise TooManySignIns as encode() does."""
        right: bool = _modestly(super().verify, password, encoded)
        return right
