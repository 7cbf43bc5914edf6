"""The limits of an application: how long its applicant has, when they get more, when they are reminded."""

from datetime import date, timedelta

from django.utils import timezone

from degreetrack.applications.lifecycle import State
from degreetrack.applications.models import Application
from degreetrack.catalogue.services import holidays, institution
from degreetrack.kit.calendars import limit_date


def begin(application: Application, *, on: date) -> None:
    """Set the limit of the state it has come to, past holidays; states without one get none."""
    application.limit_on = application.limit_from = application.remind_on = None
    if application.state not in (State.OBJECTED, State.RETURNED):
        return
    uni = institution()
    days = uni.objection_days if application.state == State.OBJECTED else uni.revive_days
    application.limit_from = on
    application.limit_on = limit_date(on, days, holidays=holidays(), weekend=uni.weekend)
    if application.state == State.OBJECTED:
        application.extended_at = None
        application.remind_on = next_reminder(application, after=on)


def extend(application: Application, *, on: date) -> None:
    """Add the institution's extension to the limit, past holidays, with a reminder the day before it."""
    uni = institution()
    application.limit_on = limit_date(
        application.limit_on or on, uni.extension_days, holidays=holidays(), weekend=uni.weekend
    )
    application.remind_on = next_reminder(application, after=on)


def next_reminder(application: Application, *, after: date) -> date | None:
    """The first day after a given one on which the applicant is reminded; None when there is no other."""
    limit_on = application.limit_on
    if limit_on is None:
        return None
    start = application.limit_from or timezone.localdate(application.state_since)
    days = [start + timedelta(days=number) for number in institution().reminder_days]
    if application.extended_at:
        days.append(limit_on - timedelta(days=1))
    return min((day for day in days if after < day <= limit_on), default=None)
