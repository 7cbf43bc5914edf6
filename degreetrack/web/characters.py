"""Text that no database stores: a NUL in a field is told politely instead of failing deep inside."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render


def refuse_nul(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Answer 400 where a typed value holds the character NUL."""

    def middleware(request: HttpRequest) -> HttpResponse:
        typed = request.META.get("QUERY_STRING", "")
        in_address = "\0" in request.path or "%00" in typed or "\0" in typed
        if in_address or (request.method == "POST" and _has_nul(request.POST)):
            return render(request, "400.html", status=400)
        return get_response(request)

    return middleware


def _has_nul(values: QueryDict) -> bool:
    return any("\0" in value for key in values for value in (key, *values.getlist(key)))
