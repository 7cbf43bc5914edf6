"""What people read when something is broken on our side: what it means for them, and when to come back."""

import errno
import sys
from collections.abc import Callable
from functools import cache

from django.db import DatabaseError, InterfaceError
from django.http import HttpRequest, HttpResponse
from django.template.loader import get_template
from django.urls import reverse

from degreetrack.accounts import hashing

# Seconds after which a browser, a proxy or a search engine asks again.
RETRY_AFTER = 30
AWAY = (DatabaseError, InterfaceError)
_CROWDED = {"Cache-Control": "no-store", "Retry-After": "5"}
# Bytes that no sign-in comes near.
_FORM = 65_536
# The disk is full, or may not be written to.
FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS}


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer 503 where database or disk is away, 500 for a fault of ours.

    The page needs none of them. Its words stand in both languages, since the language may be what could
    not be read.
    """
    fault = sys.exc_info()[1]
    away = isinstance(fault, AWAY) or (isinstance(fault, OSError) and fault.errno in FULL)
    status = 503 if away else 500
    answer = HttpResponse(get_template(f"{status}.html").render(), status=status)
    answer["Cache-Control"] = "no-store"
    if away:
        answer["Retry-After"] = str(RETRY_AFTER)
    return answer


class Crowd:
    """Keep those who sign in to the few places there are, before any other work is done for them.

    Hands that never pause come back a thousand times a second: each refusal costs 50 microseconds.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer whoever finds no place by 503."""
        if request.method != "POST" or request.path_info != _sign_in():
            return self.get_response(request)
        try:
            with hashing.place():
                return self.get_response(request)
        except hashing.TooManySignIns:
            # What is left unread costs its sender the connection, and us the next one.
            request.read(_FORM)
            return _crowded()

    def process_exception(self, request: HttpRequest, fault: Exception) -> HttpResponse | None:
        """Answer by 503 whoever has waited too long, on any page that asks for a password."""
        return _crowded() if isinstance(fault, hashing.TooManySignIns) else None


@cache
def _sign_in() -> str:
    return reverse("desk:login")


@cache
def _page() -> bytes:
    return get_template("503.html").render().encode()


def _crowded() -> HttpResponse:
    answer = HttpResponse(_page(), status=503, headers=_CROWDED | {"Content-Length": str(len(_page()))})
    # It is no fault; a line in the log for each would cost more than all the rest.
    answer._has_been_logged = True  # type: ignore[attr-defined]
    return answer
