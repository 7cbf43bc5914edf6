"""How I am reached: my number and mailbox, whether news arrives there, and in which language."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from degreetrack.applications import queries, reach
from degreetrack.applications.drafts import applicant
from degreetrack.applications.lifecycle import ENDED
from degreetrack.applications.models import Language
from degreetrack.kit.refusals import Refused
from degreetrack.web.portal.door import ApplicantRequest, applicant_required


@require_safe
@applicant_required
def home(request: ApplicantRequest) -> HttpResponse:
    """My places and my language."""
    student = request.applicant.student
    newest = queries.visible_to(applicant(student)).exclude(state__in=ENDED).order_by("-received_at").first()
    page = {
        "places": reach.places_of(student),
        "languages": Language.choices,
        "language": newest.language if newest else "",
    }
    return render(request, "portal/news.html", page)


@require_POST
@applicant_required
def choose(request: ApplicantRequest) -> HttpResponse:
    """Stop, resume, try again, or another language."""
    student, posted = request.applicant.student, request.POST
    try:
        if "language" in posted:
            reach.choose_language(posted["language"], by=applicant(student))
        else:
            number = posted.get("place", "")[:3]
            place = int(number) if number.isdecimal() else -1
            reach.choose(student, place, posted.get("wish", ""), by=applicant(student))
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("It is done."))
    return redirect("portal:news")
