"""Notices at the desk: how they fare, what was lost, sending again, and what each of them says."""

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Min
from django.db.models.functions import TruncHour
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from degreetrack.accounts.models import Role
from degreetrack.applications.models import Application
from degreetrack.applications.reach import contact
from degreetrack.applications.rewordings import may_reword
from degreetrack.applications.wordings import samples
from degreetrack.catalogue.services import institution
from degreetrack.kit.refusals import Refused
from degreetrack.notifications.models import OPEN, Channel, Fate, Line, Notice
from degreetrack.notifications.services import send_again
from degreetrack.web.desk.door import case_or_404, person, staff_only
from degreetrack.web.desk.views import SENDERS

READERS = {Role.RECEIPT, Role.CONTROLLER, Role.AUDITOR}
PAGE = 50
LOST = (Fate.FAILED, Fate.EXPIRED)


@require_safe
@staff_only
def home(request: HttpRequest) -> HttpResponse:
    """Rates, backlog and failures, and one page of what was lost."""
    if not person(request).roles & READERS:
        raise PermissionDenied
    now = timezone.now()
    lost = Notice.objects.filter(fate__in=LOST).order_by("-pk")
    before = request.GET.get("before", "")
    if before.isdecimal():
        lost = lost.filter(pk__lt=int(before[:18]))
    rows = list(lost[: PAGE + 1])
    recent = Notice.objects.filter(queued_at__gte=now - timedelta(days=7))
    page = {
        "channels": [_channel(channel, now) for channel in Channel],
        "failures": recent.filter(fate__in=LOST)
        .values("channel", "problem")
        .annotate(n=Count("pk"))
        .order_by("-n")[:20],
        "labels": dict(Channel.choices),
        "rows": _with_cases(rows[:PAGE]),
        "before": rows[PAGE - 1].pk if len(rows) > PAGE else None,
    }
    return render(request, "desk/notices.html", page)


def _channel(channel: Channel, now: Any) -> dict[str, Any]:
    """How one channel does: the last day's fates, hour by hour, and what waits."""
    mine = Notice.objects.filter(channel=channel)
    day = mine.filter(queued_at__gte=now - timedelta(days=1))
    fates = dict(day.values_list("fate").annotate(n=Count("pk")))
    sent = day.filter(sent_at__isnull=False).annotate(hour=TruncHour("sent_at"))
    per_hour = dict(sent.values_list("hour").annotate(n=Count("pk")))
    first = now.replace(minute=0, second=0, microsecond=0) - timedelta(hours=23)
    hours = [first + timedelta(hours=place) for place in range(24)]
    most = max(per_hour.values(), default=0)
    waiting = mine.filter(fate__in=OPEN, due_at__lte=now).aggregate(n=Count("pk"), oldest=Min("due_at"))
    line = Line.objects.filter(channel=channel).first()
    return {
        "label": channel.label,
        "fates": [(fate.label, fates.get(fate, 0)) for fate in Fate if fate not in OPEN],
        "bars": [
            {"hour": timezone.localtime(hour), "n": per_hour.get(hour, 0), "x": place * 12,
             "height": round(60 * per_hour.get(hour, 0) / most) if most else 0}
            for place, hour in enumerate(hours)
        ],
        "waiting": waiting["n"],
        "oldest": waiting["oldest"],
        "later": mine.filter(fate=Fate.QUEUED, due_at__gt=now).count(),
        "shut_until": line.shut_until if line and line.shut_until and line.shut_until > now else None,
        "line": line,
    }  # fmt: skip


def _with_cases(rows: list[Notice]) -> list[dict[str, Any]]:
    """Each notice with the tracking ID of its case, where it is of one."""
    streams = {
        row.stream: row.stream.rpartition("/")[2] for row in rows if row.stream.startswith("application/")
    }
    ids = dict(Application.objects.filter(pk__in=streams.values()).values_list("pk", "tracking_id"))
    return [{"notice": row, "tracking_id": ids.get(int(streams.get(row.stream, 0)))} for row in rows]


@require_POST
@staff_only
def again(request: HttpRequest, tracking_id: str, pk: int) -> HttpResponse:
    """Send a notice of a case once more, to where its applicant is reached today."""
    application = case_or_404(request, tracking_id)
    user = person(request)
    if not user.roles & SENDERS:
        raise PermissionDenied
    notice = get_object_or_404(Notice, pk=pk, stream=application.stream)
    today = contact(application)
    try:
        send_again(notice, by=user, to=today.email if notice.channel == Channel.EMAIL else today.mobile)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("It is queued once more."))
    return redirect("desk:case", tracking_id=application.tracking_id)


@require_safe
@staff_only
def wordings(request: HttpRequest) -> HttpResponse:
    """What each notice says in both languages at its longest, in how many parts, for how much."""
    price = institution().sms_price
    rows = [{"sample": sample, "cost": f"{sample.parts * price / 100:.2f}"} for sample in samples()]
    page = {"rows": rows, "may_reword": may_reword(person(request))}
    return render(request, "desk/wordings.html", page)
