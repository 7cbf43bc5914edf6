"""Sign-in codes, signed-in browsers, and contacts that applicants gave and the desk decides upon."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from degreetrack.records.models import Student


class SignInCode(models.Model):
    """Six digits sent to the contact on record; only their digest is kept."""

    student = models.ForeignKey(Student, on_delete=models.CASCADE, related_name="+")
    asker = models.CharField(max_length=32, blank=True, help_text="names the browser that may use it")
    digest = models.CharField(max_length=64)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
    used_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["student", "-made_at"], name="code_of_student")]

    def __str__(self) -> str:
        return f"code of {self.made_at:%Y-%m-%d %H:%M}"


class ApplicantSession(models.Model):
    """One signed-in browser of an applicant."""

    student = models.ForeignKey(Student, on_delete=models.CASCADE, related_name="+")
    session_key = models.CharField(max_length=40, unique=True)
    browser = models.CharField(max_length=100, blank=True, help_text="'Chrome, Android'")
    since = models.DateTimeField()
    seen_at = models.DateTimeField()

    class Meta:
        ordering = ["-since", "-pk"]

    def __str__(self) -> str:
        return f"since {self.since:%Y-%m-%d %H:%M}"


class ContactClaim(models.Model):
    """A new mobile and e-mail that somebody gave who could prove who they are; the desk confirms it."""

    class Standing(models.TextChoices):
        PENDING = "pending", pgettext_lazy("contact", "Waiting for the desk")
        CONFIRMED = "confirmed", pgettext_lazy("contact", "Confirmed")
        REFUSED = "refused", pgettext_lazy("contact", "Refused")

    student = models.ForeignKey(Student, on_delete=models.CASCADE, related_name="+")
    mobile = models.CharField(_("Mobile"), max_length=16, help_text="E.164")
    email = models.EmailField(_("E-mail"), blank=True)
    language = models.CharField(max_length=2, default="en")
    made_at = models.DateTimeField()
    standing = models.CharField(max_length=9, choices=Standing, default=Standing.PENDING)
    decided_at = models.DateTimeField(null=True)
    decided_by_name = models.CharField(max_length=150, blank=True)
    reason = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["student"], condition=models.Q(standing="pending"), name="one_pending_contact"
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_standing_display()} {self.made_at:%Y-%m-%d %H:%M}"
