"""What the worker has set aside: for whom it may concern to see, and to let it be tried again."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from degreetrack.applications.models import Application
from degreetrack.aside.services import READERS, STEERERS, set_aside, try_again
from degreetrack.kit.refusals import Refused
from degreetrack.web.desk.door import person, staff_only

PAGE = 50
JOBS = {
    "follow_payments": gettext_lazy("Acting upon a payment"),
    "answer_texts": gettext_lazy("Answering an SMS"),
    "carry_on": gettext_lazy("Moving files in bulk"),
    "remind_due": gettext_lazy("Reminding of objections"),
    "return_overdue": gettext_lazy("Returning a file whose objections were not answered in time"),
    "redue_changed": gettext_lazy("Days due after a change of targets or holidays"),
    "escalate_late": gettext_lazy("Escalating a late file"),
    "send_digests": gettext_lazy("Sending the morning's digest"),
    "seal_new": gettext_lazy("Sealing the journal"),
    "refresh_daily": gettext_lazy("Computing expected dates"),
    "refresh_figures": gettext_lazy("Counting the figures"),
}


@require_safe
@staff_only
def home(request: HttpRequest) -> HttpResponse:
    """One page of what is set aside, oldest first: what, since when, the kind of the fault."""
    user = person(request)
    if not user.roles & READERS:
        raise PermissionDenied
    rows, after = set_aside(user).order_by("pk"), request.GET.get("after", "")
    if after.isdecimal():
        rows = rows.filter(pk__gt=int(after[:18]))
    found = list(rows[: PAGE + 1])
    files = {row.row.partition("/")[2] for row in found if row.row.startswith("application/")}
    ids = {
        f"application/{pk}": it
        for pk, it in Application.objects.filter(pk__in=files).values_list("pk", "tracking_id")
    }
    page = {
        "rows": [
            {"aside": row, "job": JOBS.get(row.job, row.job), "tracking_id": ids.get(row.row, "")}
            for row in found[:PAGE]
        ],
        "next_key": found[PAGE - 1].pk if len(found) > PAGE else None,
        "may_steer": bool(user.roles & STEERERS),
    }
    return render(request, "desk/aside.html", page)


@require_POST
@staff_only
def again(request: HttpRequest, pk: int) -> HttpResponse:
    """Let the worker try one once more."""
    try:
        try_again(pk, by=person(request))
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("The worker tries it again; if it fails once more, it comes back here."))
    return redirect("desk:aside")
