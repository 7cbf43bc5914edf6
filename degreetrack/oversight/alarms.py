"""Telling staff that somebody walks through numbers: how and how often, nothing of anybody."""

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from degreetrack.accounts.models import Actor, Role, User
from degreetrack.catalogue.services import institution
from degreetrack.journal.services import record
from degreetrack.notifications.models import Priority
from degreetrack.notifications.services import queue

WATCH = Actor("look-up")
STREAM = "site/look-up"


def tell_of_guessing(how: str, *, misses: int) -> int:
    """Journal it, and write to every Controller and administrator; say to how many."""
    told = Q(section__rights__role=Role.CONTROLLER) | Q(is_superuser=True)
    readers = User.objects.filter(told, is_active=True).exclude(email="").distinct().order_by("pk")
    with transaction.atomic():
        record(STREAM, "guessing", by=WATCH, after={"how": how, "misses": misses})
        for user in readers:
            queue(
                "guessing",
                stream=f"user/{user.pk}",
                email=user.email,
                mobile="",
                language=user.language,
                context={
                    "name": user.display_name,
                    "institution": institution().short_name,
                    "how": how,
                    "misses": misses,
                    "site": settings.SITE_URL,
                },
                priority=Priority.AT_ONCE,
            )
    return len(readers)
