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


@dataclass(frozen=True)
class Actor:
    """Somebody who acts without a staff account: the clock, an import, the applicant."""

    display_name: str
    roles: frozenset[str] = field(default_factory=frozenset)
    pk: None = None
    office: str = ""


CLOCK = Actor("clock", frozenset({Role.CLOCK}))
