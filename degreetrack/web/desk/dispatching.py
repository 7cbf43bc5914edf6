"""Manifests at the desk: what goes to the post, its numbers, and what the post tells of them."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from degreetrack.accounts.models import Role
from degreetrack.applications.models import Delivery
from degreetrack.catalogue.services import institution
from degreetrack.issuing import manifests, post_files, queries, waiting
from degreetrack.issuing.models import FileKind, Manifest, Outcome, TakenFile
from degreetrack.issuing.rights import MANIFEST_READERS, seen_by
from degreetrack.journal.services import record
from degreetrack.kit.refusals import Refused
from degreetrack.web.desk.door import person
from degreetrack.web.desk.forms import COURIERS
from degreetrack.web.desk.issuing_door import done_by, number_in, read_by, refusals_told, sure
from degreetrack.web.desk.proof import fresh_proof

WAYS = [(way.value, way.label) for way in Delivery if way in waiting.SENT_BY]
FILES_SHOWN = 10


@read_by(MANIFEST_READERS)
def home(request: HttpRequest) -> HttpResponse:
    """Start a manifest, take in what the post tells, and one page of manifests, newest first."""
    by = person(request)
    rows, before = queries.page_before(seen_by(Manifest.objects.all(), by), request.GET.get("before", ""))
    counts = queries.balance(rows)
    page = {
        "rows": [{"manifest": row, "counts": _counted(counts[row.pk])} for row in rows],
        "outcomes": Outcome.labels,
        "before": before,
        "sends": Role.DISPATCH in by.roles,
        "couriers": COURIERS,
        "ways": WAYS,
        "most": manifests.MOST_ON_A_MANIFEST,
        "without_address": waiting.without_address(by),
        "files": seen_by(TakenFile.objects.filter(kind=FileKind.DELIVERIES), by).order_by("-pk")[
            :FILES_SHOWN
        ],
    }
    return render(request, "desk/manifests.html", page)


def _counted(counts: dict[str, int]) -> list[tuple[str, int]]:
    return [(str(outcome.label), counts[outcome]) for outcome in Outcome]


@done_by(Role.DISPATCH)
def start(request: HttpRequest) -> HttpResponse:
    """Put what is ready to be sent on a new manifest."""
    try:
        manifest = manifests.start_manifest(
            request.POST.get("courier", ""),
            ways=request.POST.getlist("way"),
            size=number_in(request, "size"),
            by=person(request),
        )
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("desk:manifests")
    return redirect("desk:manifest", pk=manifest.pk)


@read_by(MANIFEST_READERS)
def manifest(request: HttpRequest, pk: int) -> HttpResponse:
    """One manifest, to print, to scan numbers into, and to follow."""
    found = _manifest(request, pk)
    lines = queries.with_outcome(found.lines.select_related("application__result__student"))
    sends = Role.DISPATCH in person(request).roles
    record(found.stream, "view", by=person(request))
    page = {
        "manifest": found,
        "lines": [
            {
                "line": line,
                "outcome": Outcome(line.outcome).label,
                "waits": line.outcome == Outcome.WAITING,
                "goes": line.outcome != Outcome.TAKEN_OFF,
            }
            for line in lines.order_by("position")
        ],
        "counts": _counted(queries.balance([found])[found.pk]),
        "works": sends and not found.closed_at,
        "files": found.files.order_by("-pk")[:FILES_SHOWN],
    }
    return render(request, "desk/manifest.html", page)


@fresh_proof
@read_by(MANIFEST_READERS)
def as_csv(request: HttpRequest, pk: int) -> HttpResponse:
    """The list as CSV, for the post and to get back with numbers; the look is journalled."""
    from degreetrack.issuing import papers

    found = _manifest(request, pk)
    record(found.stream, "view", by=person(request), after={"as": "csv"})
    return _download(papers.as_csv(found), "text/csv; charset=utf-8", f"manifest-{found.pk}.csv")


@fresh_proof
@read_by(MANIFEST_READERS)
def as_pdf(request: HttpRequest, pk: int) -> HttpResponse:
    """The list as PDF, to hand over with the parcels; the look is journalled."""
    from degreetrack.issuing import papers

    found = _manifest(request, pk)
    record(found.stream, "view", by=person(request), after={"as": "pdf"})
    pdf = papers.as_pdf(found, institution=institution())
    return _download(pdf, "application/pdf", f"manifest-{found.pk}.pdf")


def _download(content: str | bytes, media_type: str, name: str) -> HttpResponse:
    answer = HttpResponse(content, content_type=media_type)
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


@done_by(Role.DISPATCH)
def number(request: HttpRequest, pk: int) -> HttpResponse:
    """One document and its consignment number, typed or scanned."""
    found = _manifest(request, pk)
    with refusals_told(request):
        line = post_files.find_line(found, request.POST.get("file", "")[:40])
        given = request.POST.get("consignment_no", "")
        if manifests.dispatch(found, line, consignment_no=given, by=person(request)):
            said = _("Line %(line)s is dispatched.")
        else:
            said = _("Line %(line)s was dispatched with this number before.")
        messages.success(request, said % {"line": line.position})
    return redirect("desk:manifest", pk=pk)


@done_by(Role.DISPATCH)
def numbers(request: HttpRequest, pk: int) -> HttpResponse:
    """The post's file of consignment numbers."""
    found = _manifest(request, pk)
    with refusals_told(request):
        data, name = _uploaded(request)
        _tell(request, post_files.take_consignments(found, data, name=name, by=person(request)))
    return redirect("desk:manifest", pk=pk)


@done_by(Role.DISPATCH)
def deliveries(request: HttpRequest) -> HttpResponse:
    """The post's file of deliveries and returns."""
    with refusals_told(request):
        data, name = _uploaded(request)
        courier = request.POST.get("courier", "")
        _tell(request, post_files.take_deliveries(courier, data, name=name, by=person(request)))
    return redirect("desk:manifests")


def _uploaded(request: HttpRequest) -> tuple[bytes, str]:
    file = request.FILES.get("file")
    if file is None:
        raise Refused(_("Choose the file first."))
    # One byte more than is allowed tells that it is too large.
    return file.read(post_files.MOST_BYTES + 1), file.name or ""


def _tell(request: HttpRequest, file: TakenFile) -> None:
    said = _("Taken in: %(new)s new, %(known)s known already, %(rejected)s handed back.")
    counts = {"new": file.new, "known": file.known, "rejected": file.rejected}
    (messages.error if file.rejected else messages.success)(request, said % counts)


@read_by(MANIFEST_READERS)
def rejected(request: HttpRequest, pk: int) -> HttpResponse:
    """The rows of a file that were handed back, each with its problem."""
    file = get_object_or_404(seen_by(TakenFile.objects.exclude(rejected=0), person(request)), pk=pk)
    return _download("\ufeff" + file.rejects, "text/csv; charset=utf-8", f"rejected-{file.pk}.csv")


@done_by(Role.DISPATCH)
def take_off(request: HttpRequest, pk: int, line_pk: int) -> HttpResponse:
    """One document does not go with the others."""
    found = _manifest(request, pk)
    line = get_object_or_404(found.lines, pk=line_pk)
    with refusals_told(request):
        manifests.take_off(found, line, reason=request.POST.get("reason", ""), by=person(request))
        messages.success(request, _("It is back on the list of those to be sent."))
    return redirect("desk:manifest", pk=pk)


@done_by(Role.DISPATCH)
def close(request: HttpRequest, pk: int) -> HttpResponse:
    """Close the manifest, once sure: what has no number goes back."""
    found = _manifest(request, pk)
    says = _("Documents without a number go back to the list. What is closed stays closed.")
    asked = sure(request, what=_("Close the manifest"), says=says, back=reverse("desk:manifest", args=[pk]))
    if asked:
        return asked
    with refusals_told(request):
        left = manifests.close_manifest(found, by=person(request))
        said = ngettext(
            "The manifest is closed; %(number)s document without a number went back to the list.",
            "The manifest is closed; %(number)s documents without a number went back to the list.",
            left,
        )
        messages.success(request, said % {"number": left})
    return redirect("desk:manifest", pk=pk)


def _manifest(request: HttpRequest, pk: int) -> Manifest:
    rows = seen_by(Manifest.objects.select_related("started_by"), person(request))
    return get_object_or_404(rows, pk=pk)
