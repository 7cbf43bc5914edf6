"""Sums that pages read; how many rows there are does not depend on the number of applications.

Each thing is summed twice: at the office that received the application, and over all ("*").
"""

from django.db import models

from degreetrack.applications.lifecycle import State
from degreetrack.catalogue.models import Kind

EVERYWHERE = "*"
_OFFICE_HELP = "code of the region that received them; empty headquarters; * all together"


class _Figure(models.Model):
    """A number of some kind of application at an office."""

    office = models.CharField(max_length=50, blank=True, help_text=_OFFICE_HELP)
    kind = models.CharField(max_length=6, choices=Kind)
    n = models.PositiveIntegerField()

    class Meta:
        abstract = True


class BacklogFigure(_Figure):
    """How many stood in a state, and since when, when they were counted last."""

    state = models.CharField(max_length=11, choices=State)
    urgent = models.BooleanField()
    band = models.PositiveSmallIntegerField(help_text="place in stages.BANDS")
    oldest = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["office", "state", "kind", "urgent", "band"], name="backlog_figure_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.office} {self.state}: {self.n}"


class MoveFigure(_Figure):
    """How many moves were made on a day; `unobjected` are those of applications never objected to so far."""

    week = models.DateField(help_text="its Monday")
    day = models.DateField()
    verb = models.CharField(max_length=30)
    from_state = models.CharField(max_length=11, blank=True)
    to_state = models.CharField(max_length=11)
    urgent = models.BooleanField()
    unobjected = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["office", "week", "day", "verb", "from_state", "to_state", "kind", "urgent"],
                name="move_figure_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.day:%Y-%m-%d} {self.office} {self.verb}: {self.n}"


class StayFigure(_Figure):
    """How many left a stage in a week after so many days: a histogram, so that weeks add up to any range."""

    week = models.DateField(help_text="the Monday of the week in which they left")
    state = models.CharField(max_length=11, choices=State)
    urgent = models.BooleanField()
    days = models.PositiveSmallIntegerField(help_text="at most so many: one of stages.DAYS")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["office", "week", "state", "kind", "urgent", "days"], name="stay_figure_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.week:%Y-%m-%d} {self.office} {self.state}: {self.n} in {self.days} days"


class ObjectionFigure(_Figure):
    """How many objections a section raised in a week, by reason, and again by region."""

    week = models.DateField(help_text="its Monday")
    section = models.CharField(max_length=50, blank=True, help_text="code; empty for the ledger")
    dimension = models.CharField(max_length=6, help_text="reason or region: what `value` is a code of")
    value = models.CharField(max_length=50, blank=True, help_text="empty for words of a person's own")
    repeat = models.BooleanField(help_text="on an application that was objected to before")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["office", "week", "section", "dimension", "value", "kind", "repeat"],
                name="objection_figure_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.week:%Y-%m-%d} {self.office} {self.value}: {self.n}"


class Counted(models.Model):
    """How far counting has come; whoever counts holds its row."""

    what = models.CharField(primary_key=True, max_length=10, help_text="moves or backlog")
    upto = models.BigIntegerField(default=0, help_text="the last entry of the journal that is counted")
    at = models.DateTimeField(null=True, help_text="everything until then is counted")

    def __str__(self) -> str:
        return f"{self.what} counted up to {self.at}"
