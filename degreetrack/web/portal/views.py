"""The applicant's cases: what waits on them first, where each stands, answers, wishes and questions."""

from collections.abc import Callable

from django.contrib import messages
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from degreetrack.accounts.models import Actor
from degreetrack.applications import answers, queries, services, wishes
from degreetrack.applications import messages as questions
from degreetrack.applications.bearers import open_bearer
from degreetrack.applications.drafts import applicant, open_drafts
from degreetrack.applications.glances import glance_at
from degreetrack.applications.lifecycle import AT_THE_UNIVERSITY, ENDED, MOVES, WAITS_ON_APPLICANT, State
from degreetrack.applications.models import Application, Delivery
from degreetrack.applications.reach import places_of
from degreetrack.catalogue.models import Region
from degreetrack.kit.refusals import Refused
from degreetrack.web.portal.door import ApplicantRequest, applicant_required, case_or_404
from degreetrack.web.statuses import whole_status


@require_safe
@applicant_required
def home(request: ApplicantRequest) -> HttpResponse:
    """My applications, those that wait on me first, then the open ones, then the ended."""
    mine = queries.visible_to(applicant(request.applicant.student)).select_related("result__programme")
    rows = sorted(mine.order_by("-received_at"), key=_urgency)
    cases = [{"application": row, "state": State(row.state), "waits": _urgency(row) == 0} for row in rows]
    page = {"cases": cases, "drafts": open_drafts(request.applicant.student)}
    page["troubled"] = [place for place in places_of(request.applicant.student) if place.failed_at]
    return render(request, "portal/home.html", page)


def _urgency(application: Application) -> int:
    if application.state in WAITS_ON_APPLICANT:
        return 0
    return 2 if application.state in ENDED else 1


@require_safe
@applicant_required
def case(request: ApplicantRequest, tracking_id: str) -> HttpResponse:
    """One of my applications: the status, and all that I can do with it."""
    return _page(request, case_or_404(request, tracking_id))


def _page(request: ApplicantRequest, application: Application, *, status: int = 200) -> HttpResponse:
    shown = whole_status(glance_at(application))
    page = {
        "application": application,
        "status": shown,
        "answering": application.objections.filter(cleared_at=None).prefetch_related("documents__pages")
        if shown.objections
        else [],
        "extendable": application.state == State.OBJECTED and not application.extended_at,
        "changeable": application.state in AT_THE_UNIVERSITY,
        "withdrawable": application.state in MOVES["withdraw"].from_,
        "terms": wishes.withdrawal_terms(application),
        "ways": Delivery.choices,
        "regions": Region.objects.all(),
        "bearer": open_bearer(application),
        "thread": questions.thread(application),
        "typed": request.POST,
    }
    return render(request, "portal/case.html", page, status=status)


def _act(
    request: ApplicantRequest, tracking_id: str, act: Callable[[str, Actor], object], done: str
) -> HttpResponse:
    """Do it and go back to the case; a refusal is told there, with what was typed kept."""
    application = case_or_404(request, tracking_id)
    try:
        act(application.tracking_id, applicant(request.applicant.student))
    except Refused as refusal:
        messages.error(request, str(refusal))
        return _page(request, case_or_404(request, tracking_id), status=409)
    if done:
        messages.success(request, done)
    return redirect("portal:case", tracking_id=application.tracking_id)


@require_POST
@applicant_required
def answer(request: ApplicantRequest, tracking_id: str) -> HttpResponse:
    """Save the answer to one objection, or send in all of them."""
    posted = request.POST
    number = posted.get("objection", "")[:18]
    if posted.get("send"):
        done = _("Your answers are in. The clock has stopped; the university checks them now.")
        return _act(request, tracking_id, lambda case, by: answers.send_answers(case, by=by), done)
    if not number.isdecimal():
        raise Http404
    return _act(
        request,
        tracking_id,
        lambda case, by: answers.save_answer(
            case,
            int(number),
            by=by,
            text=posted.get("answer", ""),
            files=request.FILES.getlist("files"),
        ),
        _("Saved. Answer the others too, then send all of them in together."),
    )


@require_POST
@applicant_required
def extend(request: ApplicantRequest, tracking_id: str) -> HttpResponse:
    """Take more time, once."""
    done = _("You have more time now.")
    return _act(request, tracking_id, lambda case, by: services.move(case, "extend", by=by), done)


@require_POST
@applicant_required
def withdraw(request: ApplicantRequest, tracking_id: str) -> HttpResponse:
    """Withdraw the application, after the rule on the fee was read."""
    reason = request.POST.get("reason", "")
    done = _("The application is withdrawn.")
    return _act(
        request, tracking_id, lambda case, by: services.move(case, "withdraw", by=by, reason=reason), done
    )


@require_POST
@applicant_required
def ask(request: ApplicantRequest, tracking_id: str) -> HttpResponse:
    """Ask or complain on the case itself."""
    text = request.POST.get("question", "")
    done = _("Your question is on the section's desk. You are told when the answer stands here.")
    return _act(request, tracking_id, lambda case, by: questions.ask(case, by=by, text=text), done)


def _bearer(case: str, by: Actor, posted: QueryDict) -> str:
    name, cnic = posted.get("bearer_name", ""), posted.get("bearer_cnic", "")
    return wishes.authorise_bearer(case, by=by, name=name, cnic=cnic)


WISHES: dict[str, tuple[Callable[[str, Actor, QueryDict], object], object]] = {
    "address": (
        lambda case, by, posted: wishes.change_address(case, by=by, address=posted.get("address", "")),
        gettext_lazy("Your address is saved."),
    ),
    "delivery": (
        lambda case, by, posted: wishes.choose_delivery(
            case, by=by, way=posted.get("way", ""), office=posted.get("office", "")
        ),
        gettext_lazy("Your choice is saved."),
    ),
    "bearer": (_bearer, ""),
}


@require_POST
@applicant_required
def wish(request: ApplicantRequest, tracking_id: str, name: str) -> HttpResponse:
    """Where it goes, how, and who may collect it; a bearer's code is shown this once."""
    if name not in WISHES:
        raise Http404
    write, done = WISHES[name]

    def act(case: str, by: Actor) -> None:
        code = write(case, by, request.POST)
        if name == "bearer":
            told = _("Give this code to the bearer: %(code)s. It is shown only now, and sent to you.")
            messages.success(request, told % {"code": code})

    return _act(request, tracking_id, act, str(done))
