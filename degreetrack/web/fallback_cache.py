"""The cache that all processes share; while it is away, each counts for itself, and pages go on."""

import logging
import time
from typing import Any

from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError

log = logging.getLogger("degreetrack.cache")
# So long it is not asked again, so that a silent one costs no more than one page its time.
REST = 5.0


class FallbackCache(RedisCache):
    """Redis, or this process's memory where Redis does not answer within its timeouts.

    Limits on guessing are then those of each process: looser, and never none.
    """

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._own = LocMemCache("fallback", {})

    def _ask(self, name: str, *args: Any, **kwargs: Any) -> Any:
        # Django makes one of these for each thread; all of them learn at once that it is away.
        if time.monotonic() >= FallbackCache.away_until:
            try:
                return getattr(super(), name)(*args, **kwargs)
            except (RedisError, OSError) as fault:
                FallbackCache.away_until = time.monotonic() + REST
                log.warning(
                    "the shared cache is away (%s): each process counts for itself", type(fault).__name__
                )
        return getattr(self._own, name)(*args, **kwargs)

    away_until = 0.0

    def add(self, *args: Any, **kwargs: Any) -> Any:
        return self._ask("add", *args, **kwargs)

    def get(self, *args: Any, **kwargs: Any) -> Any:
        return self._ask("get", *args, **kwargs)

    def get_many(self, *args: Any, **kwargs: Any) -> Any:
        return self._ask("get_many", *args, **kwargs)

    def set(self, *args: Any, **kwargs: Any) -> Any:
        return self._ask("set", *args, **kwargs)

    def incr(self, *args: Any, **kwargs: Any) -> Any:
        return self._ask("incr", *args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> Any:
        return self._ask("delete", *args, **kwargs)
