"""Moves in bulk and saved views: columns and constraints only."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from degreetrack.accounts.models import Section
from degreetrack.applications.lifecycle import MOVES, Move, State


class Batch(models.Model):
    """One move of many files: who asked for it, of which list, and how far it is."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    section = models.ForeignKey(Section, on_delete=models.PROTECT, related_name="+", db_index=False)
    office = models.SlugField(blank=True, db_index=False, help_text="where its user sat when they asked")
    verb = models.CharField(max_length=30)
    state = models.CharField(max_length=11, choices=State, help_text="the list that it was taken from")
    query = models.CharField(max_length=500, blank=True, help_text="the filter, as in the list's address")
    chosen = models.BooleanField(default=False, help_text="ticked one by one, not all that match")
    reason = models.CharField(max_length=500, blank=True)
    language = models.CharField(max_length=2, help_text="of the refusals")
    made_at = models.DateTimeField()
    total = models.PositiveIntegerField(default=0)
    stopped_at = models.DateTimeField(null=True)
    stop_reason = models.CharField(max_length=300, blank=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["section", "-id"], name="batch_of_section"),
            models.Index(
                fields=["id"], name="batch_under_way", condition=models.Q(finished_at=None, stopped_at=None)
            ),
        ]
        verbose_name_plural = "batches"

    def __str__(self) -> str:
        return f"batch {self.pk}: {self.verb} {self.total}"

    @property
    def stream(self) -> str:
        """The name of its chain in the journal."""
        return f"batch/{self.pk}"

    @property
    def line(self) -> Move:
        """Its line of the table."""
        return MOVES[self.verb]

    @property
    def runs(self) -> bool:
        """Whether there is something to do for a worker."""
        return self.finished_at is None and self.stopped_at is None


class RowFate(models.TextChoices):
    """What has become of one file of a batch."""

    WAITING = "waiting", pgettext_lazy("file of a bulk move", "Waiting")
    DONE = "done", pgettext_lazy("file of a bulk move", "Done")
    REFUSED = "refused", pgettext_lazy("file of a bulk move", "Refused")


class BatchRow(models.Model):
    """One file of a batch; rows are made all at once, in the list's order."""

    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="rows", db_index=False)
    application = models.ForeignKey(
        "applications.Application", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    fate = models.CharField(max_length=7, choices=RowFate, default=RowFate.WAITING)
    reason = models.CharField(max_length=300, blank=True, help_text="why it was refused")

    class Meta:
        indexes = [models.Index(fields=["batch", "fate", "id"], name="batchrow_fate")]

    def __str__(self) -> str:
        return f"file {self.application_id} of batch {self.batch_id}: {self.fate}"


class SavedView(models.Model):
    """A list narrowed by a filter that somebody comes back to."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(_("name"), max_length=60)
    state = models.CharField(max_length=11, choices=State)
    query = models.CharField(max_length=500, blank=True, help_text="the filter, as in the list's address")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "name"], name="view_named_once")]
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name
