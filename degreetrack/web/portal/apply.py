"""Apply online: the pre-flight first, then short steps that save themselves, then the challan."""

from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from degreetrack.applications import drafts
from degreetrack.applications.drafts import Part
from degreetrack.applications.forecasts import usual
from degreetrack.applications.models import Draft
from degreetrack.catalogue.models import Issue, Kind
from degreetrack.catalogue.services import institution
from degreetrack.documents.services import standing
from degreetrack.fees.barcodes import svg
from degreetrack.fees.challan_numbers import spaced
from degreetrack.fees.challans import paid, rest
from degreetrack.fees.models import Challan
from degreetrack.kit.amounts import in_words
from degreetrack.kit.refusals import Refused
from degreetrack.web.portal.apply_forms import DeliveryForm, NamesForm, delivery_of, names_of
from degreetrack.web.portal.door import ApplicantRequest, applicant_required
from degreetrack.web.portal.steps import labelled


@require_http_methods(["GET", "HEAD", "POST"])
@applicant_required
def begin(request: ApplicantRequest) -> HttpResponse:
    """Choose what to apply for; be told at once what stands in the way, the fee, the papers, the time."""
    student, posted = request.applicant.student, request.POST
    results = list(student.results.select_related("programme").order_by("-result_date"))
    chosen = {
        "result": posted.get("result", str(results[0].pk) if results else "")[:18],
        "kind": posted.get("kind", Kind.PC),
        "issue": posted.get("issue", Issue.ORIGINAL),
        "urgent": posted.get("urgent", ""),
    }
    page: dict[str, Any] = {"results": results, "kinds": Kind.choices, "issues": Issue.choices} | chosen
    if request.method == "POST":
        try:
            number = int(chosen["result"]) if chosen["result"].isdecimal() else 0
            wanted: dict[str, Any] = {key: chosen[key] for key in ("kind", "issue")}
            wanted["urgent"] = bool(chosen["urgent"])
            if "begin" in posted:
                draft = drafts.begin(student, number, language=(get_language() or "en")[:2], **wanted)
                return redirect("portal:step", pk=draft.pk, part=Part.PAPERS)
            result = student.results.filter(pk=number).select_related("student", "programme__level").first()
            if result is None:
                raise Refused(_("Choose one of your results."))
            checked = drafts.check(result, **wanted)
            given = standing(student, checked.papers)
            page |= {
                "checked": checked,
                "papers": [(row, given.get(row.pk)) for row in checked.papers],
                "usual": usual(chosen["kind"], wanted["urgent"]),
            }
        except Refused as refusal:
            messages.error(request, str(refusal))
            return render(request, "portal/begin.html", page, status=409)
    return render(request, "portal/begin.html", page)


def _draft(request: ApplicantRequest, pk: int) -> Draft:
    return get_object_or_404(drafts.open_drafts(request.applicant.student), pk=pk)


@require_http_methods(["GET", "HEAD", "POST"])
@applicant_required
def step(request: ApplicantRequest, pk: int, part: str) -> HttpResponse:
    """One step of the form; what is right is saved and the next step comes."""
    if part not in list(Part):
        raise Http404
    draft = _draft(request, pk)
    form = _form(request, draft, Part(part))
    if request.method == "POST" and (form is None or form.is_valid()):
        try:
            _save(draft, Part(part), form.cleaned_data if form else {})
        except Refused as refusal:
            messages.error(request, str(refusal))
            return _step_page(request, draft, Part(part), form, status=409)
        if part == Part.FEE:
            return redirect("portal:challan", number=_draft(request, pk).challan_no)
        following = list(Part)[list(Part).index(Part(part)) + 1]
        return redirect("portal:step", pk=draft.pk, part=following)
    return _step_page(request, draft, Part(part), form, status=422 if form and form.errors else 200)


def _form(request: ApplicantRequest, draft: Draft, part: Part) -> Form | None:
    """The form of a step, with what is saved already; papers and fee have none."""
    posted = request.POST if request.method == "POST" else None
    if part is Part.DELIVERY:
        return DeliveryForm(posted, initial=delivery_of(draft), auto_id="%s")
    if part is Part.NAMES:
        return NamesForm(posted, initial=names_of(draft), auto_id="%s")
    return None


def _save(draft: Draft, part: Part, given: dict[str, Any]) -> None:
    if part is Part.DELIVERY:
        drafts.save_delivery(draft.student, draft.pk, **given)
    elif part is Part.NAMES:
        right = given["right"] == "yes"
        drafts.confirm_names(draft.student, draft.pk, right=right, correction=given["correction"])
    elif part is Part.FEE:
        drafts.send(draft.student, draft.pk)


def _step_page(
    request: ApplicantRequest, draft: Draft, part: Part, form: Form | None, *, status: int
) -> HttpResponse:
    needed = drafts.papers_for(draft.result, kind=draft.kind, issue=draft.issue)
    given = drafts.papers_given(draft)
    page = {
        "draft": draft,
        "form": form,
        "steps": labelled(drafts.done(draft), current=part),
        "papers": [(row, given.get(row.pk)) for row in needed],
        "student": draft.student,
        "quote": drafts.fee_of(draft),
    }
    return render(request, f"portal/step_{part}.html", page, status=status)


@require_POST
@applicant_required
def discard(request: ApplicantRequest, pk: int) -> HttpResponse:
    """Give a draft up."""
    try:
        drafts.discard(request.applicant.student, pk)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("The application that you had begun is gone."))
    return redirect("portal:home")


def _challan(request: ApplicantRequest, number: str) -> Challan:
    return get_object_or_404(Challan, number=number, student=request.applicant.student)


@require_safe
@applicant_required
def challan(request: ApplicantRequest, number: str) -> HttpResponse:
    """What to pay, by when, in figures and words, with its barcode, and what came already."""
    row = _challan(request, number)
    left, language = rest(row), (get_language() or "en")[:2]
    page = {
        "challan": row,
        "number": spaced(row.number),
        "lines": [(urdu if language == "ur" else english, amount) for english, urdu, amount in row.lines],
        "paid": paid(row),
        "rest": left,
        "in_words": in_words(left or row.amount, language),
        "barcode": svg(row.number),
        "draft": Draft.objects.filter(challan_no=row.number).select_related("application").first(),
    }
    return render(request, "portal/challan.html", page)


@require_safe
@applicant_required
def challan_pdf(request: ApplicantRequest, number: str) -> HttpResponse:
    """The challan to print for the bank."""
    from degreetrack.fees.challan_pdf import render as render_pdf

    answer = HttpResponse(
        render_pdf(_challan(request, number), institution=institution()), content_type="application/pdf"
    )
    answer["Content-Disposition"] = f'attachment; filename="challan-{number}.pdf"'
    return answer
