"""Covers and labels of paper files, to print."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from degreetrack.applications import worklists
from degreetrack.applications.lifecycle import State
from degreetrack.web.desk.door import case_or_404, person, staff_only
from degreetrack.web.desk.filter_form import FilterForm
from degreetrack.web.desk.qr import qr

# Three by eight labels of 70 by 37 mm: the commonest A4 sheet.
LABELS = 24


@require_safe
@staff_only
def cover(request: HttpRequest, tracking_id: str) -> HttpResponse:
    """The cover of one file: its code, and of the person no more than the name."""
    application = case_or_404(request, tracking_id)
    page = {"application": application, "qr": qr(application.tracking_id)}
    return render(request, "desk/cover.html", page)


@require_safe
@staff_only
def labels(request: HttpRequest, state: str) -> HttpResponse:
    """Labels for the next files of a worklist, one sheet at a time."""
    if state not in State.values:
        raise Http404
    form = FilterForm(request.GET)
    after = request.GET.get("after", "")
    page = worklists.worklist(person(request), state, form.filter(), after=after, size=LABELS)
    rows = [{"application": row, "qr": qr(row.tracking_id)} for row in page.rows]
    found = {"state": State(state), "labels": rows, "next_key": page.next_key, "query": form.query()}
    return render(request, "desk/labels.html", found)
