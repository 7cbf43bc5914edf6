"""The applicant hands in papers: a plain form, or chunk by chunk; sees them, and takes them back."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from degreetrack.accounts.models import Actor, Role
from degreetrack.catalogue.models import RequiredDocument
from degreetrack.documents import services, uploads
from degreetrack.documents.models import Document, Page, Upload
from degreetrack.documents.scanning import TryLater
from degreetrack.kit.refusals import Refused
from degreetrack.records.models import Student
from degreetrack.web.papers import page_response
from degreetrack.web.portal.door import applicant_required

APPLICANT = Actor("applicant", frozenset({Role.APPLICANT}))
HOME = "/my/"


def _student(request: HttpRequest) -> Student:
    student: Student = request.applicant.student  # type: ignore[attr-defined]
    return student


def _requirement(request: HttpRequest) -> RequiredDocument | None:
    """The paper that the form names; none for an other paper."""
    code = request.POST.get("requirement", "")
    return get_object_or_404(RequiredDocument, pk=code) if code else None


def _next(request: HttpRequest) -> str:
    """Where to go afterwards: an address of this site, or home."""
    wanted = request.POST.get("next", "")
    safe = wanted.startswith("/") and url_has_allowed_host_and_scheme(wanted, allowed_hosts=None)
    return wanted if safe else HOME


@require_POST
@applicant_required
def give(request: HttpRequest) -> HttpResponse:
    """Take in the files of a plain form and go back; a refusal is shown with the form to try again."""
    student, requirement = _student(request), _requirement(request)
    title = request.POST.get("title", "")
    try:
        services.take_in(
            student, request.FILES.getlist("files"), requirement=requirement, title=title, by=APPLICANT
        )
    except Refused as refusal:
        status = 503 if isinstance(refusal, TryLater) else 422
        asked = [requirement] if requirement else []
        page = {
            "refusal": refusal,
            "requirement": requirement,
            "document": services.standing(student, asked).get(requirement.pk) if requirement else None,
            "title": title,
            "next": _next(request),
        }
        return render(request, "portal/upload.html", page, status=status)
    messages.success(request, _("Your paper has arrived and is kept."))
    return redirect(_next(request))


@require_POST
@applicant_required
def remove(request: HttpRequest, document_pk: int) -> HttpResponse:
    """Take a paper back."""
    document = get_object_or_404(Document, pk=document_pk, student=_student(request), removed_at=None)
    services.remove(document, by=APPLICANT)
    messages.success(request, _("The paper was removed."))
    return redirect(_next(request))


@require_safe
@applicant_required
def page(request: HttpRequest, page_pk: int) -> HttpResponse:
    """One page, to its own student only; a foreign one looks like none."""
    own = Page.objects.filter(document__student=_student(request), document__removed_at=None)
    return page_response(get_object_or_404(own, pk=page_pk))


@require_POST
@applicant_required
def begin_upload(request: HttpRequest) -> HttpResponse:
    """Expect a file; answer with its token and the size of chunks."""
    size = request.POST.get("size", "")
    try:
        begun = uploads.begin(
            _student(request),
            requirement=_requirement(request),
            filename=request.POST.get("filename", ""),
            size=int(size) if size.isdecimal() and len(size) < 12 else 0,
        )
    except Refused as refusal:
        return _told(refusal)
    return JsonResponse(_state(begun) | {"token": begun.token, "chunk": uploads.CHUNK}, status=201)


@require_http_methods(["GET", "HEAD", "PATCH"])
@applicant_required
def upload(request: HttpRequest, token: str) -> HttpResponse:
    """Tell how far an upload is, or add the chunk that comes next."""
    under_way = get_object_or_404(Upload, token=token, student=_student(request))
    if request.method != "PATCH":
        return JsonResponse(_state(under_way))
    offset = request.headers.get("Upload-Offset", "")
    if not offset.isdecimal() or len(offset) > 11:
        return JsonResponse({"error": _("The header Upload-Offset must be a whole number.")}, status=400)
    # Longer bodies are not even read.
    length = request.headers.get("Content-Length", "")
    if length.isdecimal() and int(length) > uploads.CHUNK:
        return _told(uploads.too_long(), status=413)
    try:
        under_way = uploads.append(under_way, offset=int(offset), chunk=request.body)
    except uploads.WrongOffset as wrong:
        return _told(wrong, status=409, offset=wrong.offset)
    except TryLater as refusal:
        return _told(refusal, status=503)
    except Refused as refusal:
        return _told(refusal)
    return JsonResponse(_state(under_way))


@require_POST
@applicant_required
def finish_upload(request: HttpRequest) -> HttpResponse:
    """Take in whole uploads, `token` given once for each, as the pages of one paper."""
    student, tokens = _student(request), request.POST.getlist("token")
    known = {one.token: one for one in Upload.objects.filter(student=student, token__in=tokens)}
    if len(known) != len(tokens):
        raise Http404
    try:
        document = uploads.finish(
            student,
            [known[token] for token in tokens],
            title=request.POST.get("title", ""),
            by=APPLICANT,
        )
    except TryLater as refusal:
        return _told(refusal, status=503)
    except Refused as refusal:
        return _told(refusal)
    said = _("Your paper has arrived and is kept.")
    messages.success(request, said)
    return JsonResponse({"document": document.pk, "said": said})


def _state(under_way: Upload) -> dict[str, Any]:
    return {"offset": uploads.offset_of(under_way), "size": under_way.size}


def _told(refusal: Refused, *, status: int = 422, **more: Any) -> JsonResponse:
    return JsonResponse({"error": str(refusal)} | more, status=status)
