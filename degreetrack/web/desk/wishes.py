"""What an applicant wishes for, written down for them at the counter."""

from collections.abc import Callable

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from degreetrack.accounts.models import User
from degreetrack.applications import wishes
from degreetrack.kit.refusals import Refused
from degreetrack.web.desk.door import case_or_404, person, staff_only
from degreetrack.web.desk.views import case_page


def _address(tracking_id: str, by: User, posted: QueryDict) -> None:
    wishes.change_address(tracking_id, by=by, address=posted.get("address", ""))


def _delivery(tracking_id: str, by: User, posted: QueryDict) -> None:
    way, office = posted.get("way", ""), posted.get("office", "")
    wishes.choose_delivery(tracking_id, by=by, way=way, office=office)


def _bearer(tracking_id: str, by: User, posted: QueryDict) -> None:
    """The code is the applicant's alone, so the desk does not show it."""
    name, cnic = posted.get("bearer_name", ""), posted.get("bearer_cnic", "")
    wishes.authorise_bearer(tracking_id, by=by, name=name, cnic=cnic)


def _correction(tracking_id: str, by: User, posted: QueryDict) -> None:
    wishes.settle_correction(tracking_id, by=by, note=posted.get("note", ""))


WISHES: dict[str, tuple[Callable[[str, User, QueryDict], None], Promise]] = {
    "address": (_address, _("The address is written down.")),
    "delivery": (_delivery, _("The way of delivery is written down.")),
    "correction": (_correction, _("The correction is settled.")),
    "bearer": (_bearer, _("The code for the bearer is on its way to the applicant.")),
}


@require_POST
@staff_only
def wish(request: HttpRequest, tracking_id: str, name: str) -> HttpResponse:
    """Write one wish down; a refusal is told on the case, with what was typed kept."""
    if name not in WISHES:
        raise Http404
    application = case_or_404(request, tracking_id)
    write, done = WISHES[name]
    try:
        write(application.tracking_id, person(request), request.POST)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return case_page(request, application, status=409)
    messages.success(request, str(done))
    return redirect("desk:case", tracking_id=application.tracking_id)
