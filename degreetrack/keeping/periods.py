"""How long things are kept, as days counted back from today, and which histories are still in use."""

from datetime import date, datetime, time, timedelta

from django.conf import settings
from django.utils import timezone

from degreetrack.applications.lifecycle import ENDED
from degreetrack.applications.models import Application


def before(months: int, *, today: date | None = None) -> date:
    """The first day that is kept yet."""
    return (today or timezone.localdate()) - timedelta(days=round(months * 365.25 / 12))


def moment_before(months: int, *, today: date | None = None) -> datetime:
    """The first moment that is kept yet."""
    return timezone.make_aware(datetime.combine(before(months, today=today), time.min))


def in_use(streams: set[str]) -> set[str]:
    """Of some streams of the journal, those that stay whole in the tables.

    Cases that are open or were closed not long ago; what the administration did, which a load of the
    institution's files must not undo unseen.
    """
    cases = {int(stream.removeprefix("application/")) for stream in streams if _is_case(stream)}
    closed = Application.objects.filter(
        pk__in=cases, state__in=ENDED, state_since__lt=moment_before(settings.JOURNAL_MONTHS)
    )
    administration = {stream for stream in streams if stream.startswith("admin/")}
    return administration | {
        f"application/{pk}" for pk in cases.difference(closed.values_list("pk", flat=True))
    }


def _is_case(stream: str) -> bool:
    kind, _slash, number = stream.partition("/")
    return kind == "application" and number.isdigit()
