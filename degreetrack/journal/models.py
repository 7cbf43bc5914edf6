"""The journal's rows: entries chained per stream, seals over what is new. Triggers forbid change."""

from django.conf import settings
from django.db import models


class Entry(models.Model):
    """One thing that happened to one stream (an application or a student)."""

    stream = models.CharField(max_length=40, help_text="'application/17' or 'student/4'")
    sequence = models.PositiveIntegerField(help_text="1, 2, 3 ... within the stream")
    at = models.DateTimeField()
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    actor_name = models.CharField(max_length=150)
    verb = models.CharField(max_length=30)
    reason = models.TextField(blank=True)
    data = models.JSONField(default=dict, help_text='{"before": {...}, "after": {...}}')
    veil = models.JSONField(
        null=True, help_text='erasable: {"after.bearer": {"salt": ...}}, {"erased": ...} once it was'
    )
    previous = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["stream", "sequence"], name="journal_one_chain")]
        # An auditor's page is one run of one of these; `verb` is looked at within the person's index.
        indexes = [
            models.Index(fields=["actor", "at", "id", "verb"], name="journal_by_person"),
            models.Index(fields=["verb", "at", "id"], name="journal_by_verb"),
            models.Index(fields=["at", "id"], name="journal_by_moment"),
        ]
        verbose_name_plural = "entries"

    def __str__(self) -> str:
        return f"{self.stream} #{self.sequence} {self.verb}"


class Seal(models.Model):
    """A root over every entry up to `last_entry` that no earlier seal covers."""

    at = models.DateTimeField()
    last_entry = models.BigIntegerField()
    entries = models.PositiveIntegerField()
    previous_root = models.CharField(max_length=64)
    root = models.CharField(max_length=64)

    def __str__(self) -> str:
        return f"seal {self.pk}: {self.entries} entries up to {self.last_entry}"


class SealedStream(models.Model):
    """Where one stream stood when a seal was made; a whole history cut out is missed by this row."""

    seal = models.ForeignKey(Seal, on_delete=models.PROTECT, related_name="streams")
    stream = models.CharField(max_length=40)
    sequence = models.PositiveIntegerField()
    digest = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["seal", "stream"], name="sealed_stream_once")]
        indexes = [models.Index(fields=["stream", "seal"], name="sealed_by_stream")]

    def __str__(self) -> str:
        return f"{self.stream} #{self.sequence}"


class Archive(models.Model):
    """One month of rows that went into a file; the journal tells its name and fingerprint too."""

    of = models.CharField(max_length=10, help_text="journal or notices")
    month = models.DateField(help_text="its first day")
    part = models.PositiveSmallIntegerField(help_text="1, 2 ... of the month")
    name = models.CharField(max_length=100, unique=True, help_text="in the archives' store")
    sha256 = models.CharField(max_length=64)
    rows = models.PositiveIntegerField()
    bytes = models.PositiveBigIntegerField()
    last_entry = models.BigIntegerField(default=0, help_text="of the journal's: the last that it holds")
    made_at = models.DateTimeField()
    emptied_at = models.DateTimeField(null=True, help_text="when what it holds was gone from the tables")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["of", "month", "part"], name="archived_once")]

    def __str__(self) -> str:
        return self.name
