"""The desk: one case page, receipt, search. Views translate; services decide."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from degreetrack.accounts.models import Role, User
from degreetrack.applications import checklists, custody, queries, reach, services
from degreetrack.applications.bearers import open_bearer
from degreetrack.applications.lifecycle import AT_THE_UNIVERSITY, MOVES, State
from degreetrack.applications.messages import may_reply, thread
from degreetrack.applications.models import Application, Delivery
from degreetrack.applications.preflight import preflight
from degreetrack.applications.wishes import WISHERS
from degreetrack.catalogue.models import Issue, Kind, Region
from degreetrack.catalogue.services import region_name, required_documents
from degreetrack.credentials.models import Blank
from degreetrack.documents.services import standing
from degreetrack.fees.quotes import quote
from degreetrack.journal.services import record, timeline
from degreetrack.kit.refusals import Refused
from degreetrack.notifications.models import Notice
from degreetrack.oversight import escalations
from degreetrack.records.models import Result
from degreetrack.web.desk.door import case_or_404, person, staff_only
from degreetrack.web.desk.forms import COURIERS, ReceiptForm, facts_of
from degreetrack.web.desk.happenings import words
from degreetrack.web.desk.owner_news import stream
from degreetrack.web.desk.qr import qr
from degreetrack.web.desk.scrutiny import scrutiny_of, ticks_of
from degreetrack.web.desk.work import go_on, held_for

# Who may send a notice again.
SENDERS = {Role.RECEIPT, Role.REGIONAL}


@require_safe
@staff_only
def case(request: HttpRequest, tracking_id: str) -> HttpResponse:
    """Everything about one application."""
    return case_page(request, case_or_404(request, tracking_id))


def case_page(request: HttpRequest, application: Application, *, status: int = 200) -> HttpResponse:
    """The page of a case, as its person may see it, with what was typed kept; each look is journalled."""
    services.view(application, by=person(request))
    level = application.result.programme.level
    documents = required_documents(level, kind=application.kind, issue=application.issue)
    given = standing(application.result.student, documents)
    entries = timeline(application.stream)
    findings = [
        finding
        for finding in preflight(application.result, kind=application.kind, issue=application.issue)
        if application.tracking_id not in finding.text
    ]
    page = {
        "application": application,
        "student": application.result.student,
        "result": application.result,
        "state": State(application.state),
        "objections": application.objections.all(),
        "entries": [{"what": words(entry.verb), "entry": entry} for entry in entries],
        "archived": entries[0].sequence - 1 if entries else 0,
        "trail": custody.trail(entries, now=timezone.now()),
        "findings": findings,
        "escalations": escalations.of_file(application),
        "places": reach.places([reach.contact(application)]),
        "may_send_again": bool(SENDERS & person(request).roles),
        "notices": Notice.objects.filter(stream=application.stream).order_by("pk"),
        "stock": Blank.objects.filter(stream=application.stream).order_by("at", "pk"),
        "moves": queries.allowed_moves(application, person(request)),
        "couriers": COURIERS,
        "thread": thread(application),
        "may_reply": may_reply(person(request)),
        "typed": request.POST,
        "then": _then(request),
    }
    page |= _wishes_of(application, person(request)) | held_for(application, person(request))
    page |= scrutiny_of(
        application,
        person(request),
        given=[(row, given.get(row.pk)) for row in documents],
        findings=findings,
        posted=request.POST,
    )
    return render(request, "desk/case.html", page, status=status)


def _then(request: HttpRequest) -> str:
    """The list that "next file" goes through, as in its address; empty where the case was looked up."""
    if request.GET.get("then") == "next":
        return request.GET.urlencode()
    return request.POST.get("then", "")[:1000]


def _wishes_of(application: Application, user: User) -> dict[str, Any]:
    """Where the document shall go, who may collect it, and whether this person may change that."""
    office = application.collect_office
    return {
        "collect_office": region_name(office) if office else "",
        "bearer": open_bearer(application),
        "may_wish": bool(WISHERS & user.roles) and application.state in AT_THE_UNIVERSITY,
        "ways": Delivery.choices,
        "regions": Region.objects.all(),
    }


@require_POST
@staff_only
def move(request: HttpRequest, tracking_id: str, verb: str) -> HttpResponse:
    """Make one move; a refusal is told on the case, with what was typed kept."""
    application = case_or_404(request, tracking_id)
    came_from, then = State(application.state), QueryDict(_then(request))
    reason = request.POST.get("reason", "")
    try:
        if ticks := ticks_of(request.POST):
            # Ticked on the same page and not kept yet: the script sends them along with the decision.
            checklists.save_checks(application.tracking_id, by=person(request), ticks=ticks)
        if verb == "check" and "all_the_same" not in request.POST:
            checklists.refuse_defects(application)
        services.move(
            application.tracking_id, verb, by=person(request), reason=reason, **facts_of(request.POST)
        )
    except Refused as refusal:
        messages.error(request, str(refusal))
        application.refresh_from_db()
        return case_page(request, application, status=409)
    told = {"step": MOVES[verb].label, "number": application.tracking_id}
    if then:
        # Another file stands below it.
        messages.success(request, _("Done with %(number)s: %(step)s") % told)
        return go_on(request, came_from, then)
    messages.success(request, _("Done: %(step)s") % told)
    return redirect("desk:case", tracking_id=application.tracking_id)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only
def receive(request: HttpRequest) -> HttpResponse:
    """Receive an application: the roll number first, then what is not on record."""
    user = person(request)
    if not MOVES["submit"].roles & user.roles:
        raise Http404
    given = request.POST or request.GET
    roll_no = "".join(given.get("roll_no", "").split()).upper()
    result = Result.objects.select_related("student", "programme__level").filter(roll_no=roll_no).first()
    if result is None:
        return render(request, "desk/receive.html", {"roll_no": roll_no, "unknown": bool(roll_no)})
    student = result.student
    record(f"student/{student.pk}", "view", by=user)
    on_record = {"mobile": student.mobile, "email": student.email}
    form = ReceiptForm(request.POST or None, initial=on_record)
    if request.method == "POST" and "check" not in request.POST and form.is_valid():
        try:
            application = services.submit(result, by=user, **form.cleaned_data)
        except Refused as refusal:
            messages.error(request, str(refusal))
        else:
            return redirect("desk:slip", tracking_id=application.tracking_id)
    return _receipt_page(request, result, form)


def _receipt_page(request: HttpRequest, result: Result, form: ReceiptForm) -> HttpResponse:
    kind, issue = form["kind"].value() or Kind.PC, form["issue"].value() or Issue.ORIGINAL
    if kind not in Kind.values or issue not in Issue.values:
        kind, issue = Kind.PC, Issue.ORIGINAL
    page = {
        "roll_no": result.roll_no,
        "result": result,
        "student": result.student,
        "form": form,
        "findings": preflight(result, kind=kind, issue=issue),
        "documents": required_documents(result.programme.level, kind=kind, issue=issue),
    }
    try:
        page["quote"] = quote(
            result, kind=kind, issue=issue, urgent=bool(form["urgent"].value()), on=timezone.localdate()
        )
    except Refused as refusal:
        messages.error(request, str(refusal))
    return render(request, "desk/receive.html", page, status=422 if form.errors else 200)


@require_safe
@staff_only
def slip(request: HttpRequest, tracking_id: str) -> HttpResponse:
    """The acknowledgement to print and hand over; the look is journalled."""
    application = case_or_404(request, tracking_id)
    services.view(application, by=person(request))
    page = {"application": application, "qr": qr(application.tracking_id)}
    return render(request, "desk/slip.html", page)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only
def search(request: HttpRequest) -> HttpResponse:
    """Search by number or name; posted, so that no CNIC stands in an address.

    How many were found is journalled, what was typed is not: it may be a CNIC or a name.
    """
    text = request.POST.get("text", "").strip()[:100]
    rows = queries.search(person(request), text, most=queries.SEARCHED)
    if text:
        record(stream(person(request)), "search", by=person(request), after={"shown": len(rows)})
    if len(rows) == 1:
        return redirect("desk:case", tracking_id=rows[0].tracking_id)
    return render(
        request, "desk/search.html", {"text": text, "rows": rows, "is_full": len(rows) == queries.SEARCHED}
    )
