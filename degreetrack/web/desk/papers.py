"""What is done with the papers of a case: ticks, originals sighted, late objections, side by side."""

from collections.abc import Callable

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from degreetrack.applications import checklists, proposals, queries, services
from degreetrack.applications.models import Application
from degreetrack.applications.preflight import preflight
from degreetrack.catalogue.services import required_documents
from degreetrack.documents.models import Document
from degreetrack.documents.services import standing
from degreetrack.kit.refusals import Refused
from degreetrack.web.desk.door import case_or_404, person, staff_only
from degreetrack.web.desk.forms import facts_of
from degreetrack.web.desk.scrutiny import scrutiny_of, ticks_of
from degreetrack.web.desk.views import case_page


def _act(request: HttpRequest, tracking_id: str, act: Callable[[str], object], done: str) -> HttpResponse:
    """Do it and go back to where the person was; a refusal is told on the case."""
    application = case_or_404(request, tracking_id)
    try:
        act(application.tracking_id)
    except Refused as refusal:
        messages.error(request, str(refusal))
        application.refresh_from_db()
        return case_page(request, application, status=409)
    messages.success(request, done)
    beside = request.POST.get("beside", "")
    if beside.isdecimal() and len(beside) < 18:
        return redirect("desk:compare", tracking_id=application.tracking_id, document_pk=int(beside))
    onward = request.POST.get("then", "")[:1000]
    case = reverse("desk:case", args=[application.tracking_id])
    return redirect(f"{case}?{onward}" if onward else case)


@require_POST
@staff_only
def check(request: HttpRequest, tracking_id: str) -> HttpResponse:
    """Keep the ticks of the checklists."""
    by, ticks = person(request), ticks_of(request.POST)
    return _act(
        request,
        tracking_id,
        lambda case: checklists.save_checks(case, by=by, ticks=ticks),
        _("Your ticks are kept."),
    )


@require_POST
@staff_only
def sight(request: HttpRequest, tracking_id: str) -> HttpResponse:
    """Keep which originals this office had in hand."""
    by, documents = person(request), request.POST.getlist("sighted")
    return _act(
        request,
        tracking_id,
        lambda case: checklists.sight_originals(case, by=by, documents=documents),
        _("The originals sighted are written down."),
    )


@require_POST
@staff_only
def propose(request: HttpRequest, tracking_id: str) -> HttpResponse:
    """Send late objections to the supervisor."""
    by, why = person(request), request.POST.get("why", "")
    objections = facts_of(request.POST).get("objections", [])
    return _act(
        request,
        tracking_id,
        lambda case: proposals.propose(case, by=by, objections=objections, why=why),
        _("Your supervisor has it now. You find the answer under “Proposals”."),
    )


@require_safe
@staff_only
def compare(request: HttpRequest, tracking_id: str, document_pk: int) -> HttpResponse:
    """One document beside the record; the look is journalled, and each page's look with it."""
    application = case_or_404(request, tracking_id)
    given = _given(application)
    shown = [document for _requirement, document in given if document] + _answers(application)
    place = next((place for place, document in enumerate(shown) if document.pk == document_pk), None)
    if place is None:
        raise Http404
    services.view(application, by=person(request))
    findings = preflight(application.result, kind=application.kind, issue=application.issue)
    others = [finding for finding in findings if application.tracking_id not in finding.text]
    page = {
        "application": application,
        "student": application.result.student,
        "result": application.result,
        "document": shown[place],
        "before": shown[place - 1] if place else None,
        "after": shown[place + 1] if place + 1 < len(shown) else None,
        "number": place + 1,
        "count": len(shown),
        "moves": [
            move for move in queries.allowed_moves(application, person(request)) if move.verb == "object"
        ],
        "typed": request.POST,
    }
    page |= scrutiny_of(application, person(request), given=given, findings=others, posted=request.POST)
    page["papers"] = [paper for paper in page["papers"] if paper.document == shown[place]]
    return render(request, "desk/compare.html", page)


def _given(application: Application) -> list:
    level = application.result.programme.level
    documents = required_documents(level, kind=application.kind, issue=application.issue)
    found = standing(application.result.student, documents)
    return [(row, found.get(row.pk)) for row in documents]


def _answers(application: Application) -> list[Document]:
    """What was handed in to answer objections."""
    rows = application.objections.prefetch_related("documents__pages")
    return [document for row in rows for document in row.documents.all()]
