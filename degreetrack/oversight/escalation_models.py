"""Escalations of late files, and the mornings on which digests went out."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from degreetrack.applications.models import Application


class Level(models.IntegerChoices):
    """To whom a late file goes: first to who heads its section, then to the Controller."""

    SUPERVISOR = 1, _("Supervisor")
    CONTROLLER = 2, _("Controller of Examinations")


class Escalation(models.Model):
    """A late file that one named officer answers for until it moves on."""

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="escalations")
    state = models.CharField(max_length=11)
    since = models.DateTimeField(help_text="when the file came to that stage: each stay is escalated once")
    due_on = models.DateField()
    level = models.PositiveSmallIntegerField(choices=Level)
    officer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    at = models.DateTimeField()
    controller_on = models.DateField(null=True, help_text="day on which it goes to the Controller too")
    seen_at = models.DateTimeField(null=True, help_text="when the officer said what they do about it")
    note = models.CharField(max_length=500, blank=True)
    closed_at = models.DateTimeField(null=True, help_text="when the file had moved on")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["application", "since", "level"], name="escalated_once")
        ]
        indexes = [
            models.Index(
                fields=["level", "controller_on"],
                name="escalation_open",
                condition=models.Q(closed_at=None),
            ),
            # What somebody answers for, as they read it.
            models.Index(
                fields=["officer", "-seen_at", "due_on", "id"],
                name="escalation_mine",
                condition=models.Q(closed_at=None),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_level_display()}: {self.officer}, due {self.due_on:%Y-%m-%d}"


class Digest(models.Model):
    """One person's morning; the row is there before the e-mail, so that nobody gets two."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    day = models.DateField()
    queued = models.BooleanField(default=False, help_text="there was something to say")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "day"], name="digest_once")]

    def __str__(self) -> str:
        return f"{self.user} {self.day:%Y-%m-%d}"
