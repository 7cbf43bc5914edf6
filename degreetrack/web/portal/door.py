"""Who may enter the portal: applicants who have proved the contact on record."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect

from degreetrack.applicants import sessions
from degreetrack.applicants.models import ApplicantSession
from degreetrack.applications.drafts import applicant
from degreetrack.applications.models import Application
from degreetrack.applications.queries import visible_to
from degreetrack.kit import tracking_ids


class ApplicantRequest(HttpRequest):
    """A request of a signed-in applicant."""

    applicant: ApplicantSession


def applicant_required(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Let in whoever is signed in; others are sent to sign in and come back here."""

    @wraps(view)
    def inner(request: ApplicantRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        session = sessions.current(request.session.session_key)
        if session is None:
            if request.method == "GET":
                request.session["onward"] = request.get_full_path()
            return redirect("portal:sign-in")
        request.applicant = session
        answer = view(request, *args, **kwargs)
        answer.setdefault("Cache-Control", "no-store, private")
        return answer

    return inner


def case_or_404(request: ApplicantRequest, tracking_id: str) -> Application:
    """The application, if it is this applicant's."""
    cases = visible_to(applicant(request.applicant.student)).select_related(
        "result__student__region", "result__programme__level"
    )
    found = cases.filter(tracking_id=tracking_ids.normalise(tracking_id)).first()
    if found is None:
        raise Http404
    return found
