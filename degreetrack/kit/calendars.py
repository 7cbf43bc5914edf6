"""Dates as the university counts them, never ending on a day it is closed."""

from collections.abc import Collection
from datetime import date, timedelta


def limit_date(start: date, days: int, *, holidays: Collection[date], weekend: Collection[int]) -> date:
    """Return the last day of a limit of `days`, moved past weekend days (Monday is 0) and holidays."""
    last = start + timedelta(days=days)
    while last in holidays or last.weekday() in weekend:
        last += timedelta(days=1)
    return last


def working_date(start: date, days: int, *, holidays: Collection[date], weekend: Collection[int]) -> date:
    """Return the day that is `days` working days after the start."""
    day = start
    for _day in range(days):
        day = limit_date(day, 1, holidays=holidays, weekend=weekend)
    return day


def working_days_between(
    start: date, end: date, *, holidays: Collection[date], weekend: Collection[int]
) -> int:
    """Count the working days after the start, up to the end and with it; 0 where the end is no later."""
    whole, rest = divmod(max(0, (end - start).days), 7)
    days = whole * (7 - len(set(weekend)))
    days += sum((start.weekday() + day) % 7 not in weekend for day in range(1, rest + 1))
    return days - sum(start < day <= end and day.weekday() not in weekend for day in holidays)
