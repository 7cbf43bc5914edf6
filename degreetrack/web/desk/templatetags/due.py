"""{% due application %}: by when a file is to leave its stage, in words and with a sign."""

from typing import Any

from django import template
from django.utils import timezone

from degreetrack.applications.models import Application

register = template.Library()


@register.inclusion_tag("desk/_due.html")
def due(application: Application) -> dict[str, Any]:
    """How its day stands to today; lateness counts in days of the calendar, as everybody counts it."""
    day = application.due_on
    left = (day - timezone.localdate()).days if day else None
    return {"day": day, "left": left, "over": -left if left is not None and left < 0 else 0}
