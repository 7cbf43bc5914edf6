"""Staff users, the sections they sit in, and the roles a section holds."""

from dataclasses import dataclass, field

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.translation import gettext_lazy as _

from degreetrack.kit.languages import InLanguage


class Role(models.TextChoices):
    """What a person, or the system's own clock, may do to an application."""

    RECEIPT = "receipt", _("Receipt and issuance")
    SCRUTINY = "scrutiny", _("Scrutiny and verification")
    APPROVAL = "approval", _("Approval")
    PRINTING = "printing", _("Printing")
    SIGNATURE = "signature", _("Signature")
    DISPATCH = "dispatch", _("Dispatch")
    REGIONAL = "regional", _("Regional office")
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
    roles = models.JSONField(default=list, help_text="codes of Role")
    order = models.PositiveSmallIntegerField(default=0)
    name = InLanguage()

    class Meta:
        ordering = ["order", "code"]

    def __str__(self) -> str:
        return self.name


class User(AbstractUser):
    """A member of staff; what they may do comes from their section."""

    section = models.ForeignKey(Section, null=True, blank=True, on_delete=models.PROTECT)
    office = models.SlugField(blank=True, help_text="code of the regional office; empty at headquarters")
    email = models.EmailField(_("email address"))

    @property
    def roles(self) -> frozenset[str]:
        """The roles of the person's section; none without a section."""
        return frozenset(self.section.roles) if self.section else frozenset()

    @property
    def display_name(self) -> str:
        """The name that colleagues and the journal know the person by."""
        return self.get_full_name() or self.username


class StaffSession(models.Model):
    """One signed-in browser, so that its owner can see it and end it."""

    user = models.ForeignKey(User, on_delete=models.CASCADE)
    session_key = models.CharField(max_length=40, unique=True)
    browser = models.CharField(max_length=100, blank=True, help_text="'Firefox, Windows'")
    lasting = models.BooleanField(default=False, help_text="for 30 days; else until the browser is closed")
    since = models.DateTimeField()

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
