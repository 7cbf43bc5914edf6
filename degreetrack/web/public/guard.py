"""The limit on guessing: generous to a campus behind one address, strict on one roll number."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from degreetrack.web import captcha
from degreetrack.web.addresses import client_network
from degreetrack.web.public.guesses import wants_digits
from degreetrack.web.rate_limits import Limit

BY_ADDRESS = Limit("look-up-address", 120, 60)
BY_NUMBER = Limit("look-up-number", 20, 600)
# Past three times the limit a person shows that they are one.
STUBBORN = 3


def guarded(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Answer politely with a time to wait, then with a captcha, to whoever asks too often.

    What it answers is about one person, so that nothing on the way may keep it.
    """

    def answered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        answer = view(request, *args, **kwargs)
        answer.headers["Cache-Control"] = "no-store, private"
        return answer

    @wraps(view)
    def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        typed = kwargs.get("tracking_id") or request.GET.get("q", "")
        key = "".join(filter(str.isalnum, typed.upper()))[:40]
        if not key:
            return answered(request, *args, **kwargs)
        address = client_network(request)
        wait = max(BY_ADDRESS.hit(address), BY_NUMBER.hit(key))
        watched = not wait and "tracking_id" not in kwargs and wants_digits(request, typed)
        if not wait and not watched:
            return answered(request, *args, **kwargs)
        if captcha.is_right(request.GET.get("captcha", ""), request.GET.get("digits", "")):
            return answered(request, *args, **kwargs)
        stubborn = max(BY_ADDRESS.excess(address), BY_NUMBER.excess(key)) >= STUBBORN
        page = {"wait": wait, "typed": typed[:40], "captcha": captcha.new() if stubborn or watched else ""}
        answer = render(request, "429.html", page, status=429)
        answer["Cache-Control"] = "no-store, private"
        if wait:
            answer["Retry-After"] = str(wait)
        return answer

    return inner
