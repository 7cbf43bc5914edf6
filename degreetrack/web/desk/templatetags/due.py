"""How a file stands, in the words of the desk: its stage, since how many days, and by when it is to leave."""

from typing import Any

from django import template
from django.utils import timezone

from degreetrack.applications.lifecycle import DESK_LABELS, State
from degreetrack.applications.models import Application

register = template.Library()


@register.filter
def at_desk(state: str) -> str:
    """The words for a state as the staff read it."""
    return str(DESK_LABELS.get(State(state), State(state).label))


@register.filter
def days_here(application: Application) -> int:
    """For how many days of the calendar it has stood where it stands."""
    return (timezone.localdate() - timezone.localdate(application.state_since)).days


@register.inclusion_tag("desk/_due.html")
def due(application: Application, near_only: bool = False) -> dict[str, Any]:
    """How its day stands to today; lateness counts in days of the calendar, as everybody counts it.

    With `near_only` a day that lies further off is told elsewhere.
    """
    day = application.due_on
    left = (day - timezone.localdate()).days if day else None
    if near_only and left is not None and left > 1:
        return {"near_only": True}
    return {"day": day, "left": left, "over": -left if left is not None and left < 0 else 0}
