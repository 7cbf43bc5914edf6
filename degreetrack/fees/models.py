"""Challans, payments and the ledger between them: columns and constraints only."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from degreetrack.records.models import Student


class Purpose(models.TextChoices):
    """What a challan is for."""

    APPLICATION = "application", _("Fee of an application")
    DIFFERENCE = "difference", _("Difference to the fee")


class Challan(models.Model):
    """A bank deposit slip: what is to pay, by when, and whether it is paid."""

    number = models.CharField(max_length=12, unique=True)
    student = models.ForeignKey(Student, on_delete=models.PROTECT, related_name="challans")
    subject = models.CharField(max_length=40, db_index=True, help_text="'draft/17' or 'application/17'")
    purpose = models.CharField(max_length=11, choices=Purpose)
    amount = models.PositiveIntegerField(help_text="PKR")
    lines = models.JSONField(help_text="[[label_en, label_ur, amount], ...]")
    made_at = models.DateTimeField()
    due_on = models.DateField()
    settled_at = models.DateTimeField(null=True)
    cancelled_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="challan_of_something"),
            models.CheckConstraint(condition=Q(purpose__in=Purpose.values), name="challan_known_purpose"),
            models.CheckConstraint(
                condition=Q(settled_at__isnull=True) | Q(cancelled_at__isnull=True),
                name="challan_settled_or_cancelled",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def is_open(self) -> bool:
        """Whether something is still to pay on it."""
        return self.settled_at is None and self.cancelled_at is None


class PaymentKind(models.TextChoices):
    """Whether money came, or the bank took it back."""

    PAYMENT = "payment", _("Payment")
    REVERSAL = "reversal", _("Reversal")


class Via(models.TextChoices):
    """How the bank told of it."""

    FILE = "file", _("The bank's file")
    WEBHOOK = "webhook", _("At once, by the bank's system")


class Verdict(models.TextChoices):
    """What a payment was found to be when it came, or that it was taken back since."""

    EXACT = "exact", _("Paid in full")
    SHORT = "short", _("Too little was paid")
    OVER = "over", _("Too much was paid")
    DOUBLE = "double", _("Paid a second time")
    LATE = "late", _("Paid after the due date")
    CANCELLED = "cancelled", _("Paid on a cancelled challan")
    UNKNOWN = "unknown", _("Nothing is known by this number")
    REVERSED = "reversed", _("Taken back by the bank")


class Payment(models.Model):
    """Money as the bank told of it; its facts never change."""

    provider = models.SlugField(max_length=20, db_index=False)
    reference = models.CharField(max_length=64, help_text="the provider's own number of it")
    challan_no = models.CharField(max_length=40, blank=True, help_text="as given")
    challan = models.ForeignKey(Challan, null=True, on_delete=models.PROTECT, related_name="payments")
    amount = models.PositiveIntegerField(help_text="PKR")
    paid_on = models.DateField()
    kind = models.CharField(max_length=8, choices=PaymentKind)
    reverses_reference = models.CharField(max_length=64, blank=True, help_text="of the payment taken back")
    reverses = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="reversed_by")
    via = models.CharField(max_length=7, choices=Via)
    taken_at = models.DateTimeField()
    verdict = models.CharField(max_length=9, choices=Verdict)
    needs_person = models.BooleanField(default=False)
    attended_at = models.DateTimeField(null=True)
    attended_by_name = models.CharField(max_length=150, blank=True)
    attended_reason = models.CharField(max_length=500, blank=True)
    followed_at = models.DateTimeField(null=True, help_text="when what waits on the fee has acted upon it")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["provider", "reference"], name="payment_once"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="payment_of_something"),
            models.CheckConstraint(condition=Q(verdict__in=Verdict.values), name="payment_known_verdict"),
            models.CheckConstraint(condition=Q(via__in=Via.values), name="payment_known_via"),
            models.CheckConstraint(
                condition=Q(kind=PaymentKind.PAYMENT, reverses_reference="", reverses__isnull=True)
                | Q(kind=PaymentKind.REVERSAL) & ~Q(reverses_reference=""),
                name="payment_reverses_if_reversal",
            ),
        ]
        indexes = [
            models.Index(fields=["id"], condition=Q(needs_person=True), name="payment_needs_person"),
            models.Index(fields=["id"], condition=Q(followed_at__isnull=True), name="payment_to_follow"),
            models.Index(
                fields=["provider", "reverses_reference"],
                condition=Q(reverses__isnull=True, kind=PaymentKind.REVERSAL),
                name="payment_waiting_reversal",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.provider} {self.reference}"

    @property
    def stream(self) -> str:
        """The journal's stream of what it pays for, or its own while that is unknown."""
        return self.challan.subject if self.challan else f"payment/{self.pk}"


class Act(models.TextChoices):
    """Why money was booked."""

    TAKEN = "taken", _("Taken in")
    MOVED = "moved", _("Moved to what it pays for")
    ASSIGNED = "assigned", _("Assigned by a person")
    REFUNDED = "refunded", _("To be refunded")
    REVERSED = "reversed", _("Taken back by the bank")


class Transfer(models.Model):
    """One transaction of the ledger: postings that sum to zero, about one payment's money."""

    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="transfers")
    act = models.CharField(max_length=8, choices=Act)
    at = models.DateTimeField()
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    by_name = models.CharField(max_length=150)
    reason = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(act__in=Act.values), name="transfer_known_act"),
            models.UniqueConstraint(
                fields=["payment"], condition=Q(act=Act.TAKEN), name="transfer_taken_once"
            ),
            models.UniqueConstraint(
                fields=["payment"], condition=Q(act=Act.REVERSED), name="transfer_reversed_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.act} {self.payment}"


class Posting(models.Model):
    """One line of a transfer: a debit is positive, a credit negative. Triggers forbid any change."""

    transfer = models.ForeignKey(Transfer, on_delete=models.PROTECT, related_name="postings", db_index=False)
    account = models.CharField(max_length=40, help_text="bank, challan/NUMBER, credit/STUDENT, ...")
    amount = models.IntegerField(help_text="PKR; debit positive, credit negative")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["transfer", "account"], name="posting_one_per_account"),
            models.CheckConstraint(condition=~Q(amount=0), name="posting_of_something"),
            models.CheckConstraint(
                condition=Q(account__in=["bank", "suspense", "refunds"])
                | Q(account__startswith="challan/")
                | Q(account__startswith="credit/"),
                name="posting_known_account",
            ),
        ]
        indexes = [models.Index(fields=["account", "amount"], name="posting_account")]

    def __str__(self) -> str:
        return f"{self.account} {self.amount}"
