"""Limits on how often something may be asked, counted in the cache."""

import time
from dataclasses import dataclass

from django.core.cache import cache


def counted(key: str, seconds: int) -> int:
    """Count one more under a key that is forgotten so long after its first; how many that makes."""
    if cache.add(key, 1, seconds):
        return 1
    try:
        return int(cache.incr(key))
    except ValueError:
        # It ran out between the two calls.
        return 1


@dataclass(frozen=True)
class Limit:
    """So many tries within so many seconds for each key."""

    name: str
    tries: int
    seconds: int

    def hit(self, key: str) -> int:
        """Count one try; return the seconds to wait, 0 while within the limit."""
        window, left = divmod(int(time.time()), self.seconds)
        tries = counted(f"limit:{self.name}:{window}:{key}", self.seconds)
        return 0 if tries <= self.tries else self.seconds - left

    def excess(self, key: str) -> float:
        """How far a key is past its limit, as a multiple of it."""
        window = int(time.time()) // self.seconds
        return float(cache.get(f"limit:{self.name}:{window}:{key}", 0)) / self.tries
