"""Panels by stage: what waits and how old it is, how long it takes, when it clears."""

from collections import Counter
from datetime import date

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from degreetrack.applications.lifecycle import DESKS, State
from degreetrack.catalogue.services import holidays, institution
from degreetrack.kit.calendars import working_date
from degreetrack.oversight import figures
from degreetrack.oversight.charts import Bar, number, ranges, stacked
from degreetrack.oversight.clearing import DAYS, Clearing, clearing
from degreetrack.oversight.figures import Ages, Flow
from degreetrack.oversight.panel import Cell, Panel, shown
from degreetrack.oversight.scopes import Scope
from degreetrack.oversight.stages import BAND_LABELS, LABELS, LONGER, WITH_APPLICANT


def whose(state: State) -> str:
    """Who has it in that state."""
    if state in DESKS:
        return str(DESKS[state].label)
    return _("Applicant") if state in WITH_APPLICANT else _("Courier")


def ages(scope: Scope, backlog: dict[State, Ages]) -> Panel:
    """What waits, by stage, section and age."""
    title = _("Backlog by stage and age")
    elsewhere = (*WITH_APPLICANT, State.DISPATCHED) if scope.whole else ()
    rows: list[tuple[Cell, ...]] = []
    for state in (*scope.stages, *elsewhere):
        one = backlog.get(state, Ages())
        oldest = (scope.today - timezone.localdate(one.oldest)).days if one.oldest else None
        rows.append((str(LABELS[state]), whose(state), *one.bands, one.total, oldest))
    bands = tuple(str(label) for label in BAND_LABELS)
    # Where the applicant or the courier has it, no desk can shorten the wait: those stand in the table only.
    bars = [Bar(f"{LABELS[state]} · {whose(state)}", tuple(_bands(backlog, state))) for state in scope.stages]
    return Panel(
        name="backlog",
        title=title,
        reading=_("How many stand in each stage now, by the days since they came there."),
        columns=(_("Stage"), _("Section"), *bands, _("All"), _("Days of the oldest")),
        rows=rows,
        svg=stacked("backlog", title, bars),
        legend=tuple(enumerate(bands)),
    )


def _bands(backlog: dict[State, Ages], state: State) -> list[int]:
    return backlog.get(state, Ages()).bands


def times(scope: Scope) -> Panel:
    """How long a stage took those that left it."""
    title = _("Days in each stage")
    stays = figures.stays(scope)
    elsewhere = (State.OBJECTED, State.DISPATCHED) if scope.whole else ()
    rows, bars = [], []
    for state in (*scope.stages, *elsewhere):
        ordinary, urgent = stays.get((state, False), Counter()), stays.get((state, True), Counter())
        both = ordinary + urgent
        halves = [figures.within(some, share) for some in (both, ordinary, urgent) for share in (50, 90)]
        rows.append((str(LABELS[state]), *(_days(days) for days in halves), both.total()))
        bars.append(time_bar(str(LABELS[state]), halves[0], halves[1]))
    return Panel(
        name="times",
        title=title,
        reading=_(
            "Of those that left a stage in this time: half by the full point, nine of ten by the ring."
        ),
        columns=(
            _("Stage"),
            _("Half within days"),
            _("Nine of ten within days"),
            _("Half, ordinary"),
            _("Nine of ten, ordinary"),
            _("Half, urgent"),
            _("Nine of ten, urgent"),
            _("How many left it"),
        ),
        rows=rows,
        svg=ranges("times", title, bars),
        marks=(("full", _("half")), ("ring", _("nine of ten"))),
    )


def time_bar(label: str, half: int | None, most: int | None) -> Bar:
    """The row of a stage in the chart of days."""
    if half is None or most is None:
        return Bar(label, (), _("Nothing left it in this time."))
    words = _("half within %(half)s days, nine of ten within %(most)s")
    return Bar(label, (min(half, 400), min(most, 400)), words % {"half": _days(half), "most": _days(most)})


def _days(days: int | None) -> Cell:
    return _("over 365") if days == LONGER else days


def clears(scope: Scope, backlog: dict[State, Ages]) -> Panel:
    """When each stage's backlog clears."""
    title = _("When the backlog clears")
    flows, closed, weekend = figures.flows(scope, days=DAYS), holidays(), institution().weekend

    def on(days: int | None) -> date | None:
        return None if days is None else working_date(scope.today, days, holidays=closed, weekend=weekend)

    rows, bars = [], []
    for state in scope.stages:
        waiting, flow = backlog.get(state, Ages()).total, flows.get(state, Flow())
        found = clearing(waiting, flow, today=scope.today, holidays=closed, weekend=weekend)
        through, empty = found.through or (None, None), found.empty or (None, None)
        label, words = str(LABELS[state]), _words(found, on(empty[0]), on(empty[1]))
        moments = (*(on(days) for days in through), *(on(days) for days in empty))
        rows.append((label, waiting, round(found.came, 1), round(found.left, 1), *moments, words))
        bars.append(Bar(label, found.through if waiting and found.through else (), words))
    return Panel(
        name="clearing",
        title=title,
        reading=_(
            "At the pace of the last four weeks. The line: in how many working days all that waits today "
            "has left. The words: when nothing waits any more, with what still comes in."
        ),
        columns=(
            _("Stage"),
            _("Waiting"),
            _("Came in per working day"),
            _("Left per working day"),
            _("Today's queue through, early"),
            _("Today's queue through, late"),
            _("Cleared, early"),
            _("Cleared, late"),
            _("In words"),
        ),
        rows=rows,
        svg=ranges("clearing", title, bars),
        marks=(("full", _("early")), ("ring", _("late"))),
    )


def _words(found: Clearing, early: date | None, late: date | None) -> str:
    """The forecast as a sentence."""
    if not found.waiting:
        return _("Nothing waits.")
    if not found.came and not found.left:
        return _("Nothing came or left in four weeks.")
    if early and late:
        days = {"early": shown(early), "late": shown(late)}
        return _("Clears between %(early)s and %(late)s.") % days
    if early:
        return _("Clears on %(early)s at the earliest, perhaps never.") % {"early": shown(early)}
    if found.growth >= 1:
        return ngettext(
            "Does not clear at this rate: it grows by %(n)s a week.",
            "Does not clear at this rate: it grows by %(n)s a week.",
            found.growth,
        ) % {"n": number(found.growth)}
    if found.growth <= -1:
        return _("Shrinks, but does not clear within a year at this rate.")
    return _("Does not clear at this rate: as much comes as goes.")
