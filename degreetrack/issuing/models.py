"""Print runs and manifests: columns and constraints only."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from degreetrack.applications.models import Application
from degreetrack.catalogue.models import Kind
from degreetrack.credentials.models import Blank


class Run(models.Model):
    """Some files that one clerk prints together, with the blanks that went out for them."""

    kind = models.CharField(max_length=6, choices=Kind)
    office = models.SlugField(blank=True, help_text="code of a region; empty at headquarters")
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    started_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def stream(self) -> str:
        """The name of its chain in the journal, and what its blanks remember of it."""
        return f"run/{self.pk}"


class RunLine(models.Model):
    """One file of a run, and the blank that it is, or is to be, printed on."""

    run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="lines", db_index=False)
    position = models.PositiveSmallIntegerField()
    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="run_lines")
    blank = models.OneToOneField(
        Blank, null=True, on_delete=models.PROTECT, related_name="run_line", help_text="none: it needs one"
    )
    ended_at = models.DateTimeField(null=True, help_text="when its run was closed")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["run", "position"], name="run_position_once"),
            models.UniqueConstraint(
                fields=["application"], condition=Q(ended_at=None), name="file_in_one_open_run"
            ),
        ]

    def __str__(self) -> str:
        return f"run {self.run_id}, {self.position}"


class Manifest(models.Model):
    """What goes to the post or to a courier together."""

    courier = models.CharField(max_length=40)
    office = models.SlugField(blank=True, help_text="code of a region; empty at headquarters")
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    started_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def stream(self) -> str:
        """The name of its chain in the journal."""
        return f"manifest/{self.pk}"


class Outcome(models.TextChoices):
    """What became of a line of a manifest."""

    WAITING = "waiting", _("Waiting for its number")
    UNDER_WAY = "under_way", _("Under way")
    DELIVERED = "delivered", _("Delivered")
    RETURNED = "returned", _("Came back")
    TAKEN_OFF = "taken_off", _("Taken off")


class ManifestLine(models.Model):
    """One document on a manifest; its outcome follows from the case, see `queries.with_outcome`."""

    manifest = models.ForeignKey(Manifest, on_delete=models.PROTECT, related_name="lines", db_index=False)
    position = models.PositiveSmallIntegerField()
    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="manifest_lines")
    courier = models.CharField(max_length=40, help_text="the manifest's, whose number it gets")
    consignment_no = models.CharField(max_length=40, blank=True)
    sent_at = models.DateTimeField(null=True)
    ended_on = models.DateField(null=True, help_text="delivered or back, as the courier's file says")
    taken_off_at = models.DateTimeField(null=True)
    off_reason = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["manifest", "position"], name="manifest_position_once"),
            models.UniqueConstraint(
                fields=["courier", "consignment_no"],
                condition=~Q(consignment_no=""),
                name="consignment_once_of_a_courier",
            ),
            models.UniqueConstraint(
                fields=["application"],
                condition=Q(sent_at=None, taken_off_at=None),
                name="file_waits_on_one_manifest",
            ),
            models.CheckConstraint(
                condition=Q(sent_at=None, consignment_no="")
                | (~Q(consignment_no="") & Q(sent_at__isnull=False, taken_off_at=None)),
                name="manifest_line_sent_with_a_number",
            ),
        ]

    def __str__(self) -> str:
        return f"manifest {self.manifest_id}, {self.position}"


class FileKind(models.TextChoices):
    """What a file of the post tells."""

    CONSIGNMENTS = "consignments", _("Consignment numbers")
    DELIVERIES = "deliveries", _("Deliveries and returns")


class TakenFile(models.Model):
    """A file of the post that was taken in: who, when, what came of it, and the rows handed back."""

    kind = models.CharField(max_length=12, choices=FileKind)
    courier = models.CharField(max_length=40)
    office = models.SlugField(blank=True, help_text="code of a region; empty at headquarters")
    manifest = models.ForeignKey(Manifest, null=True, on_delete=models.PROTECT, related_name="files")
    name = models.CharField(max_length=100)
    taken_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    taken_at = models.DateTimeField()
    new = models.PositiveIntegerField(default=0)
    known = models.PositiveIntegerField(default=0, help_text="rows that were taken in before")
    rejected = models.PositiveIntegerField(default=0)
    rejects = models.TextField(blank=True, help_text="CSV: the rejected rows, each with its reason")

    def __str__(self) -> str:
        return self.name
