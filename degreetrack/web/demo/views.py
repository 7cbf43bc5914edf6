"""The demo's own pages: sample IDs, sign-ins, and what was sent."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from degreetrack.accounts.models import User
from degreetrack.notifications.models import Notice
from degreetrack.web.demo.sample import PASSWORD, sample_ids

PAGE = 30


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Whom to be and what to look up."""
    staff = User.objects.select_related("section").order_by("pk")
    page = {"applications": sample_ids(), "staff": staff, "password": PASSWORD}
    return render(request, "demo/home.html", page)


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
