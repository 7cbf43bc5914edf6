"""How long a file may lie at each desk, as the university sets it."""

from django.db import models

# Where a file waits on the university; elsewhere it waits on the applicant, is under way or has ended.
STAGES = ("received", "answered", "checked", "verified", "approved", "printed", "signed")


class Target(models.Model):
    """In how many working days a file is to leave a stage; the row of its kind goes before that of any."""

    state = models.CharField(max_length=11)
    kind = models.CharField(max_length=6, blank=True, help_text="empty: any")
    urgent = models.BooleanField()
    days = models.PositiveSmallIntegerField(help_text="working days")
    escalate_days = models.PositiveSmallIntegerField(
        help_text="working days past the target until it goes to the Controller"
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["state", "kind", "urgent"], name="target_once")]
        ordering = ["state", "kind", "urgent"]

    def __str__(self) -> str:
        return f"{self.state} {self.kind or 'any'}{' urgent' if self.urgent else ''}: {self.days}"
