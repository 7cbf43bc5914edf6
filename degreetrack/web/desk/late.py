"""Late files at the desk: what is late and why, what will be tomorrow, and who answers for it."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from degreetrack.kit.refusals import Refused
from degreetrack.oversight import escalations, late
from degreetrack.oversight.late import When
from degreetrack.web.desk.door import person, staff_only

HEADINGS = {
    When.LATE: gettext_lazy("Late"),
    When.TODAY: gettext_lazy("Late tomorrow, unless it moves on today"),
    When.NEXT: gettext_lazy("Due the next working day"),
}
ESCALATED = 50
# The bars of the picture are so many units long.
WIDTH = 600


@require_safe
@staff_only
def home(request: HttpRequest) -> HttpResponse:
    """Counts by stage as a picture and a table, what is escalated to the reader, and one page of files."""
    return _page(request)


@require_POST
@staff_only
def acknowledge(request: HttpRequest, pk: int) -> HttpResponse:
    """Let the named officer say what they do about a file; a refusal is told with what was typed kept."""
    try:
        escalations.acknowledge(pk, by=person(request), note=request.POST.get("note", ""))
    except Refused as refusal:
        messages.error(request, str(refusal))
        return _page(request, typed_on=pk, status=409)
    messages.success(request, _("It is written down; the Controller reads it here."))
    return redirect("desk:late")


def _page(request: HttpRequest, *, typed_on: int | None = None, status: int = 200) -> HttpResponse:
    user = person(request)
    if not user.roles & late.READERS:
        raise PermissionDenied
    asked = request.GET.get("when", "")
    when = When(asked) if asked in When else When.LATE
    table, on, at = late.now()
    stages = late.stages(user, on)
    mine = list(escalations.of_officer(user)[: ESCALATED + 1])
    shown = late.page(user, when, on, by=table, at=at, after=request.GET.get("after", ""))
    page = {
        "when": when,
        "headings": [
            {"when": one, "label": label, "n": sum(getattr(stage, one) for stage in stages)}
            for one, label in HEADINGS.items()
        ],
        "following": on.following,
        "bars": _bars(stages),
        "height": 16 * len(stages),
        "hands": late.in_whose_hands(user, on, at=at),
        "mine": [
            {"escalation": one, "typed": request.POST.get("note", "") if one.pk == typed_on else one.note}
            for one in mine[:ESCALATED]
        ],
        "more_of_mine": len(mine) > ESCALATED,
        "page": shown,
    }
    return render(request, "desk/late.html", page, status=status)


def _bars(stages: list[late.Stage]) -> list[dict[str, Any]]:
    """For each stage its counts, and where the three parts of its bar begin and how long they are."""
    most = max((stage.late + stage.today + stage.next for stage in stages), default=0)
    bars = []
    for place, stage in enumerate(stages):
        parts, x = [], 0.0
        for when in When:
            width = round(WIDTH * getattr(stage, when) / most, 1)
            parts.append({"when": when, "x": round(x, 1), "width": width})
            x += width
        bars.append({"stage": stage, "parts": parts, "y": 16 * place})
    return bars
