"""Passwords hashed beside the work, not before it: sign-ins never slow the pages of everybody else."""

import contextlib
import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from django.contrib.auth.hashers import Argon2PasswordHasher

# Of a worker's eight threads at most so many wait for a hash; the rest go on answering.
WAITING = 4
# Linux counts it for each thread: a tenth of a processor that others want, all of one that nobody wants.
NICE = 10


class TooManySignIns(Exception):
    """So many passwords wait to be hashed that another would keep everybody else from their pages."""


def _step_back() -> None:
    with contextlib.suppress(AttributeError, OSError):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICE)


_places = threading.BoundedSemaphore(WAITING)
_beside = ThreadPoolExecutor(1, thread_name_prefix="passwords", initializer=_step_back)


def _aside[T](work: Callable[[], T]) -> T:
    if not _places.acquire(blocking=False):
        raise TooManySignIns
    try:
        return _beside.submit(work).result()
    finally:
        _places.release()


class ModestArgon2(Argon2PasswordHasher):
    """Argon2id with OWASP's first choice of costs (19 MiB, two passes, one lane), one hash at a time.

    Source: OWASP Password Storage Cheat Sheet. Hashes of other costs are renewed at the next sign-in.
    """

    time_cost = 2
    memory_cost = 19_456
    parallelism = 1

    def encode(self, password: str, salt: str) -> str:
        """Hash a new password; raise TooManySignIns where too many wait."""
        made: str = _aside(lambda: super(ModestArgon2, self).encode(password, salt))
        return made

    def verify(self, password: str, encoded: str) -> bool:
        """Compare a password with its hash; raise TooManySignIns where too many wait."""
        right: bool = _aside(lambda: super(ModestArgon2, self).verify(password, encoded))
        return right
