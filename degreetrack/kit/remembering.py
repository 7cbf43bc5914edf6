"""Kept in the process for a while: what changes a few times a year and every request reads."""

import time
from collections.abc import Callable
from functools import wraps
from threading import Lock

from django.conf import settings

_kept: dict[tuple[Callable[..., object], tuple[object, ...]], tuple[float, object]] = {}
_lock = Lock()


def remembered[**P, T](make: Callable[P, T]) -> Callable[P, T]:
    """Call the function again only once its answer is older than REMEMBER_SECONDS; 0 keeps nothing.

    Arguments must be hashable and few; what is returned is shared, so nobody may change it.
    """

    @wraps(make)
    def inner(*args: P.args, **kwargs: P.kwargs) -> T:
        lasts = settings.REMEMBER_SECONDS
        if not lasts:
            return make(*args, **kwargs)
        key = (make, args)
        now = time.monotonic()
        found = _kept.get(key)
        if found is None or found[0] < now:
            found = (now + lasts, make(*args, **kwargs))
            with _lock:
                _kept[key] = found
        return found[1]  # type: ignore[return-value]

    return inner


def forget() -> None:
    """Ask everything anew at the next call."""
    with _lock:
        _kept.clear()
