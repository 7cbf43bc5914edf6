"""What everybody may know of the department's work; no number below ten, so that nobody can be picked out."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from django.db.models import Q, Sum
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from degreetrack.applications.lifecycle import DESKS
from degreetrack.catalogue.models import Kind, ObjectionReason
from degreetrack.oversight import figures
from degreetrack.oversight.charts import Bar, number, ranges
from degreetrack.oversight.figures import Ages, is_issue
from degreetrack.oversight.rollup_models import EVERYWHERE, MoveFigure
from degreetrack.oversight.scopes import Scope
from degreetrack.oversight.stage_panels import time_bar
from degreetrack.oversight.stages import LABELS, LONGER, monday

FEWEST = 10
# As many objections as a reader remembers.
MOST = 5


@dataclass(frozen=True)
class Line:
    """A row of the page's tables."""

    label: str
    cells: tuple[str, ...]


@dataclass(frozen=True)
class Common:
    """An objection raised often: how often of a hundred, and how to avoid it."""

    reason: ObjectionReason
    share: int


@dataclass(frozen=True)
class OpenFigures:
    """All that the public page shows."""

    totals: list[Line]
    stages: list[Line]
    chart: SafeString
    right: int | None
    common: list[Common]


def open_figures(today: date) -> OpenFigures:
    """The figures of a day: this month and year, and how it went in the last 13 weeks."""
    scope = Scope(today)
    stages, chart = _stages(scope)
    weeks = figures.weeks(scope).values()
    approved, clean = sum(week.approved for week in weeks), sum(week.clean for week in weeks)
    right = round(100 * clean / approved) if approved >= FEWEST else None
    return OpenFigures(_totals(today), stages, chart, right, _common(scope))


def _totals(today: date) -> list[Line]:
    """Received and issued in this month and year, by kind and in all."""
    first, of_month = date(today.year, 1, 1), Q(day__gte=today.replace(day=1))
    rows = MoveFigure.objects.filter(
        office=EVERYWHERE, week__gte=monday(first), day__gte=first, day__lte=today
    )
    rows = rows.filter(verb__in=("submit", "dispatch", "hand_over"))
    columns: list[Counter[str]] = [Counter() for _column in range(4)]
    moves = rows.values_list("kind", "verb", "from_state")
    sums = moves.annotate(month=Sum("n", filter=of_month, default=0), year=Sum("n"))
    for kind, verb, before, month, year in sums:
        if verb == "submit" or is_issue(verb, before):
            place = 0 if verb == "submit" else 2
            columns[place][kind] += month
            columns[place + 1][kind] += year
    cells = [told({kind: column[kind] for kind in Kind.values}) for column in columns]
    lines = [Line(str(kind.label), tuple(cell[kind] for cell in cells)) for kind in Kind]
    return [*lines, Line(_("All"), tuple(few(column.total()) for column in columns))]


def few(n: int) -> str:
    """A number, or that it is small."""
    return number(n) if n >= FEWEST else _("fewer than 10")


def told(numbers: Mapping[str, int]) -> dict[str, str]:
    """Numbers that stand beside their sum; with a small one others are kept back, so that none can be
    worked out from the sum."""
    hidden = {name for name, n in numbers.items() if n < FEWEST}
    others = sorted(set(numbers) - hidden, key=lambda name: (numbers[name], name))
    while hidden and others and (len(hidden) < 2 or sum(numbers[name] for name in hidden) < FEWEST):
        hidden.add(others.pop(0))
    return {name: _("not shown") if name in hidden and n >= FEWEST else few(n) for name, n in numbers.items()}


def _stages(scope: Scope) -> tuple[list[Line], SafeString]:
    """How many wait at each stage, and how long it took those that left it."""
    backlog, stays = figures.backlog(scope), figures.stays(scope)
    lines, bars = [], []
    for state in DESKS:
        label, left = (
            str(LABELS[state]),
            stays.get((state, False), Counter()) + stays.get((state, True), Counter()),
        )
        enough = left.total() >= FEWEST
        half, most = (figures.within(left, share) if enough else None for share in (50, 90))
        lines.append(Line(label, (few(backlog.get(state, Ages()).total), _days(half), _days(most))))
        bars.append(time_bar(label, half, most) if enough else Bar(label, (), _("Too few to tell.")))
    return lines, ranges("times", _("Days in each stage"), bars)


def _days(days: int | None) -> str:
    if days is None:
        return _("too few to tell")
    return _("over 365") if days == LONGER else number(days)


def _common(scope: Scope) -> list[Common]:
    raised = figures.objections(scope)["reason"]
    every = sum(one.total for one in raised.values())
    often = [code for code, one in raised.items() if code and one.total >= FEWEST][:MOST]
    reasons = ObjectionReason.objects.in_bulk(often)
    return [
        Common(reasons[code], round(100 * raised[code].total / every)) for code in often if code in reasons
    ]
