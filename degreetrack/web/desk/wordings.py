"""The Controller's page to reword one notice: try it, keep it, or go back to the original."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from degreetrack.applications import rewordings
from degreetrack.applications.rewordings import Checked, Notice
from degreetrack.kit.refusals import Refused
from degreetrack.web.desk.door import person, staff_only


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only
def wording(request: HttpRequest, name: str, language: str, channel: str) -> HttpResponse:
    """One notice in one language over one channel; what is typed is tried before it is kept."""
    user = person(request)
    if not rewordings.may_reword(user):
        raise PermissionDenied
    try:
        which = rewordings.notice(name, language, channel)
    except Refused as refusal:
        raise Http404 from refusal
    if request.method != "POST":
        own = which.own
        return _page(request, which, own.text if own else which.original)
    text = request.POST.get("text", "").replace("\r\n", "\n")
    try:
        if "original" in request.POST:
            rewordings.back_to_original(which, by=user)
            messages.success(request, _("The original goes out again."))
            return redirect("desk:wording", name, language, channel)
        if "save" in request.POST:
            rewordings.reword(which, text, by=user)
            messages.success(request, _("It is kept, and goes out within a minute."))
            return redirect("desk:wording", name, language, channel)
        return _page(request, which, text, tried=rewordings.check(which, text.strip()))
    except Refused as refusal:
        messages.error(request, str(refusal))
        return _page(request, which, text, status=409)


def _page(
    request: HttpRequest, which: Notice, text: str, *, tried: Checked | None = None, status: int = 200
) -> HttpResponse:
    page = {
        "which": which,
        "own": which.own,
        "text_typed": text,
        "tried": tried,
        "most": rewordings.MOST_PARTS[which.language],
    }
    return render(request, "desk/wording.html", page, status=status)
