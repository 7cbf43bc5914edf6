"""The desk's figures: the whole on one page, and each panel's rows as a file."""

from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from degreetrack.catalogue.models import Kind, Region
from degreetrack.kit.refusals import Refused
from degreetrack.oversight.figures import counted_until
from degreetrack.oversight.panels import page
from degreetrack.oversight.rollup_models import EVERYWHERE
from degreetrack.oversight.scopes import RANGES, Scope, scope_of
from degreetrack.oversight.spreadsheets import FORMATS
from degreetrack.web.desk.door import person, staff_only

HEADQUARTERS = "hq"


@require_safe
@staff_only
def home(request: HttpRequest) -> HttpResponse:
    """Every figure that this person may see, each chart with its table."""
    scope = _scope(request)
    return render(
        request,
        "desk/seeing.html",
        {
            "scope": scope,
            "page": page(scope),
            "until": counted_until(),
            "ranges": [(weeks, _range_label(weeks)) for weeks in RANGES],
            "kinds": Kind.choices,
            "offices": [] if person(request).office else _offices(),
            "office": _told(scope.office),
            "query": urlencode({"weeks": scope.weeks, "kind": scope.kind, "office": _told(scope.office)}),
        },
    )


@require_safe
@staff_only
def download(request: HttpRequest, name: str, form: str) -> HttpResponse:
    """The rows of one panel, as the page shows them."""
    panel = page(_scope(request)).panel(name)
    if panel is None or form not in FORMATS:
        raise Http404
    kind, write = FORMATS[form]
    answer = HttpResponse(write(panel), content_type=kind)
    answer["Content-Disposition"] = f'attachment; filename="{name}-{timezone.localdate():%Y-%m-%d}.{form}"'
    return answer


def _scope(request: HttpRequest) -> Scope:
    asked = {name: request.GET.get(name, "") for name in ("weeks", "kind")}
    office = request.GET.get("office", "")
    try:
        return scope_of(
            person(request),
            today=timezone.localdate(),
            office={"": EVERYWHERE, HEADQUARTERS: ""}.get(office, office),
            **asked,
        )
    except Refused as refusal:
        raise PermissionDenied(str(refusal)) from refusal


def _told(office: str) -> str:
    """An office as the address names it."""
    return {EVERYWHERE: "", "": HEADQUARTERS}.get(office, office)


def _offices() -> list[tuple[str, str]]:
    found = [("", _("All offices")), (HEADQUARTERS, _("Headquarters"))]
    return [*found, *((region.pk, region.name) for region in Region.objects.all())]


def _range_label(weeks: int) -> str:
    return {4: _("4 weeks"), 13: _("13 weeks"), 52: _("One year")}[weeks]
