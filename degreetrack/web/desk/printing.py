"""Print runs and signature sheets at the desk. Views translate; `issuing` decides."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from degreetrack.accounts.models import Role
from degreetrack.catalogue.models import Kind
from degreetrack.credentials.balance import in_store
from degreetrack.credentials.models import Blank, Fate
from degreetrack.issuing import queries, runs, signing
from degreetrack.issuing.models import Run, RunLine
from degreetrack.issuing.rights import RUN_READERS, seen_by
from degreetrack.kit.refusals import Refused
from degreetrack.web.desk.door import person
from degreetrack.web.desk.issuing_door import done_by, number_in, read_by, refusals_told, sure, tell

USUAL_SIZE = 50


@read_by(RUN_READERS)
def home(request: HttpRequest) -> HttpResponse:
    """Start a run, and one page of runs, newest first."""
    rows, before = queries.page_before(queries.runs(person(request)), request.GET.get("before", ""))
    stored = in_store()
    page = {
        # Counted for one page alone: runs grow without end.
        "rows": queries.counted(rows),
        "before": before,
        "prints": Role.PRINTING in person(request).roles,
        "kinds": [(kind.value, kind.label, stored.get(kind, 0)) for kind in Kind],
        "size": USUAL_SIZE,
        "most": runs.MOST_IN_A_RUN,
    }
    return render(request, "desk/runs.html", page)


@done_by(Role.PRINTING)
def start(request: HttpRequest) -> HttpResponse:
    """Start a run over the next files of a kind."""
    try:
        run = runs.start_run(
            request.POST.get("kind", ""), size=number_in(request, "size"), by=person(request)
        )
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("desk:runs")
    return redirect("desk:run", pk=run.pk)


@read_by(RUN_READERS)
def run(request: HttpRequest, pk: int) -> HttpResponse:
    """The run sheet: file by file with its blank, to print from and to tick off."""
    found = _run(request, pk)
    lines = found.lines.select_related("application__result__student", "application__result__programme")
    page = {
        "run": found,
        "lines": [_shown(line) for line in lines.select_related("blank").order_by("position")],
        "spoilt": Blank.objects.filter(run=found.stream, fate=Fate.SPOILED).order_by("serial"),
        "works": Role.PRINTING in person(request).roles and not found.closed_at,
        "waiting_signature": signing.sheet(found).count(),
    }
    return render(request, "desk/run.html", page)


def _shown(line: RunLine) -> dict[str, object]:
    """A line as the sheet shows it, and what may be done with it while its run is open."""
    fate = line.blank.fate if line.blank else ""
    return {
        "line": line,
        "application": line.application,
        "fate": line.blank.get_fate_display() if line.blank else "",
        "to_print": fate == Fate.ISSUED,
        "to_spoil": fate in (Fate.ISSUED, Fate.PRINTED),
    }


@done_by(Role.PRINTING)
def printed(request: HttpRequest, pk: int) -> HttpResponse:
    """The ticked lines came out well."""
    found = _run(request, pk)
    tell(request, runs.printed(found, _ticked(request, found), by=person(request)))
    return redirect("desk:run", pk=pk)


@done_by(Role.PRINTING)
def spoil(request: HttpRequest, pk: int, line_pk: int) -> HttpResponse:
    """A blank is spoilt: the next one takes its place."""
    found = _run(request, pk)
    line = get_object_or_404(found.lines, pk=line_pk)
    with refusals_told(request):
        fresh = runs.spoil(found, line, reason=request.POST.get("reason", ""), by=person(request))
        if fresh:
            messages.success(request, _("Print it again, on %(number)s.") % {"number": fresh.number})
        else:
            messages.error(request, _("It is spoilt, and the store has no other: receive a delivery."))
    return redirect("desk:run", pk=pk)


@done_by(Role.PRINTING)
def next_blank(request: HttpRequest, pk: int, line_pk: int) -> HttpResponse:
    """Take the next blank for a file that has none."""
    found = _run(request, pk)
    line = get_object_or_404(found.lines, pk=line_pk)
    with refusals_told(request):
        fresh = runs.next_blank(found, line, by=person(request))
        messages.success(request, _("Print it again, on %(number)s.") % {"number": fresh.number})
    return redirect("desk:run", pk=pk)


@done_by(Role.PRINTING)
def close(request: HttpRequest, pk: int) -> HttpResponse:
    """Close the run, once sure: what was not used goes back."""
    found = _run(request, pk)
    says = _("Unused blanks go back to the store, unprinted files to the list. What is closed stays closed.")
    asked = sure(request, what=_("Close the run"), says=says, back=reverse("desk:run", args=[pk]))
    if asked:
        return asked
    with refusals_told(request):
        left = runs.close_run(found, by=person(request))
        said = ngettext(
            "The run is closed; %(number)s blank went back to the store.",
            "The run is closed; %(number)s blanks went back to the store.",
            left,
        )
        messages.success(request, said % {"number": left})
    return redirect("desk:run", pk=pk)


@read_by(RUN_READERS)
def signatures(request: HttpRequest, pk: int) -> HttpResponse:
    """The signature sheet: what of the run waits for the signature."""
    found = _run(request, pk)
    signs = Role.SIGNATURE in person(request).roles
    page = {"run": found, "lines": signing.sheet(found), "signs": signs}
    return render(request, "desk/run_signatures.html", page)


@done_by(Role.SIGNATURE)
def sign(request: HttpRequest, pk: int) -> HttpResponse:
    """The ticked ones are signed."""
    found = _run(request, pk)
    tell(request, signing.sign_sheet(found, _ticked(request, found), by=person(request)))
    return redirect("desk:run-signatures", pk=pk)


def _run(request: HttpRequest, pk: int) -> Run:
    return get_object_or_404(seen_by(Run.objects.select_related("started_by"), person(request)), pk=pk)


def _ticked(request: HttpRequest, found: Run) -> list[RunLine]:
    pks = [int(pk) for pk in request.POST.getlist("line") if pk.isdecimal() and len(pk) < 18]
    lines = found.lines.select_related("application", "blank").filter(pk__in=pks).order_by("position")
    return list(lines)
