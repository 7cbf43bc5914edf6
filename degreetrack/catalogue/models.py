"""What the university publishes. Every row comes from the institution's files."""

from base64 import b64encode

from django.db import models
from django.utils.translation import gettext_lazy as _

from degreetrack.catalogue.checklists import ChecklistItem as ChecklistItem
from degreetrack.catalogue.targets import Target as Target
from degreetrack.kit.languages import InLanguage


class Kind(models.TextChoices):
    """What is applied for."""

    PC = "PC", _("Provisional certificate")
    DMC = "DMC", _("Result card (DMC)")
    DEGREE = "DEGREE", _("Degree")


class Issue(models.TextChoices):
    """Whether it is the first of its kind."""

    ORIGINAL = "ORIGINAL", _("Original")
    DUPLICATE = "DUPLICATE", _("Duplicate")
    CORRECTED = "CORRECTED", _("Corrected")


class Institution(models.Model):
    """The university itself; one row."""

    slug = models.SlugField(primary_key=True)
    name_en = models.CharField(max_length=200)
    name_ur = models.CharField(max_length=200)
    short_name_en = models.CharField(max_length=40, help_text="stands before 'Degree Tracking System'")
    short_name_ur = models.CharField(max_length=40)
    website = models.URLField()
    help_email = models.EmailField()
    help_phone = models.CharField(max_length=40)
    address_en = models.CharField(max_length=300)
    address_ur = models.CharField(max_length=300)
    crest = models.TextField(help_text="SVG")
    roll_pattern = models.CharField(max_length=100, help_text="regular expression for a whole roll number")
    registration_pattern = models.CharField(max_length=100)
    objection_days = models.PositiveSmallIntegerField(help_text="days to answer objections")
    revive_days = models.PositiveSmallIntegerField(help_text="days to revive a returned application")
    challan_days = models.PositiveSmallIntegerField(default=10, help_text="days to pay a challan")
    small_shortage = models.PositiveIntegerField(
        default=200, help_text="PKR; short by no more, an application goes ahead with an objection"
    )
    extension_days = models.PositiveSmallIntegerField(help_text="days more to answer, given once on request")
    reminder_days = models.JSONField(default=list, help_text="days after the objections to remind on")
    reply_days = models.PositiveSmallIntegerField(help_text="working days to answer a question")
    withdrawal_rule_en = models.CharField(max_length=300, help_text="what becomes of the fee")
    withdrawal_rule_ur = models.CharField(max_length=300)
    sms_price = models.PositiveIntegerField(default=0, help_text="paisa for each part of an SMS")
    shortage_reason = models.SlugField(default="", help_text="the objection raised where a little is unpaid")
    intake_pattern = models.CharField(
        max_length=100, default="", help_text="finds the year of intake in a registration number"
    )
    weekend = models.JSONField(default=list, help_text="days of rest; Monday is 0")
    name = InLanguage()
    short_name = InLanguage()
    address = InLanguage()
    withdrawal_rule = InLanguage()

    def __str__(self) -> str:
        return self.name


class Level(models.Model):
    """Matric to PhD; what fees and documents hang on."""

    code = models.SlugField(primary_key=True)
    title_en = models.CharField(max_length=100)
    title_ur = models.CharField(max_length=100)
    rank = models.PositiveSmallIntegerField(help_text="higher levels need the certificates of all lower ones")
    title = InLanguage()

    class Meta:
        ordering = ["rank"]

    def __str__(self) -> str:
        return self.title


class Programme(models.Model):
    """A programme of study."""

    code = models.CharField(primary_key=True, max_length=12)
    title_en = models.CharField(max_length=150)
    title_ur = models.CharField(max_length=150)
    level = models.ForeignKey(Level, on_delete=models.PROTECT)
    total_marks = models.PositiveIntegerField()
    title = InLanguage()

    class Meta:
        ordering = ["level__rank", "code"]

    def __str__(self) -> str:
        return self.title


class Region(models.Model):
    """A regional office."""

    code = models.SlugField(primary_key=True)
    name_en = models.CharField(max_length=100, unique=True)
    name_ur = models.CharField(max_length=100)
    name = InLanguage()

    class Meta:
        ordering = ["name_en"]

    def __str__(self) -> str:
        return self.name


class ResultCode(models.Model):
    """A code on a result (R/E, R/W ...), what it means and whether it blocks issue."""

    code = models.CharField(primary_key=True, max_length=10)
    meaning_en = models.CharField(max_length=200)
    meaning_ur = models.CharField(max_length=200)
    cure_en = models.CharField(max_length=300)
    cure_ur = models.CharField(max_length=300)
    fee = models.PositiveIntegerField(default=0, help_text="PKR per course")
    blocks = models.BooleanField(default=True)
    meaning = InLanguage()
    cure = InLanguage()

    class Meta:
        ordering = ["code"]

    def __str__(self) -> str:
        return f"{self.code}: {self.meaning}"


class TariffRow(models.Model):
    """A fee and the date from which it holds; earlier rows stay for earlier applications."""

    level = models.ForeignKey(Level, on_delete=models.PROTECT)
    kind = models.CharField(max_length=6, choices=Kind)
    issue = models.CharField(max_length=9, choices=Issue)
    urgent = models.BooleanField()
    amount = models.PositiveIntegerField(help_text="PKR")
    holds_from = models.DateField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["level", "kind", "issue", "urgent", "holds_from"], name="tariff_one_row"
            )
        ]

    def __str__(self) -> str:
        return f"{self.level_id} {self.kind} {self.issue} {self.amount}"


class Charge(models.Model):
    """A charge beside the tariff and the date from which it holds, such as posting abroad."""

    code = models.SlugField()
    name_en = models.CharField(max_length=100)
    name_ur = models.CharField(max_length=100)
    amount = models.PositiveIntegerField(help_text="PKR")
    holds_from = models.DateField()
    name = InLanguage()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["code", "holds_from"], name="charge_one_row")]

    def __str__(self) -> str:
        return f"{self.code} {self.amount} from {self.holds_from:%Y-%m-%d}"


class RequiredDocument(models.Model):
    """A document that applications of some level, kind and issue need; "" means any."""

    code = models.SlugField(primary_key=True)
    name_en = models.CharField(max_length=150)
    name_ur = models.CharField(max_length=150)
    from_rank = models.PositiveSmallIntegerField(help_text="lowest rank of level that needs it")
    to_rank = models.PositiveSmallIntegerField(help_text="highest rank of level that needs it")
    kind = models.CharField(max_length=6, choices=Kind, blank=True)
    issue = models.CharField(max_length=9, choices=Issue, blank=True)
    online = models.BooleanField(default=True, help_text="asked for online too; else only with a paper form")
    order = models.PositiveSmallIntegerField(default=0)
    sample = models.TextField(default="", help_text="SVG: how such a paper looks")
    name = InLanguage()

    class Meta:
        ordering = ["order", "code"]

    def __str__(self) -> str:
        return self.name

    @property
    def sample_address(self) -> str:
        """The sample as an address of its own, for a page's picture."""
        return "data:image/svg+xml;base64," + b64encode(self.sample.encode()).decode()


class ObjectionGroup(models.TextChoices):
    """The kind of an objection: all that is shown of it where the reader may be a stranger."""

    DOCUMENT = "document", _("A document is missing or unclear")
    FEE = "fee", _("A fee needs attention")
    IDENTITY = "identity", _("A name or identity detail needs attention")
    RESULT = "result", _("The result needs attention")
    FORM = "form", _("The form needs attention")


class ObjectionReason(models.Model):
    """A defect in the words the applicant reads, with how to cure it and the rule behind it."""

    code = models.SlugField(primary_key=True)
    group = models.CharField(max_length=10, choices=ObjectionGroup)
    text_en = models.CharField(max_length=300)
    text_ur = models.CharField(max_length=300)
    cure_en = models.CharField(max_length=500)
    cure_ur = models.CharField(max_length=500)
    rule = models.CharField(max_length=200)
    old_text = models.CharField(max_length=200, blank=True, help_text="its words in the old register")
    finding = models.CharField(max_length=20, blank=True, help_text="the pre-flight's finding it answers")
    retired = models.BooleanField(default=False)
    text = InLanguage()
    cure = InLanguage()

    class Meta:
        ordering = ["group", "code"]

    def __str__(self) -> str:
        return self.text


class Route(models.TextChoices):
    """How the students of an intake come to their first certificates."""

    ONLINE = "online", _("Online")
    PAPER = "paper", _("On paper")
    AUTOMATIC = "automatic", _("Without an application")


class IntakeRoute(models.Model):
    """The route of the intakes from a year on, until the next row, explained to the person."""

    from_year = models.PositiveSmallIntegerField(primary_key=True)
    route = models.CharField(max_length=9, choices=Route)
    text_en = models.CharField(max_length=300)
    text_ur = models.CharField(max_length=300)
    text = InLanguage()

    class Meta:
        ordering = ["from_year"]

    def __str__(self) -> str:
        return f"{self.from_year}: {self.get_route_display()}"


class Holiday(models.Model):
    """A day on which the university is closed."""

    day = models.DateField(primary_key=True)
    name_en = models.CharField(max_length=100)
    name_ur = models.CharField(max_length=100)
    name = InLanguage()

    class Meta:
        ordering = ["day"]

    def __str__(self) -> str:
        return f"{self.day:%Y-%m-%d} {self.name}"


class Signatory(models.Model):
    """Somebody whose name stands under a certificate."""

    code = models.SlugField(primary_key=True)
    name_en = models.CharField(max_length=100)
    name_ur = models.CharField(max_length=100)
    office_en = models.CharField(max_length=100)
    office_ur = models.CharField(max_length=100)
    name = InLanguage()
    office = InLanguage()

    class Meta:
        verbose_name_plural = "signatories"

    def __str__(self) -> str:
        return f"{self.name}, {self.office}"
