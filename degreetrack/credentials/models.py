"""Numbered blank stock: lots as delivered, one row for each blank, and the ledger of every change."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from degreetrack.catalogue.models import Kind


class Fate(models.TextChoices):
    """Where a blank is now."""

    IN_STORE = "in_store", _("In the store")
    ISSUED = "issued", _("Issued to a print run")
    PRINTED = "printed", _("Printed")
    SPOILED = "spoiled", _("Spoilt")
    VOID = "void", _("Void")


class Lot(models.Model):
    """One delivery of blanks, numbered through from first to last."""

    kind = models.CharField(max_length=6, choices=Kind)
    prefix = models.CharField(max_length=10, blank=True, help_text="what stands before the digits")
    first = models.PositiveBigIntegerField()
    last = models.PositiveBigIntegerField()
    width = models.PositiveSmallIntegerField(help_text="digits of each number, with leading zeros")
    paper_no = models.CharField(max_length=60, help_text="of the printer's delivery note, and whose")
    received_at = models.DateTimeField()
    received_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    received_by_name = models.CharField(max_length=150)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(last__gte=models.F("first")), name="lot_in_order"),
            models.CheckConstraint(condition=Q(kind__in=Kind.values), name="lot_known_kind"),
        ]

    def __str__(self) -> str:
        return f"{self.number(self.first)} - {self.number(self.last)}"

    @property
    def stream(self) -> str:
        """The name of its chain in the journal."""
        return f"stock/{self.pk}"

    @property
    def size(self) -> int:
        """How many blanks came."""
        return self.last - self.first + 1

    def number(self, serial: int) -> str:
        """What is printed on the blank of a serial."""
        return f"{self.prefix}{serial:0{self.width}}"


class Blank(models.Model):
    """One numbered sheet; its number is never used twice."""

    number = models.CharField(max_length=20, unique=True)
    lot = models.ForeignKey(Lot, on_delete=models.PROTECT, related_name="blanks", db_index=False)
    serial = models.PositiveBigIntegerField()
    fate = models.CharField(max_length=8, choices=Fate, default=Fate.IN_STORE)
    stream = models.CharField(max_length=40, blank=True, help_text="'application/17', once it was meant for")
    run = models.CharField(max_length=40, blank=True, help_text="'run/3', where it went to a print run")
    reason = models.CharField(max_length=300, blank=True, help_text="why it is spoilt or void")
    at = models.DateTimeField(help_text="of its last change")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["lot", "serial"], name="blank_once_in_its_lot"),
            models.UniqueConstraint(
                fields=["stream"], condition=Q(fate="printed"), name="one_good_print_of_a_stream"
            ),
            models.CheckConstraint(condition=Q(fate__in=Fate.values), name="blank_known_fate"),
            models.CheckConstraint(
                condition=Q(stream="") | Q(fate__in=["printed", "spoiled"]), name="blank_stream_when_used"
            ),
            models.CheckConstraint(
                condition=~Q(fate="printed") | ~Q(stream=""), name="blank_printed_for_one"
            ),
            models.CheckConstraint(condition=~Q(fate="issued") | ~Q(run=""), name="blank_issued_to_a_run"),
            models.CheckConstraint(
                condition=~Q(fate__in=["spoiled", "void"]) | ~Q(reason=""), name="blank_lost_for_a_reason"
            ),
        ]
        indexes = [
            models.Index(fields=["lot", "fate", "serial"], name="blank_next"),
            models.Index(fields=["stream"], name="blank_stream", condition=~Q(stream="")),
            models.Index(fields=["run"], name="blank_run", condition=~Q(run="")),
        ]

    def __str__(self) -> str:
        return self.number


class StockLine(models.Model):
    """One line of the ledger: so many blanks of a lot went from one place to another. Never changed."""

    lot = models.ForeignKey(Lot, on_delete=models.PROTECT, related_name="lines")
    before = models.CharField(max_length=8, choices=Fate, blank=True, help_text="empty: from the printer")
    after = models.CharField(max_length=8, choices=Fate)
    first = models.PositiveBigIntegerField()
    last = models.PositiveBigIntegerField()
    quantity = models.PositiveIntegerField()
    at = models.DateTimeField()
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    by_name = models.CharField(max_length=150)
    reason = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(quantity=models.F("last") - models.F("first") + 1, quantity__gt=0),
                name="stock_line_counts_its_numbers",
            ),
            models.CheckConstraint(condition=~Q(before=models.F("after")), name="stock_line_moves"),
        ]

    def __str__(self) -> str:
        return f"{self.lot_id}: {self.quantity} {self.before or 'printer'} -> {self.after}"
