"""When a backlog clears: at the pace of the last four weeks, as a range, and honestly where it does not."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from math import ceil, sqrt
from statistics import mean, stdev

from degreetrack.oversight.figures import Flow

DAYS = 28
# Half of all means of as many days lie within so many standard errors: from the 25th to the 75th percentile.
HALF = 0.6745
# Further away than that a pace of four weeks says nothing.
FURTHEST = 260


@dataclass(frozen=True)
class Clearing:
    """A stage's backlog and its pace, per working day; ranges in working days, early and late.

    `through`: until all that waits today has left. `empty`: until nothing waits, with what still comes;
    its late end is None where it may never be, and it is None where the backlog does not shrink.
    """

    waiting: int
    came: float
    left: float
    through: tuple[int, int] | None
    empty: tuple[int, int | None] | None
    growth: int


def clearing(
    waiting: int, flow: Flow, *, today: date, holidays: Collection[date], weekend: Collection[int]
) -> Clearing:
    """The forecast for one stage, from the 28 days before today."""
    came, left = (_by_working_day(of, today, holidays, weekend) for of in (flow.came, flow.left))
    if len(came) < 2:
        return Clearing(waiting, 0, 0, None, None, 0)
    net = [out - into for out, into in zip(left, came, strict=True)]
    through = _range(waiting, *_pace(left))
    empty = _range(waiting, *_pace(net))
    growth = round(-mean(net) * (7 - len(set(weekend))))
    return Clearing(
        waiting,
        mean(came),
        mean(left),
        (through[0], through[1] or FURTHEST) if through else None,
        empty,
        growth,
    )


def _by_working_day(
    counts: dict[date, int], today: date, holidays: Collection[date], weekend: Collection[int]
) -> list[int]:
    """The number of each working day; what was done on a day of rest counts to the working day after."""
    days: list[int] = []
    over = 0
    for place in range(DAYS, 0, -1):
        day = today - timedelta(days=place)
        over += counts.get(day, 0)
        if day not in holidays and day.weekday() not in weekend:
            days.append(over)
            over = 0
    if days:
        days[-1] += over
    return days


def _pace(days: list[int]) -> tuple[float, float]:
    """The 75th and 25th percentile of what the mean of as many such days may be: fast and slow."""
    spread = HALF * stdev(days) / sqrt(len(days))
    return mean(days) + spread, mean(days) - spread


def _range(waiting: int, fast: float, slow: float) -> tuple[int, int | None] | None:
    """From fast to slow, working days until so many are gone; None where even the fast pace gains nothing."""
    if fast <= 0:
        return None
    early = ceil(waiting / fast)
    if early > FURTHEST:
        return None
    late = ceil(waiting / slow) if slow > 0 else None
    return early, late if late is None or late <= FURTHEST else None
