"""Panels of objections: by reason, by region, by section, and how much is right the first time."""

from datetime import date

from django.utils.translation import gettext as _

from degreetrack.accounts.models import Section
from degreetrack.catalogue.models import ObjectionReason, Region
from degreetrack.oversight.charts import Bar, lines, stacked
from degreetrack.oversight.figures import Raised, Week
from degreetrack.oversight.panel import Cell, Panel

# As many rows as a chart can hold; its table holds all.
MOST = 10


def by_reason(raised: dict[str, Raised]) -> Panel:
    """What is wrong most often."""
    words = {reason.pk: reason.text for reason in ObjectionReason.objects.all()}
    return _panel(
        "reasons",
        _("Objections by reason"),
        _("Each time one was raised counts. A repeat is raised on an application objected to before."),
        _("Reason"),
        [
            (words.get(code, code) if code else _("In a clerk's own words"), one)
            for code, one in raised.items()
        ],
    )


def by_region(raised: dict[str, Raised]) -> Panel:
    """Where the applicants are whose papers are objected to."""
    names = {region.pk: region.name for region in Region.objects.all()}
    return _panel(
        "regions",
        _("Objections by region"),
        _("By the region of the student, not by the office that received the application."),
        _("Region"),
        [(names.get(code, code), one) for code, one in raised.items()],
    )


def by_section(raised: dict[str, Raised]) -> Panel:
    """Who raises them."""
    names = {section.pk: section.name for section in Section.objects.all()}
    return _panel(
        "sections",
        _("Objections by section"),
        _("By the section of whoever raised them; the ledger raises those of fees that fell short."),
        _("Section"),
        [(names.get(code, code) if code else _("The ledger"), one) for code, one in raised.items()],
    )


def _panel(name: str, title: str, reading: str, what: str, raised: list[tuple[str, Raised]]) -> Panel:
    if len(raised) > MOST:
        reading = " ".join([reading, _("The ten largest are drawn; the table has all.")])
    rows: list[tuple[Cell, ...]] = [
        (label, one.first, one.again, one.total, round(one.share or 0)) for label, one in raised
    ]
    return Panel(
        name=name,
        title=title,
        reading=reading,
        columns=(what, _("For the first time"), _("Repeats"), _("All"), _("Repeats, of a hundred")),
        rows=rows,
        svg=stacked(name, title, [Bar(label, (one.first, one.again)) for label, one in raised[:MOST]]),
        legend=((0, _("for the first time")), (1, _("repeats"))),
    )


def right(weeks: dict[date, Week], repeats: dict[date, Raised], marks: list[str]) -> Panel:
    """How much is right the first time, and how much is objected to again, week by week."""
    title = _("First time right, and repeats")
    both = [(week, one, repeats[week]) for week, one in weeks.items()]
    shares = [[one.right for _week, one, _raised in both], [raised.share for _week, _one, raised in both]]
    return Panel(
        name="right",
        title=title,
        reading=_("Of a hundred approvals, those never objected to; of a hundred objections, the repeats."),
        columns=(
            _("Week from"),
            _("Approved"),
            _("of these without any objection"),
            _("Of a hundred"),
            _("Objections"),
            _("of these repeats"),
            _("Of a hundred"),
        ),
        rows=[
            (
                week,
                one.approved,
                one.clean,
                _whole(one.right),
                raised.total,
                raised.again,
                _whole(raised.share),
            )
            for week, one, raised in both
        ],
        svg=lines("right", title, list(weeks), shares, marks),
        marks=(("full", _("approved without any objection")), ("dashed", _("objections that were repeats"))),
    )


def _whole(share: float | None) -> int | None:
    return None if share is None else round(share)
