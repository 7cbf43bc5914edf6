"""The page of figures: the numbers wanted first, then panel by panel, each chart with its rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from degreetrack.applications.lifecycle import State
from degreetrack.oversight import figures
from degreetrack.oversight.charts import day_label, number, weekly
from degreetrack.oversight.figures import Ages, Raised, Week
from degreetrack.oversight.objection_panels import by_reason, by_region, by_section, right
from degreetrack.oversight.panel import Cell, Panel
from degreetrack.oversight.scopes import Scope
from degreetrack.oversight.stage_panels import ages, clears, times


@dataclass(frozen=True)
class Page:
    """All that the page shows: the tiles' labels and numbers, and the panels."""

    tiles: list[tuple[str, str]]
    panels: list[Panel]

    def panel(self, name: str) -> Panel | None:
        """One panel by its name."""
        return next((panel for panel in self.panels if panel.name == name), None)


def page(scope: Scope) -> Page:
    """Every panel of a scope, in the order in which the department asks."""
    backlog, weeks = figures.backlog(scope), figures.weeks(scope)
    raised, repeats = figures.objections(scope), figures.repeats(scope)
    marks = [day_label(week) for week in weeks]
    marks[-1] = _("this week")
    panels = [
        ages(scope, backlog),
        _throughput(scope, weeks, marks),
        times(scope),
        clears(scope, backlog),
        by_reason(raised["reason"]),
        by_section(raised["section"]),
        by_region(raised["region"]),
        right(weeks, repeats, marks),
    ]
    return Page(_tiles(scope, backlog, list(weeks.values()), list(repeats.values())), panels)


def _tiles(
    scope: Scope, backlog: dict[State, Ages], weeks: Sequence[Week], repeats: Sequence[Raised]
) -> list[tuple[str, str]]:
    standing = [backlog.get(state, Ages()) for state in scope.stages]
    approved, clean = sum(week.approved for week in weeks), sum(week.clean for week in weeks)
    again = Raised(sum(one.first for one in repeats), sum(one.again for one in repeats)).share
    return [
        (_("Waiting now"), number(sum(one.total for one in standing))),
        (_("of these over 30 days in one stage"), number(sum(sum(one.bands[3:]) for one in standing))),
        (_("Received") if scope.whole else _("Came in"), number(sum(week.came for week in weeks))),
        (_("Issued") if scope.whole else _("Done"), number(sum(week.done for week in weeks))),
        (_("Approved without any objection"), _share(100 * clean / approved if approved else None)),
        (_("Objections that were repeats"), _share(again)),
    ]


def _share(share: float | None) -> str:
    return "–" if share is None else f"{number(round(share))}%"


def _throughput(scope: Scope, weeks: dict[date, Week], marks: list[str]) -> Panel:
    title = _("Received and issued, week by week") if scope.whole else _("Into and out of your stages")
    names = (_("Received"), _("Issued")) if scope.whole else (_("Came in"), _("Done"))
    rows: list[tuple[Cell, ...]] = [(week, one.came, one.done) for week, one in weeks.items()]
    columns: tuple[str, ...] = (_("Week from"), *names)
    if scope.whole:
        columns += (_("Rejected, withdrawn or returned"),)
        rows = [(*row, one.closed) for row, one in zip(rows, weeks.values(), strict=True)]
    series = [[one.came for one in weeks.values()], [one.done for one in weeks.values()]]
    return Panel(
        name="throughput",
        title=title,
        reading=_("While the first bar of a week is the taller one, the backlog grows."),
        columns=columns,
        rows=rows,
        svg=weekly("throughput", title, list(weeks), series, marks),
        legend=((5, names[0]), (0, names[1])),
    )
