"""Addresses that only take forms: whoever opens one in a browser is led to the page above it."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import Resolver404, resolve


def lead_back(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Where a form was refused its page stands under such an address: reloaded, or in the other language."""

    def middleware(request: HttpRequest) -> HttpResponse:
        answer = get_response(request)
        opened = request.method == "GET" and request.headers.get("Sec-Fetch-Mode") == "navigate"
        return redirect(_above(request.path)) if opened and answer.status_code == 405 else answer

    return middleware


def _above(path: str) -> str:
    """The nearest address above that there is."""
    while path != "/":
        path = path.rstrip("/").rpartition("/")[0] + "/"
        try:
            resolve(path)
        except Resolver404:
            continue
        break
    return path
