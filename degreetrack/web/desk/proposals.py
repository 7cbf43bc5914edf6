"""Late objections: what lies with the supervisor, and what became of one's own."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from degreetrack.applications import proposals
from degreetrack.applications.models import ObjectionProposal
from degreetrack.catalogue.models import ObjectionReason
from degreetrack.kit.refusals import Refused
from degreetrack.web.desk.door import person, staff_only


@require_safe
@staff_only
def home(request: HttpRequest) -> HttpResponse:
    """What waits for a supervisor's word, and one's own proposals with their fate."""
    user = person(request)
    if not proposals.may_propose(user):
        raise Http404
    waiting, own = proposals.waiting(user), proposals.own(user)
    reasons = ObjectionReason.objects.in_bulk()
    page = {"waiting": [_told(row, reasons) for row in waiting], "own": [_told(row, reasons) for row in own]}
    return render(request, "desk/proposals.html", page)


def _told(row: ObjectionProposal, reasons: dict[str, ObjectionReason]) -> dict[str, object]:
    """A proposal with its objections in words; a reason that is gone is told by its code."""
    texts = [reasons[code].text if code in reasons else code or text for code, text in row.objections]
    return {"row": row, "texts": texts}


@require_POST
@staff_only
def decide(request: HttpRequest, pk: int, decision: str) -> HttpResponse:
    """Raise what was proposed, or give it back with words."""
    by = person(request)
    try:
        if decision == "accept":
            proposals.accept(pk, by=by)
            messages.success(request, _("The objections are raised."))
        elif decision == "decline":
            proposals.decline(pk, by=by, answer=request.POST.get("answer", ""))
            messages.success(request, _("It is back with the clerk."))
        else:
            raise Http404
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect("desk:proposals")
