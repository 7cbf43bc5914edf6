"""The keys of the desk: listed on a page of their own, and switched off for who wishes it."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from degreetrack.applications.lifecycle import MOVES
from degreetrack.web.desk.door import person, staff_only

COOKIE = "single_keys"
A_YEAR = 365 * 24 * 3600


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only
def keys(request: HttpRequest) -> HttpResponse:
    """Every key and what it does; the switch is remembered in this browser."""
    if request.method == "POST":
        off = request.POST.get("keys") == "off"
        messages.success(request, _("Single keys are off.") if off else _("Single keys are on."))
        answer = redirect("desk:keys")
        answer.set_cookie(
            COOKIE,
            "off" if off else "on",
            max_age=A_YEAR,
            secure=settings.HTTPS,
            httponly=True,
            samesite="Lax",
        )
        return answer
    roles = person(request).roles
    moves = [move for move in MOVES.values() if move.from_ and move.roles & roles]
    return render(request, "desk/keys.html", {"moves": moves, "off": request.COOKIES.get(COOKIE) == "off"})
