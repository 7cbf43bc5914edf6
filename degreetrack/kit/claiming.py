"""Rows as a queue: any number of workers claim what is due, and a killed worker's claim runs out."""

from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.db import connection, transaction
from django.db.models import Model, Q, QuerySet

Row = TypeVar("Row", bound=Model)
# As far the clocks of machines may be apart.
SLACK = timedelta(minutes=15)


def lapsed(now: datetime, *, longest: timedelta) -> Q:
    """A lease that is over, or that ends later than any can: it was given before the clock was set back."""
    return Q(leased_until__lt=now) | Q(leased_until__gt=now + longest + SLACK)


def claim[Row: Model](
    due: QuerySet[Row], *, now: datetime, lease: timedelta, limit: int, **also: Any
) -> list[Row]:
    """Lease up to `limit` rows of `due` by their `leased_until`; nobody else gets them until then.

    `also` is written to their other columns; the rows returned are as they were before.
    """
    free = due.filter(Q(leased_until__isnull=True) | lapsed(now, longest=lease))
    with transaction.atomic():
        if connection.features.has_select_for_update_skip_locked:
            free = free.select_for_update(skip_locked=True)
        rows = list(free[:limit])
        due.model._default_manager.filter(pk__in=[row.pk for row in rows]).update(
            leased_until=now + lease, **also
        )
    for row in rows:
        row.leased_until = now + lease  # type: ignore[attr-defined]
    return rows
