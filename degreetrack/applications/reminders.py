"""Reminders of objections that nobody has answered yet, each sent once."""

from datetime import datetime, time

from django.db import transaction
from django.utils import timezone

from degreetrack.accounts.models import CLOCK
from degreetrack.applications import limits, news, queries
from degreetrack.applications.lifecycle import State
from degreetrack.aside.services import Trying
from degreetrack.journal.services import record
from degreetrack.notifications.models import Priority
from degreetrack.notifications.services import STATUS

# The day begins at midnight, but no telephone rings then.
MORNING = time(9)


def remind_due(*, at: datetime | None = None, most: int = 500) -> int:
    """Remind, by the clock, everybody whose day has come; say how many.

    The days are the institution's, after the objections; when more time was given, also the day
    before the new limit. Whoever missed several is reminded once.
    """
    at = at or timezone.now()
    trying = Trying("remind_due", at=at)
    due = queries.to_remind(timezone.localdate(at), but=trying.resting_pks, most=most)
    reminded = sum(bool(trying.attempt(row.stream, _remind, row.tracking_id, at=at)) for row in due)
    trying.end()
    return reminded


def _remind(tracking_id: str, *, at: datetime) -> bool:
    """Remind of one, unless it was answered or another worker did so in the meantime."""
    today = timezone.localdate(at)
    with transaction.atomic():
        application = queries.locked(tracking_id, by=CLOCK)
        due, limit_on = application.remind_on, application.limit_on
        if application.state != State.OBJECTED or due is None or due > today or limit_on is None:
            return False
        application.remind_on = limits.next_reminder(application, after=today)
        application.save(update_fields=["remind_on"])
        days_left = (limit_on - today).days
        said = {"limit_on": str(limit_on), "days_left": days_left}
        record(application.stream, "remind", by=CLOCK, after=said, at=at)
        morning = timezone.make_aware(datetime.combine(today, MORNING))
        news.send(
            "reminder",
            application,
            at=at,
            not_before=morning,
            priority=Priority.REMINDER,
            topic=STATUS,
            days_left=days_left,
            extended=application.extended_at is not None,
        )
    return True
