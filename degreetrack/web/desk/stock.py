"""The store of blanks at the desk: deliveries, what became of them, and the ledger's lines."""

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from degreetrack.accounts.models import Role
from degreetrack.catalogue.models import Kind
from degreetrack.credentials import lots
from degreetrack.credentials.balance import booked, in_store
from degreetrack.credentials.ledger import keeps_stock
from degreetrack.credentials.models import Blank, Fate, Lot
from degreetrack.issuing.queries import page_before
from degreetrack.issuing.rights import STOCK_READERS
from degreetrack.kit.refusals import Refused
from degreetrack.web.desk.door import person
from degreetrack.web.desk.issuing_door import done_by, read_by, refusals_told, sure

LOST = (Fate.SPOILED, Fate.VOID)


@read_by(STOCK_READERS)
def home(request: HttpRequest) -> HttpResponse:
    """What lies in the store of each kind, and one page of deliveries, newest first."""
    return _home(request)


def _home(request: HttpRequest, *, status: int = 200) -> HttpResponse:
    rows, before = page_before(Lot.objects.all(), request.GET.get("before", ""))
    fates, stored = booked(rows), in_store()
    page = {
        "rows": [{"lot": lot, "counts": _counted(fates[lot.pk])} for lot in rows],
        "fates": Fate.labels,
        "before": before,
        "stored": [(kind.label, stored.get(kind, 0)) for kind in Kind],
        "kinds": Kind.choices,
        "keeps": keeps_stock(person(request)),
        "typed": request.POST,
    }
    return render(request, "desk/stock.html", page, status=status)


def _counted(fates: dict[str, int]) -> list[tuple[str, int]]:
    return [(str(fate.label), fates[fate]) for fate in Fate]


def _typed(request: HttpRequest, *names: str) -> dict[str, Any]:
    return {name: request.POST.get(name, "") for name in names}


@done_by(Role.PRINTING)
def receive(request: HttpRequest) -> HttpResponse:
    """Take a delivery into the store; a refusal keeps what was typed."""
    typed = _typed(request, "kind", "prefix", "first", "last", "paper_no")
    try:
        lot = lots.receive(by=person(request), **typed)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return _home(request, status=409)
    messages.success(request, _("Received: %(numbers)s.") % {"numbers": lot})
    return redirect("desk:stock-lot", pk=lot.pk)


@read_by(STOCK_READERS)
def lot(request: HttpRequest, pk: int) -> HttpResponse:
    """One delivery: how it stands, what is lost of it and why, and its ledger, newest line first."""
    found = get_object_or_404(Lot, pk=pk)
    lines, before = page_before(found.lines.all(), request.GET.get("before", ""))
    lost: QuerySet[Blank] = found.blanks.filter(fate__in=LOST).order_by("-at", "serial")
    page = {
        "lot": found,
        "counts": _counted(booked([found])[found.pk]),
        "lines": [
            {"line": line, "first": found.number(line.first), "last": found.number(line.last)}
            for line in lines
        ],
        "before": before,
        "lost": lost[:50],
        "keeps": keeps_stock(person(request)),
    }
    return render(request, "desk/stock_lot.html", page)


@done_by(Role.PRINTING)
def void(request: HttpRequest, pk: int) -> HttpResponse:
    """Void blanks that were damaged in the store."""
    found = get_object_or_404(Lot, pk=pk)
    typed = _typed(request, "first", "last", "reason")
    says = _("From %(first)s to %(last)s: %(reason)s. What is void is never used again.") % typed
    asked = sure(request, what=_("Void them"), says=says, back=reverse("desk:stock-lot", args=[pk]))
    if asked:
        return asked
    with refusals_told(request):
        number = lots.void(found, by=person(request), **typed)
        voided = ngettext("%(number)s blank is void.", "%(number)s blanks are void.", number)
        messages.success(request, voided % {"number": number})
    return redirect("desk:stock-lot", pk=pk)
