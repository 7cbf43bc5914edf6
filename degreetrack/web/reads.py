"""Public pages read a replica where there is one; a person who has just acted reads the primary."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from degreetrack.kit.replicas import read

COOKIE = "acted"
SAFE = ("GET", "HEAD", "OPTIONS", "TRACE")
# The bound is looked at once a second; a page may be under way meanwhile.
LONGER = 5


def replicable(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Answer from a replica, or from the database that still answers: for views that only read."""

    @wraps(view)
    def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return read(lambda: view(request, *args, **kwargs), acted=COOKIE in request.COOKIES)

    return inner


def remember_acts(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[..., HttpResponse]:
    """Mark the browser of whoever has done something, for as long as a replica may not know of it."""

    def middleware(request: HttpRequest) -> HttpResponse:
        answer = get_response(request)
        if request.method not in SAFE and answer.status_code < 400:
            lasts = settings.REPLICA_LAG_SECONDS + LONGER
            how = {"samesite": "Lax", "httponly": True, "secure": settings.HTTPS}
            answer.set_cookie(COOKIE, "1", max_age=lasts, **how)  # type: ignore[arg-type]
        return answer

    return middleware
