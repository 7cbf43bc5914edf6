"""Questions and complaints at the desk: the open ones, and replies on a case."""

from collections.abc import Callable
from typing import cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from degreetrack.accounts.models import User
from degreetrack.applications import messages as questions
from degreetrack.kit.refusals import Refused
from degreetrack.web.desk.door import case_or_404, person, staff_only
from degreetrack.web.desk.views import case_page


@require_safe
@staff_only
def waiting(request: HttpRequest) -> HttpResponse:
    """One page of the cases with open questions, oldest first."""
    page = questions.open_questions(person(request), after=request.GET.get("after", ""))
    return render(request, "desk/questions.html", {"page": page})


@require_POST
@staff_only
def reply(request: HttpRequest, tracking_id: str) -> HttpResponse:
    """Reply to what is open on a case; a refusal is told on the case, with the words kept."""
    application = case_or_404(request, tracking_id)
    try:
        questions.reply(application.tracking_id, by=person(request), text=request.POST.get("reply", ""))
    except Refused as refusal:
        messages.error(request, str(refusal))
        return case_page(request, application, status=409)
    messages.success(request, _("The applicant is told that an answer stands here."))
    return redirect("desk:case", tracking_id=application.tracking_id)


def for_the_bar(request: HttpRequest) -> dict[str, Callable[[], int]]:
    """Offer the count of open questions to templates; it is taken only where the desk's bar is drawn."""
    return {"open_questions": lambda: questions.count_open(cast(User, request.user))}
