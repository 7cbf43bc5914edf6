"""How the department divides its work and its days: stages, whose they are, ages, lengths of stay."""

from datetime import date, timedelta

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from degreetrack.applications.lifecycle import State

WITH_APPLICANT = (State.OBJECTED, State.UNDELIVERED, State.RETURNED)
LABELS: dict[State, str | Promise] = {
    State.RECEIVED: _("Waiting for checking"),
    State.ANSWERED: _("Answered, waiting for checking"),
    State.CHECKED: _("Waiting for verification"),
    State.VERIFIED: _("Waiting for approval"),
    State.APPROVED: _("Waiting for printing"),
    State.PRINTED: _("Waiting for signature"),
    State.SIGNED: _("Waiting for dispatch"),
    State.OBJECTED: _("With the applicant: objections"),
    State.UNDELIVERED: _("With the applicant: came back undelivered"),
    State.RETURNED: _("Returned incomplete, may be revived"),
    State.DISPATCHED: _("With the courier"),
}
# Days in a stage, at most; the last band is older.
BANDS = (7, 14, 30, 60, 90)
BAND_LABELS = (
    _("up to 7 days"),
    _("8 to 14 days"),
    _("15 to 30 days"),
    _("31 to 60 days"),
    _("61 to 90 days"),
    _("over 90 days"),
)
# Lengths of stay are told apart by these: to the day up to ten days, more coarsely after.
DAYS = (*range(11), 12, 14, 17, 21, 25, 30, 35, 42, 50, 60, 75, 90, 120, 180, 365)
LONGER = 9999


def monday(day: date) -> date:
    """The first day of the week of a day."""
    return day - timedelta(days=day.weekday())


def rounded_up(days: int) -> int:
    """The length by which a stay is counted: never shorter than it was."""
    return next((edge for edge in DAYS if days <= edge), LONGER)
