"""Whether this machine and the database agree on what time it is."""

import logging
from datetime import datetime, timedelta

from django.db import connection
from django.utils import timezone

log = logging.getLogger("degreetrack.clock")
MOST_APART = timedelta(minutes=1)


def compare_clocks(*, now: datetime | None = None) -> timedelta:
    """How far ahead of the database's clock ours is; more than a minute is told in the log.

    Leases, days and codes go by this machine's clock. SQLite has no clock of its own.
    """
    if connection.vendor != "postgresql":
        return timedelta()
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        ahead: timedelta = (now or timezone.now()) - cursor.fetchone()[0]
    if abs(ahead) > MOST_APART:
        log.error(
            "this machine's clock is %d s ahead of the database's: set both by NTP", ahead.total_seconds()
        )
    return ahead
