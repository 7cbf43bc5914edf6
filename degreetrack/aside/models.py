"""What is set aside: columns and constraints only."""

from django.db import models


class Aside(models.Model):
    """A row with which a job failed: it rests ever longer between tries, and at last is set aside."""

    job = models.CharField(max_length=30)
    row = models.CharField(max_length=40, blank=True, help_text="'payment/17'; empty: the job as a whole")
    fault = models.CharField(max_length=150, help_text="kind and place; its words may name a person")
    tries = models.PositiveSmallIntegerField(default=0)
    since = models.DateTimeField()
    again_at = models.DateTimeField(help_text="no try before")
    set_aside_at = models.DateTimeField(null=True, help_text="since when it waits for a person")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["job", "row"], name="aside_once")]

    def __str__(self) -> str:
        return f"{self.job} {self.row}: {self.fault}"

    @property
    def stream(self) -> str:
        """Where the journal tells of it: at the row itself, else at the job."""
        return self.row or f"job/{self.job}"
