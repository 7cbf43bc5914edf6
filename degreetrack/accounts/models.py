"""Staff users, the sections they sit in, and the rights of a section at an office."""

import unicodedata
from dataclasses import dataclass, field
from functools import cached_property

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.translation import gettext_lazy as _

from degreetrack.accounts.factor_models import Factor as Factor
from degreetrack.accounts.factor_models import RecoveryCode as RecoveryCode
from degreetrack.kit.languages import InLanguage


class Role(models.TextChoices):
    """What a person, or the system's own clock, may do to an application."""

    RECEIPT = "receipt", _("Receipt and issuance")
    SCRUTINY = "scrutiny", _("Scrutiny")
    VERIFICATION = "verification", _("Verification")
    APPROVAL = "approval", _("Approval")
    PRINTING = "printing", _("Printing")
    SIGNATURE = "signature", _("Signature")
    DISPATCH = "dispatch", _("Dispatch")
    REGIONAL = "regional", _("Regional office")
    SUPERVISOR = "supervisor", _("Supervisor")
    CONTROLLER = "controller", _("Controller of Examinations")
    AUDITOR = "auditor", _("Auditor")
    APPLICANT = "applicant", _("Applicant")
    CLOCK = "clock", _("The clock")
    LEDGER = "ledger", _("The ledger")


class Section(models.Model):
    """A section of the examination department, from the institution's files."""

    code = models.SlugField(primary_key=True)
    name_en = models.CharField(max_length=100)
    name_ur = models.CharField(max_length=100)
    order = models.PositiveSmallIntegerField(default=0)
    name = InLanguage()

    class Meta:
        ordering = ["order", "code"]

    def __str__(self) -> str:
        return self.name


class Right(models.Model):
    """What a section may do at headquarters, at one regional office or at every one of them."""

    EVERYWHERE = "*"
    section = models.ForeignKey(Section, on_delete=models.CASCADE, related_name="rights")
    office = models.CharField(
        max_length=50, blank=True, help_text="code of a region; * every region; empty headquarters"
    )
    role = models.CharField(max_length=12, choices=Role)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["section", "office", "role"], name="right_once")]
        ordering = ["section", "office", "role"]

    def __str__(self) -> str:
        return f"{self.section_id} {self.office or 'headquarters'}: {self.role}"


class User(AbstractUser):
    """A member of staff; what they may do comes from the rights of their section at their office."""

    section = models.ForeignKey(Section, null=True, blank=True, on_delete=models.PROTECT)
    office = models.SlugField(blank=True, help_text="code of the regional office; empty at headquarters")
    supervisor = models.BooleanField(
        _("supervisor"), default=False, help_text=_("hands out files, and decides what clerks may not")
    )
    email = models.EmailField(_("email address"))
    language = models.CharField(
        _("language of e-mails"), max_length=2, choices=[("en", "English"), ("ur", "اردو")], default="en"
    )

    @cached_property
    def roles(self) -> frozenset[str]:
        """The rights of the person's section at their office; none without a section."""
        if self.section_id is None:
            return frozenset()
        places = [self.office, Right.EVERYWHERE] if self.office else [""]
        rights = Right.objects.filter(section=self.section_id, office__in=places)
        found = frozenset(rights.values_list("role", flat=True))
        return found | {Role.SUPERVISOR} if found and self.supervisor else found

    @property
    def display_name(self) -> str:
        """The name that colleagues and the journal know the person by."""
        return self.get_full_name() or self.username

    def set_password(self, raw_password: str | None) -> None:
        """One spelling of each letter, whichever keyboard it comes from."""
        super().set_password(raw_password and unicodedata.normalize("NFKC", raw_password))

    def check_password(self, raw_password: str | None) -> bool:
        """As it was set; older ones were kept as they were typed."""
        plain = raw_password and unicodedata.normalize("NFKC", raw_password)
        return super().check_password(plain) or (
            plain != raw_password and super().check_password(raw_password)
        )


class StaffSession(models.Model):
    """One signed-in browser, so that its owner can see it and end it."""

    user = models.ForeignKey(User, on_delete=models.CASCADE)
    session_key = models.CharField(max_length=40, unique=True)
    browser = models.CharField(max_length=100, blank=True, help_text="'Firefox, Windows'")
    lasting = models.BooleanField(default=False, help_text="for 30 days; else until the browser is closed")
    address = models.CharField(
        max_length=50, blank=True, help_text="the network that it came from, shortened"
    )
    since = models.DateTimeField()
    seen = models.DateTimeField(null=True, help_text="to a few minutes")

    class Meta:
        ordering = ["-since", "-pk"]

    def __str__(self) -> str:
        return f"{self.user} since {self.since:%Y-%m-%d %H:%M}"


class Attempt(models.Model):
    """One try at signing in or resetting, counted against an account or an address."""

    key = models.CharField(max_length=80, help_text="'account:' or 'reset:' and a fingerprint; 'address:...'")
    at = models.DateTimeField(db_index=True)

    class Meta:
        indexes = [models.Index(fields=["key", "at"], name="attempt_key_at")]

    def __str__(self) -> str:
        return f"{self.key} at {self.at:%Y-%m-%d %H:%M}"


class Lockout(models.Model):
    """An account or an address that may not sign in for a while."""

    key = models.CharField(max_length=80, unique=True)
    until = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.key} until {self.until:%Y-%m-%d %H:%M}"


@dataclass(frozen=True)
class Actor:
    """Somebody who acts without a staff account: the clock, an import, the applicant."""

    display_name: str
    roles: frozenset[str] = field(default_factory=frozenset)
    pk: None = None
    office: str = ""
    student: int | None = None


CLOCK = Actor("clock", frozenset({Role.CLOCK}))
LEDGER = Actor("ledger", frozenset({Role.LEDGER}))
