"""What a person proves themselves by beside the password: authenticator apps, passkeys, recovery codes."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class FactorKind(models.TextChoices):
    """How a second factor works."""

    TOTP = "totp", _("Authenticator app")
    PASSKEY = "passkey", _("Passkey")


class Factor(models.Model):
    """One authenticator app or passkey of a person."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="factors")
    kind = models.CharField(max_length=7, choices=FactorKind)
    name = models.CharField(max_length=60, help_text="as its owner knows it: 'my phone'")
    secret = models.TextField(help_text="of an app, sealed; of a passkey, its public key")
    credential = models.CharField(max_length=1400, unique=True, null=True, help_text="the passkey's own id")
    counter = models.BigIntegerField(default=0, help_text="the last time step taken, or the passkey's count")
    since = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.name} of {self.user}"


class RecoveryCode(models.Model):
    """One of ten codes for who has lost the rest; only its hash is kept."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="recovery_codes"
    )
    place = models.PositiveSmallIntegerField(
        help_text="its first digit, so that one hash is computed, not ten"
    )
    digest = models.CharField(max_length=128)
    used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "place"], name="recovery_code_once")]

    def __str__(self) -> str:
        return f"recovery code {self.place} of {self.user}"
