"""A name for each request, the same in our proxy's log and in ours."""

import re
import secrets
from collections.abc import Callable
from contextvars import ContextVar

from django.http import HttpRequest, HttpResponse

_current: ContextVar[str] = ContextVar("request_id", default="-")
# What others send us goes into our logs: letters, digits and dashes only.
_SOUND = re.compile(r"[A-Za-z0-9-]{8,64}")


def current_id() -> str:
    """The id of the request under way; a dash outside one."""
    return _current.get()


def name_requests(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Take over the proxy's X-Request-ID, or draw one, and send it back with the answer."""

    def middleware(request: HttpRequest) -> HttpResponse:
        given = request.headers.get("X-Request-ID", "")
        name = given if _SOUND.fullmatch(given) else secrets.token_hex(8)
        request.request_id = name  # type: ignore[attr-defined]
        token = _current.set(name)
        try:
            answer = get_response(request)
        finally:
            _current.reset(token)
        answer["X-Request-ID"] = name
        return answer

    return middleware
