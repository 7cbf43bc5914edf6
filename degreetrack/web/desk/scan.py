"""Scan mode: a scanner types, each scan receives, hands over or finds a file, and says what it did."""

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from degreetrack.applications import custody, scans
from degreetrack.applications.scans import Mode, Sort
from degreetrack.kit import codes
from degreetrack.kit.refusals import Refused
from degreetrack.web.desk.door import person, staff_only

MOST = 50
# Each verdict by word, by sign and by tone: colour alone tells nobody.
VERDICTS = {
    Sort.DONE: (gettext_lazy("Done"), "✓", "good"),
    Sort.FOUND: (gettext_lazy("Found"), "✓", "good"),
    Sort.DOUBLE: (gettext_lazy("Double scan"), "=", "again"),
    Sort.ALREADY: (gettext_lazy("Already so"), "=", "again"),
    Sort.WRONG: (gettext_lazy("Wrong code"), "✗", "bad"),
    Sort.UNKNOWN: (gettext_lazy("Unknown"), "?", "bad"),
    Sort.FOREIGN: (gettext_lazy("Foreign code"), "✗", "bad"),
    Sort.CLOSED: (gettext_lazy("Closed case"), "■", "bad"),
    Sort.REFUSED: (gettext_lazy("Not done"), "✗", "bad"),
    Sort.UNDONE: (gettext_lazy("Undone"), "↺", "again"),
}


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only
def scan(request: HttpRequest) -> HttpResponse:
    """The page, and each scan; the page's script asks for the list alone."""
    if request.method != "POST":
        return render(request, "desk/scan.html", _page(request))
    kept, user, typed = _kept(request), person(request), request.POST.get("code", "")[:300]
    hosts = {urlsplit(settings.SITE_URL).hostname or "", request.get_host().partition(":")[0]}
    verdict = scans.scan(
        typed, by=user, mode=Mode(kept["mode"]), to=kept["to"], last=kept["last"], hosts=hosts
    )
    # What a foreign code holds is nobody's business here: it may be an identity card's.
    _note(request, kept, verdict.sort, verdict.words, codes.read(typed, hosts=hosts).tracking_id)
    done = verdict.sort in (Sort.DONE, Sort.DOUBLE, Sort.ALREADY)
    kept["last"] = verdict.tracking_id if done else ""
    return _answer(request)


@require_POST
@staff_only
def choose(request: HttpRequest) -> HttpResponse:
    """Choose what the scans do from now on."""
    kept, user = _kept(request), person(request)
    mode, to = request.POST.get("mode", ""), request.POST.get("to", "")
    if mode in _modes(request):
        kept["mode"], kept["last"] = mode, ""
        kept["to"] = to if mode == Mode.HAND_OVER and to in dict(custody.destinations(user)) else ""
    request.session["scan"] = kept
    return redirect("desk:scan")


@require_POST
@staff_only
def undo(request: HttpRequest) -> HttpResponse:
    """Take back the last scan of this list that did something."""
    kept = _kept(request)
    line = next((line for line in kept["log"] if line["sort"] == Sort.DONE and not line["undone"]), None)
    if line is None:
        _note(request, kept, Sort.REFUSED, _("There is nothing to undo."), "")
        return _answer(request)
    try:
        custody.undo(line["id"], by=person(request))
    except Refused as refusal:
        _note(request, kept, Sort.REFUSED, str(refusal), line["id"])
        return _answer(request)
    line["undone"], kept["last"] = True, ""
    _note(request, kept, Sort.UNDONE, _("The last step with it is taken back."), line["id"])
    return _answer(request)


@require_POST
@staff_only
def begin(request: HttpRequest) -> HttpResponse:
    """Begin a new list; what was done stays done."""
    kept = _kept(request)
    request.session["scan"] = _fresh() | {"mode": kept["mode"], "to": kept["to"]}
    return redirect("desk:scan")


def _modes(request: HttpRequest) -> list[str]:
    return list(Mode) if custody.may_carry(person(request)) else [Mode.FIND]


def _fresh() -> dict[str, Any]:
    return {"mode": "", "to": "", "last": "", "log": [], "totals": {}}


def _kept(request: HttpRequest) -> dict[str, Any]:
    """What this browser's session keeps of its scans; the first mode that the person has, at the start."""
    kept: dict[str, Any] = _fresh() | request.session.get("scan", {})
    if kept["mode"] not in _modes(request):
        kept["mode"] = _modes(request)[0]
    return kept


def _note(request: HttpRequest, kept: dict[str, Any], sort: Sort, words: str, tracking_id: str) -> None:
    at = timezone.localtime().strftime("%H:%M:%S")
    line = {"sort": sort, "words": words, "id": tracking_id, "at": at, "undone": False}
    kept["log"] = [line, *kept["log"]][:MOST]
    kept["totals"][sort] = kept["totals"].get(sort, 0) + 1
    request.session["scan"] = kept


def _answer(request: HttpRequest) -> HttpResponse:
    if request.headers.get("X-Scan") == "list":
        return render(request, "desk/_scanned.html", _list(request))
    return redirect("desk:scan")


def _list(request: HttpRequest) -> dict[str, Any]:
    kept = _kept(request)
    lines = []
    for line in kept["log"]:
        label, sign, tone = VERDICTS[Sort(line["sort"])]
        known = line["sort"] not in (Sort.WRONG, Sort.UNKNOWN, Sort.FOREIGN)
        lines.append(line | {"label": label, "sign": sign, "tone": tone, "known": known})
    totals = [(VERDICTS[sort][0], kept["totals"][sort]) for sort in Sort if kept["totals"].get(sort)]
    undoable = any(line["sort"] == Sort.DONE and not line["undone"] for line in kept["log"])
    return {"lines": lines, "totals": totals, "undoable": undoable}


def _page(request: HttpRequest) -> dict[str, Any]:
    kept, user = _kept(request), person(request)
    places = custody.destinations(user) if custody.may_carry(user) else []
    return _list(request) | {
        "here": custody.seat(user),
        "mode": kept["mode"],
        "to": kept["to"],
        "to_name": dict(places).get(kept["to"], ""),
        "places": places,
        "may_carry": custody.may_carry(user),
    }
