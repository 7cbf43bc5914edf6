"""Dates as the university counts them: by the calendar, never ending on a day it is closed."""

from collections.abc import Collection
from datetime import date, timedelta


def limit_date(start: date, days: int, *, holidays: Collection[date], weekend: Collection[int]) -> date:
    """Return the last day of a limit of `days`, moved past weekend days (Monday is 0) and holidays."""
    last = start + timedelta(days=days)
    while last in holidays or last.weekday() in weekend:
        last += timedelta(days=1)
    return last
