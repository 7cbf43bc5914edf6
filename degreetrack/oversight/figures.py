"""Read the sums: each question costs one statement, however many applications there are."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Min, QuerySet, Sum

from degreetrack.applications.lifecycle import State
from degreetrack.oversight.rollup_models import (
    BacklogFigure,
    Counted,
    MoveFigure,
    ObjectionFigure,
    StayFigure,
)
from degreetrack.oversight.scopes import Scope
from degreetrack.oversight.stages import BANDS, monday

CLOSED = ("reject", "withdraw", "return")


def asked(figures: type[Any], scope: Scope) -> QuerySet[Any]:
    """The rows of an office and a kind."""
    rows = figures.objects.filter(office=scope.office)
    return rows.filter(kind=scope.kind) if scope.kind else rows


def counted_until() -> dict[str, datetime]:
    """Until when the moves and the backlog are counted; nothing of what never was."""
    return {one.what: one.at for one in Counted.objects.all() if one.at}


@dataclass
class Ages:
    """How many stand in a stage, by age, and since when the oldest does."""

    bands: list[int] = field(default_factory=lambda: [0] * (len(BANDS) + 1))
    oldest: datetime | None = None

    @property
    def total(self) -> int:
        """All of them."""
        return sum(self.bands)


def backlog(scope: Scope) -> dict[State, Ages]:
    """What stands in each state that is not an end, by age."""
    found: defaultdict[State, Ages] = defaultdict(Ages)
    rows = asked(BacklogFigure, scope).values_list("state", "band")
    for state, band, n, oldest in rows.annotate(Sum("n"), Min("oldest")):
        ages = found[State(state)]
        ages.bands[band] += n
        ages.oldest = min(oldest, ages.oldest or oldest)
    return found


@dataclass
class Week:
    """What a week brought."""

    came: int = 0
    done: int = 0
    closed: int = 0
    approved: int = 0
    clean: int = 0

    @property
    def right(self) -> float | None:
        """The share of a hundred that was approved without any objection; None where nothing was."""
        return 100 * self.clean / self.approved if self.approved else None


def weeks(scope: Scope) -> dict[date, Week]:
    """Each week of the scope, also where nothing happened.

    For the whole: what was received and what was issued for the first time. For a section: what came into its
    stages from outside them, and what left them.
    """
    found = {scope.since + timedelta(weeks=place): Week() for place in range(scope.weeks + 1)}
    rows = asked(MoveFigure, scope).filter(week__gte=scope.since, week__lte=monday(scope.today))
    moves = rows.values_list("week", "verb", "from_state", "to_state")
    for week, verb, from_state, to, n, clean in moves.annotate(Sum("n"), Sum("unobjected")):
        this = found[week]
        if scope.whole:
            this.came += n * (verb == "submit")
            this.done += n * is_issue(verb, from_state)
            this.closed += n * (verb in CLOSED)
        else:
            before, after = from_state in scope.stages, to in scope.stages
            this.came += n * (after and not before)
            this.done += n * (before and not after)
        if verb == "approve":
            this.approved += n
            this.clean += clean
    return found


def is_issue(verb: str, from_state: str) -> bool:
    """Whether a move sent or gave out a document for the first time."""
    return verb in ("dispatch", "hand_over") and from_state == State.SIGNED


@dataclass
class Flow:
    """Into and out of a stage, day by day."""

    came: Counter[date] = field(default_factory=Counter)
    left: Counter[date] = field(default_factory=Counter)


def flows(scope: Scope, *, days: int) -> dict[State, Flow]:
    """What came into and left each stage on each of so many days before today."""
    since, until = scope.today - timedelta(days=days), scope.today - timedelta(days=1)
    rows = asked(MoveFigure, scope).filter(week__gte=monday(since), day__gte=since, day__lte=until)
    found: defaultdict[State, Flow] = defaultdict(Flow)
    for day, from_state, to, n in rows.values_list("day", "from_state", "to_state").annotate(Sum("n")):
        if from_state != to:
            found[State(to)].came[day] += n
            if from_state:
                found[State(from_state)].left[day] += n
    return found


def stays(scope: Scope) -> dict[tuple[State, bool], Counter[int]]:
    """How many left each stage after how many days, ordinary and urgent."""
    found: defaultdict[tuple[State, bool], Counter[int]] = defaultdict(Counter)
    rows = asked(StayFigure, scope).filter(week__gte=scope.since, week__lte=monday(scope.today))
    for state, urgent, days, n in rows.values_list("state", "urgent", "days").annotate(Sum("n")):
        found[State(state), urgent][days] += n
    return found


def within(stays_of: Counter[int], share: int) -> int | None:
    """The days within which so many of a hundred were done; None where there were none."""
    wanted, reached = stays_of.total() * share, 0
    for days, n in sorted(stays_of.items()):
        reached += 100 * n
        if reached >= wanted:
            return days
    return None


@dataclass
class Raised:
    """Objections, for the first time and again."""

    first: int = 0
    again: int = 0

    @property
    def total(self) -> int:
        """All of them."""
        return self.first + self.again

    @property
    def share(self) -> float | None:
        """How many of a hundred were raised on applications objected to before."""
        return 100 * self.again / self.total if self.total else None

    def add(self, n: int, *, repeat: bool) -> None:
        """Count some more."""
        self.again += n * repeat
        self.first += n * (not repeat)


def objections(scope: Scope) -> dict[str, dict[str, Raised]]:
    """Objections by "reason", by "region" and by "section", most first."""
    found: dict[str, defaultdict[str, Raised]] = {
        name: defaultdict(Raised) for name in ("reason", "region", "section")
    }
    rows = _raised(scope).values_list("section", "dimension", "value", "repeat").annotate(Sum("n"))
    for section, dimension, value, repeat, n in rows:
        found[dimension][value].add(n, repeat=repeat)
        if dimension == "reason":
            found["section"][section].add(n, repeat=repeat)
    return {
        name: dict(sorted(by.items(), key=lambda one: (-one[1].total, one[0]))) for name, by in found.items()
    }


def repeats(scope: Scope) -> dict[date, Raised]:
    """Objections of each week of the scope."""
    found = {scope.since + timedelta(weeks=place): Raised() for place in range(scope.weeks + 1)}
    rows = _raised(scope).filter(dimension="reason").values_list("week", "repeat").annotate(Sum("n"))
    for week, repeat, n in rows:
        found[week].add(n, repeat=repeat)
    return found


def _raised(scope: Scope) -> QuerySet[Any]:
    rows = asked(ObjectionFigure, scope).filter(week__gte=scope.since, week__lte=monday(scope.today))
    return rows.filter(section=scope.section) if scope.section else rows
