"""How the worker's jobs have been doing, for all workers together."""

from django.db import models


class JobRun(models.Model):
    """One job of the worker: when it last went well, how long it took, how often it failed."""

    name = models.CharField(primary_key=True, max_length=60)
    succeeded_at = models.DateTimeField(null=True)
    seconds = models.FloatField(default=0, help_text="of the last run that went well")
    failures = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return self.name
