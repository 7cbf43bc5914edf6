"""The gate of desk and administration: sessions end in time, second factors are asked for, proof is fresh."""

from collections.abc import Callable
from typing import Any, cast

from django.contrib import auth, messages
from django.contrib.auth.views import redirect_to_login
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from degreetrack.accounts import factors, sessions
from degreetrack.accounts.models import User
from degreetrack.journal.services import record
from degreetrack.web.desk.owner_news import stream
from degreetrack.web.desk.proof import ask_if_stale
from degreetrack.web.institution import here

View = Callable[..., Any]
ROOMS = ("desk", "admin")
# Whoever is not quite in yet may set up what is missing, or leave.
OPEN = frozenset({"logout", "second-begin", "second-app", "second-passkey"})


class Gate:
    """Stands before every page of the desk and of the administration, whichever view draws it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Nothing is done before it is known which page is asked for."""
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: View, args: Any, kwargs: Any) -> HttpResponse | None:
        """Turn away, or let the page answer."""
        at = request.resolver_match
        room = at.app_names[0] if at and at.app_names else ""
        if room not in ROOMS or not request.user.is_authenticated:
            return None
        user, name = cast(User, request.user), str(at.url_name if at else "")
        if sessions.is_over(request.session):
            return _ended(request, user)
        sessions.touch(request.session)
        if name not in OPEN and _lacks_second(request, user, room):
            onward = urlencode({"next": here(request)["here_path"]})
            return redirect(f"{reverse('desk:second-begin')}?{onward}")
        # Whatever is changed in the administration changes rights, people, fees or what holds for all.
        if room == "admin" and request.method == "POST" and name != "logout":
            return ask_if_stale(request)
        return None


def _lacks_second(request: HttpRequest, user: User, room: str) -> bool:
    if sessions.has_second(request.session):
        return False
    return room == "admin" or factors.must_have(user)


def _ended(request: HttpRequest, user: User) -> HttpResponse:
    with transaction.atomic():
        record(stream(user), "session_over", by=user)
        sessions.end(request.session.session_key or "")
        auth.logout(request)
    messages.info(request, _("You were signed out because the time was over. Sign in again."))
    return redirect_to_login(here(request)["here_path"])
