"""New mobiles and e-mails that applicants gave: the desk sees who it is, then confirms or refuses."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from degreetrack.applicants import contacts
from degreetrack.journal.services import record
from degreetrack.kit.refusals import Refused
from degreetrack.web.desk.door import person, staff_only

SIZE = 20


@require_safe
@staff_only
def waiting(request: HttpRequest) -> HttpResponse:
    """One page of contacts to decide upon, oldest first; each look at a record is journalled."""
    user = person(request)
    if not contacts.CONFIRMERS & user.roles:
        raise PermissionDenied
    after = request.GET.get("after", "")[:18]
    rows = contacts.pending(after=int(after) if after.isdecimal() else 0, size=SIZE)
    for row in rows:
        record(contacts.stream(row.student), "view", by=user)
    page = {"rows": rows, "next_key": rows[-1].pk if len(rows) == SIZE else ""}
    return render(request, "desk/contacts.html", page)


@require_POST
@staff_only
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    """Confirm or refuse one."""
    confirm = "confirm" in request.POST
    try:
        contacts.decide(pk, confirm=confirm, by=person(request), reason=request.POST.get("reason", ""))
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Confirmed: codes go there now.") if confirm else _("Refused."))
    return redirect("desk:contacts")
