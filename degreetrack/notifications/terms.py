"""How long and how often each kind of notice is tried, and at which hours."""

import random
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.conf import settings
from django.utils import timezone

from degreetrack.notifications.models import Priority


@dataclass(frozen=True)
class Terms:
    """Pauses in seconds between attempts; past the last it has failed. How long it is of use."""

    pauses: list[int]
    valid: timedelta


TERMS = {
    Priority.AT_ONCE: Terms([5, 15, 30, 60, 120, 240], timedelta(hours=1)),
    Priority.NEWS: Terms([30, 120, 480, 1800, 7200, 21600, 43200, 86400], timedelta(days=7)),
    Priority.REMINDER: Terms([60, 480, 3600, 21600], timedelta(days=3)),
}


def pause(priority: Priority, attempts: int) -> timedelta | None:
    """How long to wait after so many attempts; None when it was the last. Spread by a fifth."""
    pauses = TERMS[priority].pauses
    if attempts > len(pauses):
        return None
    return timedelta(seconds=pauses[attempts - 1] * random.uniform(0.8, 1.2))  # noqa: S311 - spreads load  # nosec B311


def is_quiet(at: datetime) -> bool:
    """Whether only what somebody waits for may go at this hour."""
    return morning_after(at) != at


def morning_after(at: datetime) -> datetime:
    """The end of the quiet hours that this moment lies in; the moment itself where it lies in none."""
    if settings.QUIET_HOURS is None:
        return at
    begin, end = settings.QUIET_HOURS
    local = timezone.localtime(at)
    over_midnight = begin > end
    quiet = (local.hour >= begin or local.hour < end) if over_midnight else begin <= local.hour < end
    if not quiet:
        return at
    day = local.date() + timedelta(days=1 if over_midnight and local.hour >= begin else 0)
    return timezone.make_aware(datetime.combine(day, time(end)))
