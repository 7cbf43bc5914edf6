"""The demo's own pages: sample IDs, sign-ins, and what was sent."""

import secrets

from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from degreetrack.accounts.models import User
from degreetrack.fees.challans import rest
from degreetrack.fees.models import Challan, Via
from degreetrack.fees.payments import take_payment
from degreetrack.notifications.models import Notice
from degreetrack.web.demo.sample import APP_SECRET, PASSWORD, code_now, sample_applicants, sample_ids

PAGE = 30


@never_cache
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Whom to be and what to look up."""
    staff = User.objects.select_related("section").annotate(apps=Count("factors")).order_by("pk")
    code, seconds = code_now()
    page = {
        "applications": sample_ids(),
        "applicants": sample_applicants(),
        "challans": Challan.objects.filter(settled_at=None, cancelled_at=None).order_by("-pk")[:10],
        "staff": staff,
        "password": PASSWORD,
        "code": code,
        "seconds": seconds,
        "secret": APP_SECRET,
    }
    return render(request, "demo/home.html", page)


@require_POST
def pay(request: HttpRequest, number: str) -> HttpResponse:
    """Play the bank: pay what is still missing on a challan."""
    challan = get_object_or_404(Challan, number=number, settled_at=None, cancelled_at=None)
    take_payment(
        provider="demo",
        reference=secrets.token_hex(8),
        challan_no=challan.number,
        amount=rest(challan),
        paid_on=timezone.localdate(),
        via=Via.WEBHOOK,
    )
    return redirect("demo:home")


@require_safe
def outbox(request: HttpRequest) -> HttpResponse:
    """Everything that was sent, newest first, as the person would see it."""
    notices = Notice.objects.order_by("-pk")
    before = request.GET.get("before", "")
    if before.isdecimal():
        notices = notices.filter(pk__lt=int(before[:18]))
    rows = list(notices[: PAGE + 1])
    onward = rows[PAGE - 1].pk if len(rows) > PAGE else None
    return render(request, "demo/outbox.html", {"notices": rows[:PAGE], "before": onward})
