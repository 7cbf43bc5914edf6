"""A form that did not come from our own page, or whose page was left open too long."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def refused(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Say what happened and how to go on, in the reader's language."""
    return render(request, "csrf.html", status=403)
