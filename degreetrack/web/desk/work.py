"""Worklists at the desk: home, one list with its filter, the next file, handing back, saved views."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from degreetrack.accounts.models import Role, User
from degreetrack.applications import holds, worklists
from degreetrack.applications.assignments import WORKING_DAYS, clerks_of, may_take_back, take_back
from degreetrack.applications.batches import bulk_moves
from degreetrack.applications.filters import ALL
from degreetrack.applications.lifecycle import State, works_at
from degreetrack.applications.models import Application
from degreetrack.aside.services import set_aside
from degreetrack.kit.refusals import Refused
from degreetrack.web.desk.door import case_or_404, person, staff_only
from degreetrack.web.desk.filter_form import FilterForm

READERS = {Role.CONTROLLER, Role.AUDITOR}


@require_safe
@staff_only
def home(request: HttpRequest) -> HttpResponse:
    """The worklists of the person's section and those that they saved, with their totals."""
    user = person(request)
    states = [state for state in State if works_at(state, user.roles) or user.roles & READERS]
    views = worklists.views_of(user)
    lists = {str(state): (str(state), ALL) for state in states}
    for view in views:
        chosen = FilterForm(QueryDict(view.query)).filter()
        lists[f"view-{view.pk}"] = (view.state, chosen)
    found = worklists.totals(user, lists)
    page = {
        "lists": [
            {"state": state, "works": works_at(state, user.roles), "total": found[state]} for state in states
        ],
        "views": [{"view": view, "total": found[f"view-{view.pk}"]} for view in views],
        "set_aside": set_aside(user).count(),
    }
    return render(request, "desk/home.html", page)


def state_or_404(state: str) -> State:
    """The state of a list's address."""
    if state not in State.values:
        raise Http404
    return State(state)


@require_safe
@staff_only
def worklist(request: HttpRequest, state: str) -> HttpResponse:
    """One page of what waits in a state and matches the filter: urgent first, then oldest."""
    user, of = person(request), state_or_404(state)
    form = FilterForm(request.GET)
    chosen = form.filter()
    page = {
        "state": of,
        "page": worklists.worklist(user, of, chosen, after=request.GET.get("after", "")),
        "works": works_at(of, user.roles),
        "form": form,
        "ignored": form.ignored(),
        "query": form.query(),
        "words": form.words(),
        "moves": bulk_moves(of, user),
        "clerks": clerks_of(user, of),
        "working_days": WORKING_DAYS,
        "total": worklists.totals(user, {"here": (of, chosen)})["here"],
    }
    return render(request, "desk/worklist.html", page)


@require_POST
@staff_only
def next_file(request: HttpRequest, state: str) -> HttpResponse:
    """The file to work on next; it is in this person's hands for a while."""
    return go_on(request, state_or_404(state), QueryDict(request.POST.get("query", "")))


def go_on(request: HttpRequest, state: State, query: QueryDict) -> HttpResponse:
    """To the next file of a list, or to the list where none waits."""
    form = FilterForm(query)
    try:
        application = holds.take_next(person(request), state, form.filter())
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("desk:home")
    if application is None:
        messages.success(request, _("Nothing waits here that nobody has in hand."))
        return redirect(address(state, form.query()))
    case = reverse("desk:case", args=[application.tracking_id])
    return redirect("&".join(filter(None, [f"{case}?then=next", form.query()])))


def address(state: State, query: str) -> str:
    """The address of a list with its filter."""
    path = reverse("desk:worklist", args=[state])
    return f"{path}?{query}" if query else path


@require_POST
@staff_only
def hand_back(request: HttpRequest, tracking_id: str) -> HttpResponse:
    """Give a file back to its list, or take it out of a clerk's hands as the head of their section."""
    application, user = case_or_404(request, tracking_id), person(request)
    held = holds.holder(application)
    try:
        if held and may_take_back(held, user):
            take_back(application.tracking_id, by=user)
        else:
            holds.hand_back(application.tracking_id, by=user, reason=request.POST.get("reason", ""))
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("desk:case", tracking_id=application.tracking_id)
    messages.success(request, _("It is back on the list."))
    return redirect("desk:worklist", state=application.state)


def held_for(application: Application, user: User) -> dict[str, Any]:
    """In whose hands a case is, for its page."""
    held = holds.holder(application)
    return {"held": held, "may_take_back": bool(held and may_take_back(held, user))}


@require_POST
@staff_only
def save_view(request: HttpRequest, state: str) -> HttpResponse:
    """Keep a list with its filter under a name."""
    of = state_or_404(state)
    query = FilterForm(QueryDict(request.POST.get("query", ""))).query()
    try:
        worklists.save_view(person(request), name=request.POST.get("name", ""), state=of, query=query)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect(address(of, query))
    messages.success(request, _("The view is kept, on the page of your worklists."))
    return redirect(address(of, query))


@require_POST
@staff_only
def delete_view(request: HttpRequest, pk: int) -> HttpResponse:
    """Forget a view of one's own."""
    worklists.delete_view(person(request), pk)
    messages.success(request, _("The view is deleted."))
    return redirect("desk:home")
