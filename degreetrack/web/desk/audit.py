"""The auditor's desk: what anybody did or looked at, by case, person and day; exports with their proof.

Looking here is not journalled row by row; taking an export is.
"""

from collections.abc import Callable
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from degreetrack.accounts.models import Role, User
from degreetrack.applications.models import Application, Draft
from degreetrack.journal import audit
from degreetrack.journal.audit import Asked
from degreetrack.records.models import Student
from degreetrack.web.desk.audit_forms import AuditForm, asked_in
from degreetrack.web.desk.door import person, staff_only
from degreetrack.web.desk.happenings import HAPPENINGS, words
from degreetrack.web.desk.proof import fresh_proof
from degreetrack.web.desk.said import in_words

READERS = {Role.AUDITOR, Role.CONTROLLER}


def auditors_only(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Let in auditors and the Controller."""

    def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not person(request).roles & READERS:
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return staff_only(inner)


@require_http_methods(["GET", "HEAD", "POST"])
@auditors_only
def home(request: HttpRequest) -> HttpResponse:
    """Ask, then read page by page; what is typed is posted, so that no name stands in an address."""
    if request.method == "POST":
        form = AuditForm(request.POST)
        if form.is_valid():
            return redirect(f"{reverse('desk:audit')}?{form.address()}")
        return render(request, "desk/audit.html", {"form": form, "seals": audit.last_seals()}, status=422)
    asked = asked_in(request.GET)
    found = audit.found(asked, after=request.GET.get("after", "")[:60])
    page = _of(asked) | {
        "form": AuditForm(initial={"verb": asked.verb, "since": asked.since, "until": asked.until}),
        "rows": _rows(found.rows),
        "next_key": found.next_key,
        "seals": audit.last_seals(),
    }
    return render(request, "desk/audit.html", page)


@fresh_proof
@require_POST
@auditors_only
def export(request: HttpRequest) -> StreamingHttpResponse:
    """Take away what was asked for, with its proof or as a table; the journal says who took what."""
    asked = asked_in(request.POST)
    name = f"journal-{timezone.localtime():%Y%m%d-%H%M%S}"
    if request.POST.get("as") == "csv":
        lines = audit.table(asked, HAPPENINGS, by=person(request))
        answer = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
        answer["Content-Disposition"] = f'attachment; filename="{name}.csv"'
        return answer
    lines = audit.export(asked, by=person(request))
    answer = StreamingHttpResponse(lines, content_type="application/jsonl; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}.jsonl"'
    return answer


def _of(asked: Asked) -> dict[str, Any]:
    """Whose and what the page is: the person, the case and the streams beside it."""
    page: dict[str, Any] = {"asked": asked, "told": asked.told().items()}
    page["words"] = words(asked.verb) if asked.verb else ""
    if asked.actor:
        page["of"] = User.objects.select_related("section").filter(pk=asked.actor).first()
    room, _slash, number = asked.stream.partition("/")
    if room == "application" and number.isdecimal():
        cases = Application.objects.select_related("result").filter(pk=int(number[:18]))
        page["case"] = case = cases.first()
        page["draft"] = Draft.objects.filter(application=case).first() if case else None
    return page


def _rows(entries: list[Any]) -> list[dict[str, Any]]:
    """Each entry with its words, and what it is about under the number that people know it by."""
    names = _names("application", entries, Application, "tracking_id")
    names |= _names("student", entries, Student, "registration_no")
    names |= _names("user", entries, User, "username")
    return [
        {
            "entry": entry,
            "what": words(entry.verb),
            "about": names.get(entry.stream, entry.stream),
            "said": in_words(entry.stream, entry.data),
        }
        for entry in entries
    ]


def _names(room: str, entries: list[Any], model: Any, field: str) -> dict[str, str]:
    numbers = {entry.stream.partition("/")[2] for entry in entries if entry.stream.startswith(f"{room}/")}
    found = model.objects.filter(pk__in=[int(number) for number in numbers if number.isdecimal()])
    return {f"{room}/{pk}": name for pk, name in found.values_list("pk", field)}
