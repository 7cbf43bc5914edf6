"""How far a change of targets or holidays has come."""

from django.db import models


class Redue(models.Model):
    """A change of targets or holidays that the days of all open files are to follow."""

    fingerprint = models.CharField(max_length=64, help_text="of the timetable that they follow")
    made_at = models.DateTimeField()
    last_key = models.BigIntegerField(default=0, help_text="files up to this one are done")
    changed = models.PositiveIntegerField(default=0)
    leased_until = models.DateTimeField(null=True)
    done = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["done"], name="one_open_redue", condition=models.Q(done=False))
        ]

    def __str__(self) -> str:
        return f"{self.made_at:%Y-%m-%d %H:%M}: {self.changed} changed"
