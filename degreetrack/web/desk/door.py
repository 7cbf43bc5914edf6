"""Who may enter the desk: signed-in staff who sit in a section."""

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase

from degreetrack.accounts.models import User
from degreetrack.applications.models import Application
from degreetrack.applications.queries import visible_to
from degreetrack.kit import tracking_ids
from degreetrack.web.institution import here


def staff_only(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Let in whoever is signed in and has a section; others are sent to sign in, or refused."""

    @wraps(view)
    def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_authenticated:
            # A form's own address cannot be opened: after the sign-in they are back on its page.
            return redirect_to_login(here(request)["here_path"])
        if not person(request).roles:
            raise PermissionDenied
        answer = view(request, *args, **kwargs)
        answer["Cache-Control"] = "no-store, private"
        return answer

    return inner


def person(request: HttpRequest) -> User:
    """The member of staff who asks."""
    return cast(User, request.user)


def case_or_404(request: HttpRequest, tracking_id: str) -> Application:
    """The application, if this person may see it."""
    cases = visible_to(person(request)).select_related("result__student__region", "result__programme__level")
    found = cases.filter(tracking_id=tracking_ids.normalise(tracking_id)).first()
    if found is None:
        raise Http404
    return found
