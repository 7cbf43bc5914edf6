"""Moves in bulk at the desk: asked for, confirmed, watched, stopped and resumed; and assignment."""

import io

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from degreetrack.applications import assignments, batches, worklists
from degreetrack.applications.lifecycle import MOVES, State
from degreetrack.applications.models import Batch
from degreetrack.kit.refusals import Refused
from degreetrack.kit.spreadsheets import SafeWriter
from degreetrack.web.desk.door import person, staff_only
from degreetrack.web.desk.filter_form import FilterForm
from degreetrack.web.desk.proof import carries, fresh_proof
from degreetrack.web.desk.work import address, state_or_404

PAGE = 50
# What stands for the university: done to many at once only on a fresh proof.
DECIDING = {"approve", "reject", "sign"}


def _decides(request: HttpRequest) -> bool:
    given = carries(request)
    return given.get("verb") in DECIDING and "confirmed" in given


@fresh_proof(when=_decides)
@require_POST
@staff_only
def ask(request: HttpRequest, state: str) -> HttpResponse:
    """Tell what a move in bulk would do and ask for its reason; once confirmed, begin it."""
    of, user = state_or_404(state), person(request)
    form = FilterForm(QueryDict(request.POST.get("query", "")))
    verb, everything = request.POST.get("verb", ""), request.POST.get("which") == "all"
    files = None if everything else request.POST.getlist("file")[:PAGE]
    refusal = ""
    if "confirmed" in request.POST:
        try:
            batch = batches.begin(
                user,
                verb=verb,
                state=of,
                chosen=files,
                filter_=form.filter(),
                query=form.query(),
                reason=request.POST.get("reason", ""),
            )
        except Refused as refused:
            refusal = str(refused)
        else:
            # A few are done at once; the rest is the workers'.
            batches.work(batch.pk)
            return redirect("desk:batch", pk=batch.pk)
    if verb not in [move.verb for move in batches.bulk_moves(of, user)] or files == []:
        messages.error(request, refusal or _("Tick the files, or choose all that match, and choose a step."))
        return redirect(address(of, form.query()))
    if refusal:
        messages.error(request, refusal)
    return _confirmation(request, of, form, verb, files)


def _confirmation(
    request: HttpRequest, of: State, form: FilterForm, verb: str, files: list[str] | None
) -> HttpResponse:
    number = (
        len(files) if files is not None else worklists.matching(person(request), of, form.filter()).count()
    )
    page = {
        "state": of,
        "move": MOVES[verb],
        "files": files,
        "words": form.words() if files is None else [],
        "query": form.query(),
        "number": number,
        "back": address(of, form.query()),
        "typed": request.POST,
    }
    return render(request, "desk/bulk.html", page)


@require_safe
@staff_only
def home(request: HttpRequest) -> HttpResponse:
    """One page of the batches that this person sees, newest first."""
    rows = batches.visible_batches(person(request))
    before = request.GET.get("before", "")
    if before.isdecimal():
        rows = rows.filter(pk__lt=int(before[:18]))
    found = list(rows[: PAGE + 1])
    page = {"rows": found[:PAGE], "before": found[PAGE - 1].pk if len(found) > PAGE else None}
    return render(request, "desk/batches.html", page)


def _seen_or_404(request: HttpRequest, pk: int) -> Batch:
    return get_object_or_404(batches.visible_batches(person(request)), pk=pk)


@require_safe
@staff_only
def batch(request: HttpRequest, pk: int) -> HttpResponse:
    """How far a batch is, and one page of the files that were refused, each with its reason."""
    row = _seen_or_404(request, pk)
    after = request.GET.get("after", "")
    found = list(batches.refused(row, after=int(after[:18]) if after.isdecimal() else 0)[: PAGE + 1])
    page = {
        "batch": row,
        "progress": batches.progress(row),
        "words": FilterForm(QueryDict(row.query)).words(),
        "rows": found[:PAGE],
        "next_key": found[PAGE - 1].pk if len(found) > PAGE else None,
        "may_steer": batches.may_steer(row, person(request)),
    }
    return render(request, "desk/batch.html", page)


@require_safe
@staff_only
def refused_csv(request: HttpRequest, pk: int) -> HttpResponse:
    """Every refused file with its reason, for a spreadsheet."""
    row = _seen_or_404(request, pk)
    text = io.StringIO("\ufeff")
    text.seek(0, io.SEEK_END)
    writer = SafeWriter(text)
    writer.row([_("Degree tracking ID"), _("Reason")])
    for one in batches.refused(row).iterator(2000):
        writer.row([one.application.tracking_id, one.reason])
    answer = HttpResponse(text.getvalue(), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="refused-{row.pk}.csv"'
    return answer


@require_POST
@staff_only
def steer(request: HttpRequest, pk: int, how: str) -> HttpResponse:
    """Stop a batch, or go on with it."""
    row, user = _seen_or_404(request, pk), person(request)
    try:
        if how == "stop":
            batches.stop(row, by=user)
        else:
            batches.resume(row, by=user)
            batches.work(row.pk)
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect("desk:batch", pk=row.pk)


@require_POST
@staff_only
def assign(request: HttpRequest, state: str, which: str) -> HttpResponse:
    """Put the ticked files, or the next so many of the list, into a clerk's hands."""
    of, user = state_or_404(state), person(request)
    form = FilterForm(QueryDict(request.POST.get("query", "")))
    clerk, number = (_number(request.POST.get(name, "")) for name in ("clerk", "number"))
    try:
        if which == "next":
            done = assignments.assign_next(number, to=clerk, by=user, state=of, chosen=form.filter())
        else:
            done = assignments.assign(request.POST.getlist("file"), to=clerk, by=user, state=of)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        words = ngettext("%(n)s file is assigned.", "%(n)s files are assigned.", done) % {"n": done}
        if done:
            messages.success(request, words)
        else:
            messages.error(request, _("Nothing was assigned: no file of this choice was free."))
    return redirect(address(of, form.query()))


def _number(text: str) -> int:
    return int(text[:9]) if text.isdecimal() else 0
