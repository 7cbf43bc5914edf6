"""Applications and their objections: columns and constraints only."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from degreetrack.accounts.models import Section
from degreetrack.applications.batch_models import Batch as Batch
from degreetrack.applications.batch_models import BatchRow as BatchRow
from degreetrack.applications.batch_models import SavedView as SavedView
from degreetrack.applications.dealings import Bearer as Bearer
from degreetrack.applications.dealings import Message as Message
from degreetrack.applications.forecast_rows import Forecast as Forecast
from degreetrack.applications.forecast_rows import ForecastDay as ForecastDay
from degreetrack.applications.lifecycle import State
from degreetrack.applications.redues import Redue as Redue
from degreetrack.applications.scrutiny import Checked as Checked
from degreetrack.applications.scrutiny import ObjectionProposal as ObjectionProposal
from degreetrack.applications.scrutiny import Sighting as Sighting
from degreetrack.catalogue.models import Issue, Kind, ObjectionGroup, ObjectionReason
from degreetrack.documents.models import Document
from degreetrack.kit.languages import InLanguage
from degreetrack.records.models import Result, Student


class Route(models.TextChoices):
    """How an application came in."""

    COUNTER = "counter", _("At the counter")
    POST = "post", _("By post")
    ONLINE = "online", _("Online")
    REGISTER = "register", _("From the old register")


class Language(models.TextChoices):
    ENGLISH = "en", "English"
    URDU = "ur", "اردو"


class Delivery(models.TextChoices):
    """How its owner wishes to get the document."""

    POST = "post", _("By registered post")
    COURIER = "courier", _("By courier")
    COLLECT = "collect", _("To be collected at an office")


class Application(models.Model):
    """One person's application for one certificate."""

    tracking_id = models.CharField(max_length=12, unique=True)
    result = models.ForeignKey(Result, on_delete=models.PROTECT, related_name="applications")
    kind = models.CharField(max_length=6, choices=Kind)
    issue = models.CharField(max_length=9, choices=Issue, default=Issue.ORIGINAL)
    urgent = models.BooleanField(default=False)
    state = models.CharField(max_length=11, choices=State, default=State.RECEIVED)
    state_since = models.DateTimeField()
    received_at = models.DateTimeField()
    route = models.CharField(max_length=8, choices=Route)
    office = models.SlugField(
        blank=True, help_text="code of the region that received it; empty at headquarters"
    )
    language = models.CharField(max_length=2, choices=Language, default=Language.ENGLISH)
    mobile = models.CharField(max_length=16, blank=True, help_text="E.164")
    email = models.EmailField(blank=True)
    address = models.CharField(max_length=300, blank=True)
    challan_no = models.CharField(max_length=20, blank=True)
    fee_due = models.PositiveIntegerField(default=0, help_text="PKR, by the tariff on the day of receipt")
    fee_paid = models.PositiveIntegerField(default=0, help_text="PKR")
    limit_on = models.DateField(null=True, help_text="last day to answer objections, or to revive")
    limit_from = models.DateField(null=True, help_text="day from which the limit counts")
    remind_on = models.DateField(null=True, help_text="day of the next reminder; empty where none is due")
    due_on = models.DateField(
        null=True, help_text="last day of the target of its stage; empty where it does not wait on us"
    )
    stage_days = models.PositiveSmallIntegerField(
        default=0, db_default=0, help_text="working days that checking has used up before now"
    )
    extended_at = models.DateTimeField(null=True, help_text="when these objections were given more time")
    delivery = models.CharField(max_length=7, choices=Delivery, default=Delivery.POST)
    collect_office = models.SlugField(blank=True, db_index=False, help_text="code of a region")
    verified_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    courier = models.CharField(max_length=40, blank=True)
    consignment_no = models.CharField(max_length=40, blank=True)
    handed_to = models.CharField(max_length=100, blank=True)
    names_confirmed_at = models.DateTimeField(
        null=True, help_text="as they will be printed, by the applicant"
    )
    correction = models.CharField(max_length=500, blank=True, help_text="how the names should be instead")
    correction_settled_at = models.DateTimeField(null=True)
    closing_reason = models.CharField(max_length=500, blank=True)
    first_checked_at = models.DateTimeField(null=True, help_text="when scrutiny let it go on")
    objection_rounds = models.PositiveSmallIntegerField(
        default=0, help_text="how often people raised objections; the ledger's do not count"
    )
    # Where the paper file lies; empty where no section ever received one.
    paper_section = models.ForeignKey(
        Section, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    paper_office = models.SlugField(blank=True, db_index=False)
    paper_since = models.DateTimeField(null=True, help_text="there, or on its way")
    paper_to = models.ForeignKey(
        Section,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        help_text="where it is on its way to",
    )
    paper_to_office = models.SlugField(blank=True, db_index=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=State.values), name="application_known_state"
            ),
            # The old register may hold several; the state machine's own world holds one open at a time.
            models.UniqueConstraint(
                fields=["result", "kind", "issue"],
                condition=~models.Q(state__in=["delivered", "rejected", "withdrawn"])
                & ~models.Q(route="register"),
                name="one_open_application",
            ),
        ]
        indexes = [
            # A section's worklist: urgent first, then oldest, paged by key.
            models.Index(fields=["state", "-urgent", "received_at", "id"], name="application_worklist"),
            # The same narrowed by kind and issue, and by how long files have waited.
            models.Index(
                fields=["state", "kind", "issue", "-urgent", "received_at", "id"],
                name="application_kind_list",
            ),
            models.Index(fields=["state", "state_since"], name="application_since"),
            # The same at a regional office: what it received, and what is to be collected there.
            models.Index(
                fields=["office", "state", "-urgent", "received_at", "id"],
                name="application_office_list",
                condition=~models.Q(office=""),
            ),
            models.Index(
                fields=["collect_office", "state"],
                name="application_collect",
                condition=models.Q(delivery="collect"),
            ),
            models.Index(fields=["limit_on"], name="application_limit", condition=models.Q(state="objected")),
            models.Index(
                fields=["remind_on"], name="application_remind", condition=models.Q(state="objected")
            ),
            # What is late and what will be, oldest first, paged by key.
            models.Index(
                fields=["due_on", "id", "state"],
                name="application_due",
                condition=models.Q(due_on__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.tracking_id

    @property
    def stream(self) -> str:
        """The name of its chain in the journal."""
        return f"application/{self.pk}"


class Hold(models.Model):
    """A file in somebody's hands."""

    application = models.OneToOneField(Application, primary_key=True, on_delete=models.CASCADE)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    taken_at = models.DateTimeField()
    until = models.DateTimeField()
    assigned_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )

    @property
    def lasts(self) -> bool:
        """Whether it is in hand now."""
        return self.until > timezone.now()

    def __str__(self) -> str:
        return f"{self.application_id} until {self.until:%Y-%m-%d %H:%M}"


class Draft(models.Model):
    """An application that its applicant is still writing, or that waits for its fee."""

    student = models.ForeignKey(Student, on_delete=models.PROTECT, related_name="drafts")
    result = models.ForeignKey(Result, on_delete=models.PROTECT, related_name="+", db_index=False)
    kind = models.CharField(max_length=6, choices=Kind)
    issue = models.CharField(max_length=9, choices=Issue)
    urgent = models.BooleanField(default=False)
    overseas = models.BooleanField(default=False)
    language = models.CharField(max_length=2, choices=Language, default=Language.ENGLISH)
    address = models.CharField(max_length=300, blank=True)
    delivery = models.CharField(max_length=7, choices=Delivery, default=Delivery.POST)
    collect_office = models.SlugField(blank=True, db_index=False)
    names_confirmed_at = models.DateTimeField(null=True)
    correction = models.CharField(max_length=500, blank=True)
    made_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, help_text="when it was complete and its challan was made")
    challan_no = models.CharField(max_length=12, blank=True)
    discarded_at = models.DateTimeField(null=True)
    application = models.OneToOneField(Application, null=True, on_delete=models.PROTECT, related_name="draft")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["result", "kind", "issue"],
                condition=models.Q(application=None, discarded_at=None),
                name="one_open_draft",
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.issue}, {self.made_at:%Y-%m-%d}"

    @property
    def stream(self) -> str:
        """The name of its chain in the journal, and the subject of its challan."""
        return f"draft/{self.pk}"


class Objection(models.Model):
    """One defect, raised in one move with its fellows and answered on its own."""

    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="objections")
    reason = models.ForeignKey(ObjectionReason, null=True, on_delete=models.PROTECT, related_name="+")
    group = models.CharField(max_length=10, choices=ObjectionGroup)
    text_en = models.CharField(max_length=500)
    text_ur = models.CharField(max_length=500)
    cure_en = models.CharField(max_length=500)
    cure_ur = models.CharField(max_length=500)
    raised_at = models.DateTimeField()
    raised_by_name = models.CharField(max_length=150)
    answer = models.CharField(max_length=500, blank=True)
    documents = models.ManyToManyField(Document, related_name="+", help_text="what answers it")
    answered_at = models.DateTimeField(null=True)
    cleared_at = models.DateTimeField(null=True)
    text = InLanguage()
    cure = InLanguage()

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.text
