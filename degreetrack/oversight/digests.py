"""The morning's e-mail: what is late, what will be, and what is escalated to its reader."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import formats, timezone, translation

from degreetrack.accounts.models import Role, User
from degreetrack.applications.targets import Timetable
from degreetrack.aside.services import Trying
from degreetrack.catalogue.models import Institution
from degreetrack.catalogue.services import institution
from degreetrack.notifications.models import Fate, Notice
from degreetrack.notifications.services import queue
from degreetrack.oversight import late
from degreetrack.oversight.escalations import of_officer
from degreetrack.oversight.models import Digest
from degreetrack.oversight.officers import people

# Of yesterday's news nobody has use.
USEFUL = timedelta(hours=12)
# A worker that was away in the morning makes up for it until then.
EVENING = 18
STUCK = timedelta(hours=1)
KEPT = timedelta(days=30)
# Whose business notices are that did not arrive.
READ_NOTICES = frozenset({Role.RECEIPT, Role.CONTROLLER})


def send_digests(*, at: datetime | None = None) -> int:
    """On a working day, from the hour of the digest on, queue one for each supervisor and Controller.

    Each gets one a day, however many workers ask; who has nothing to read gets none. Say how many.
    """
    at = at or timezone.now()
    in_time = settings.DIGEST_HOUR <= timezone.localtime(at).hour < EVENING
    if not in_time or not Institution.objects.exists():
        return 0
    table, on, at = late.now(at=at)
    if table.between(on.today - timedelta(days=1), on.today) == 0:
        return 0
    had = set(Digest.objects.filter(day=on.today).values_list("user", flat=True))
    readers = [user for user in people() if user.email and user.pk not in had]
    if not readers:
        return 0
    notices, trying = _notices(at), Trying("send_digests", at=at)
    resting, sent = trying.resting, 0
    for user in readers:
        row = f"user/{user.pk}"
        if row not in resting:
            sent += trying.attempt(row, _send, user, table, on, notices, at=at) or 0
    trying.end()
    return sent


def _send(user: User, table: Timetable, on: late.Days, notices: dict[str, int], *, at: datetime) -> bool:
    """One person's digest, unless another worker was first."""
    try:
        with transaction.atomic():
            mine = Digest.objects.create(user=user, day=on.today)
            said = _said(user, on, notices, language=user.language)
            if not said:
                return False
            queue(
                "digest",
                stream=f"user/{user.pk}",
                email=user.email,
                mobile="",
                language=user.language,
                context=said,
                valid=USEFUL,
                at=at,
            )
            mine.queued = True
            mine.save(update_fields=["queued"])
    except IntegrityError:
        return False
    return True


def _notices(at: datetime) -> dict[str, int]:
    """How many notices were lost since yesterday, and how many should have gone an hour ago."""
    lost = Q(fate__in=[Fate.FAILED, Fate.EXPIRED], ended_at__gte=at - timedelta(days=1))
    stuck = Q(fate=Fate.QUEUED, due_at__lt=at - STUCK)
    return {"lost": Notice.objects.filter(lost).count(), "stuck": Notice.objects.filter(stuck).count()}


def _said(user: User, on: late.Days, notices: dict[str, int], *, language: str) -> dict[str, Any]:
    """What the digest says: numbers, tracking IDs and days, nothing of a person. Empty: nothing to say."""
    stages = late.stages(user, on)
    escalated = of_officer(user)
    known = notices if user.roles & READ_NOTICES else dict.fromkeys(notices, 0)
    if not stages and not escalated.exists() and not any(known.values()):
        return {}
    oldest = late.oldest(user, on)
    with translation.override(language):
        return {
            "name": user.display_name,
            "institution": institution().short_name,
            "day": formats.date_format(on.today),
            "stages": [
                {"label": str(one.state.label), "late": one.late, "today": one.today, "next": one.next}
                for one in stages
            ],
            "oldest": [
                {"tracking_id": row.tracking_id, "days": (on.today - row.due_on).days}
                for row in oldest
                if row.due_on
            ],
            "escalated": escalated.count(),
            "unanswered": escalated.filter(seen_at=None).count(),
            "late_url": settings.SITE_URL + reverse("desk:late"),
            **known,
        }


def forget_old_digests(*, at: datetime | None = None) -> int:
    """Forget mornings of a month ago; say how many."""
    day = timezone.localdate(at or timezone.now()) - KEPT
    return Digest.objects.filter(day__lt=day).delete()[0]
