"""What everybody may see: home, look-up, status, verification. Least data, rate limited."""

from django.conf import settings
from django.db import Error, connection
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from degreetrack.applications.lifecycle import GROUPS, Group, State
from degreetrack.applications.models import Application
from degreetrack.applications.queries import find
from degreetrack.catalogue.services import institution
from degreetrack.web.public.guard import guarded
from degreetrack.web.public.paper_route import documents, fee_tables, usual
from degreetrack.web.statuses import PublicStatus

ISSUED = (State.DISPATCHED, State.UNDELIVERED, State.DELIVERED)


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The first page: the two lists, apply, verify, staff."""
    return render(request, "public/home.html")


@require_safe
@never_cache
@guarded
def in_process(request: HttpRequest) -> HttpResponse:
    """Look up an application that the university is working on."""
    return _look_up(request, "public:in_process", (Group.IN_PROCESS, Group.COMPLETED, Group.CLOSED))


@require_safe
@never_cache
@guarded
def incomplete(request: HttpRequest) -> HttpResponse:
    """Look up an application that waits on the applicant or came back."""
    return _look_up(request, "public:incomplete", (Group.INCOMPLETE, Group.RETURNED))


def _look_up(request: HttpRequest, here: str, groups: tuple[Group, ...]) -> HttpResponse:
    typed = request.GET.get("q", "").strip()[:40]
    page = {"typed": typed, "here": here, "asked": bool(typed)}
    if typed:
        found = find(typed)
        page["mistyped"] = found.mistyped
        page["statuses"] = [
            PublicStatus(
                application,
                whole=found.by == "tracking_id",
                elsewhere=GROUPS[State(application.state)] not in groups,
            )
            for application in found.applications
        ]
    return render(request, "public/look_up.html", page)


@require_safe
@never_cache
@guarded
def status(request: HttpRequest, tracking_id: str) -> HttpResponse:
    """One application, whole, to whoever has its tracking ID."""
    found = find(tracking_id)
    if found.by != "tracking_id" or not found.applications:
        page = {"typed": tracking_id[:40], "here": "public:in_process", "asked": True}
        page["mistyped"] = found.mistyped
        return render(request, "public/look_up.html", page, status=404)
    return render(request, "public/status.html", {"status": PublicStatus(found.applications[0], whole=True)})


@require_safe
def apply(request: HttpRequest) -> HttpResponse:
    """How to apply, with which documents, for what fee, and how long it takes."""
    page = {"documents": documents(), "tables": fee_tables(on=timezone.localdate()), "usual": usual()}
    return render(request, "public/apply.html", page)


@require_safe
@never_cache
@guarded
def verify(request: HttpRequest) -> HttpResponse:
    """Tell whether a certificate was issued for a tracking ID."""
    typed = request.GET.get("q", "").strip()[:40]
    found = find(typed) if typed else None
    page: dict[str, object] = {"typed": typed, "asked": bool(typed)}
    if found and found.by == "tracking_id":
        page["mistyped"] = found.mistyped
        issued: list[Application] = [one for one in found.applications if one.state in ISSUED]
        page["statuses"] = [PublicStatus(application, whole=False) for application in issued]
    return render(request, "public/verify.html", page)


@require_safe
def language(request: HttpRequest, code: str) -> HttpResponse:
    """Read on in the other language, for a year."""
    onward = request.GET.get("next", "/")
    if not url_has_allowed_host_and_scheme(onward, {request.get_host()}, require_https=request.is_secure()):
        onward = "/"
    answer = HttpResponseRedirect(onward)
    if code in dict(settings.LANGUAGES):
        answer.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            code,
            max_age=31_536_000,
            samesite="Lax",
            httponly=True,
            secure=settings.LANGUAGE_COOKIE_SECURE,
        )
    return answer


@require_safe
def crest(request: HttpRequest) -> HttpResponse:
    """The university's crest; kept by the browser for a day."""
    answer = HttpResponse(institution().crest, content_type="image/svg+xml")
    answer["Cache-Control"] = "public, max-age=86400"
    return answer


@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """The process answers."""
    return HttpResponse("ok\n", content_type="text/plain")


@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """The database answers too."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error:
        return HttpResponse("database\n", content_type="text/plain", status=503)
    return HttpResponse("ok\n", content_type="text/plain")
