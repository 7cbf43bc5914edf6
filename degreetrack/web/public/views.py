"""What everybody may see: home, look-up, status, verification. Least data, rate limited."""

from typing import Any

from django.conf import settings
from django.db import Error, connection
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_safe

from degreetrack.applications.glances import look_up
from degreetrack.applications.lifecycle import GROUPS, Group, State
from degreetrack.catalogue.services import institution
from degreetrack.web.moulds import Text, cast
from degreetrack.web.public.guard import guarded
from degreetrack.web.public.guesses import count
from degreetrack.web.public.paper_route import documents, fee_tables, usual
from degreetrack.web.reads import replicable
from degreetrack.web.statuses import assembled, taken_apart, whole_status

ISSUED = (State.DISPATCHED, State.UNDELIVERED, State.DELIVERED)


@require_safe
@replicable
def home(request: HttpRequest) -> HttpResponse:
    """The first page: the two lists, apply, verify, staff."""
    return render(request, "public/home.html")


@require_safe
@guarded
@replicable
def in_process(request: HttpRequest) -> HttpResponse:
    """Look up an application that the university is working on."""
    return _look_up(request, "public:in_process", (Group.IN_PROCESS, Group.COMPLETED, Group.CLOSED))


@require_safe
@guarded
@replicable
def incomplete(request: HttpRequest) -> HttpResponse:
    """Look up an application that waits on the applicant or came back."""
    return _look_up(request, "public:incomplete", (Group.INCOMPLETE, Group.RETURNED))


def _look_up(request: HttpRequest, here: str, groups: tuple[Group, ...]) -> HttpResponse:
    typed = request.GET.get("q", "").strip()[:40]
    seen = look_up(typed)
    count(request, typed, seen)
    shown = [
        taken_apart(glance, whole=seen.by == "tracking_id", elsewhere=GROUPS[glance.state] not in groups)
        for glance in seen.glances
    ]
    texts = {"typed": typed}
    for place, (_shape, words) in enumerate(shown):
        texts |= {f"{place}_{name}": text for name, text in words.items()}

    def context(text: Text) -> dict[str, Any]:
        statuses = [assembled(shape, _numbered(text, place)) for place, (shape, _words) in enumerate(shown)]
        page = {"typed": text("typed"), "here": here, "asked": bool(typed), "statuses": statuses}
        return page | {"mistyped": seen.mistyped}

    shape = (here, bool(typed), seen.mistyped, tuple(shape for shape, _words in shown))
    return cast(request, "public/look_up.html", shape, texts, context)


def _numbered(text: Text, place: int) -> Text:
    """The texts of one of several statuses on a page."""
    return lambda name: text(f"{place}_{name}")


@require_safe
@guarded
@replicable
def status(request: HttpRequest, tracking_id: str) -> HttpResponse:
    """One application, whole, to whoever has its tracking ID."""
    seen = look_up(tracking_id)
    if seen.by != "tracking_id" or not seen.glances:
        count(request, tracking_id, seen)
        page = {"typed": tracking_id[:40], "here": "public:in_process", "asked": True}
        page["mistyped"] = seen.mistyped
        return render(request, "public/look_up.html", page, status=404)
    shape, texts = taken_apart(seen.glances[0], whole=True)
    return cast(request, "public/status.html", shape, texts, lambda text: {"status": assembled(shape, text)})


@require_safe
@replicable
def apply(request: HttpRequest) -> HttpResponse:
    """How to apply, with which documents, for what fee, and how long it takes."""
    page = {"documents": documents(), "tables": fee_tables(on=timezone.localdate()), "usual": usual()}
    return render(request, "public/apply.html", page)


@require_safe
@guarded
@replicable
def verify(request: HttpRequest) -> HttpResponse:
    """Tell whether a certificate was issued for a tracking ID."""
    typed = request.GET.get("q", "").strip()[:40]
    seen = look_up(typed)
    count(request, typed, seen)
    page: dict[str, object] = {"typed": typed, "asked": bool(typed)}
    if seen.by == "tracking_id":
        page["mistyped"] = seen.mistyped
        page["statuses"] = [whole_status(glance) for glance in seen.glances if glance.state in ISSUED]
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
@replicable
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
