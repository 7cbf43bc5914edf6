"""What cases took of late, by stage: the rows that forecasts are read from."""

from django.db import models

from degreetrack.applications.lifecycle import State
from degreetrack.catalogue.models import Kind


class Forecast(models.Model):
    """How many days from entering a stage until done, as it really was of late."""

    kind = models.CharField(max_length=6, choices=Kind)
    urgent = models.BooleanField()
    state = models.CharField(max_length=11, choices=State)
    cases = models.PositiveIntegerField(help_text="how many were done in the window")
    early = models.PositiveSmallIntegerField(help_text="days by which half were done")
    late = models.PositiveSmallIntegerField(help_text="days by which 85 of 100 were done")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "urgent", "state"], name="forecast_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.state}: {self.early} to {self.late} days"


class ForecastDay(models.Model):
    """A day's forecasts to make; the worker that claims it makes them."""

    day = models.DateField(primary_key=True)
    leased_until = models.DateTimeField(null=True)
    done = models.BooleanField(default=False)

    def __str__(self) -> str:
        return f"{self.day:%Y-%m-%d}"
