"""What people read when something is broken on our side: what it means for them, and when to come back."""

import errno
import sys
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.db import DatabaseError, InterfaceError
from django.http import HttpRequest, HttpResponse
from django.template.loader import get_template

from degreetrack.accounts import hashing

# Seconds after which a browser, a proxy or a search engine asks again.
RETRY_AFTER = 30
BUSY_AFTER = 5
AWAY = (DatabaseError, InterfaceError, hashing.TooManySignIns)
# The disk is full, or may not be written to.
FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS}


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer 503 where database or disk is away or too many sign in, 500 for a fault of ours.

    The page needs none of them. Its words stand in both languages, since the language may be what could
    not be read.
    """
    fault = sys.exc_info()[1]
    away = isinstance(fault, AWAY) or (isinstance(fault, OSError) and fault.errno in FULL)
    if away:
        return _resting(RETRY_AFTER)
    answer = HttpResponse(get_template("500.html").render(), status=500)
    answer["Cache-Control"] = "no-store"
    return answer


def told_when_busy(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Answer whoever signs in while too many do by 503, before any work is done for it."""

    @wraps(view)
    def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method == "POST" and hashing.full():
            return _resting(BUSY_AFTER)
        try:
            return view(request, *args, **kwargs)
        except hashing.TooManySignIns:
            return _resting(BUSY_AFTER)

    return inner


def _resting(seconds: int) -> HttpResponse:
    answer = HttpResponse(get_template("503.html").render(), status=503)
    answer["Cache-Control"] = "no-store"
    answer["Retry-After"] = str(seconds)
    return answer
