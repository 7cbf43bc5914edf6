"""What scrutiny keeps of a file beside its state: ticks, originals sighted, proposed objections."""

from django.conf import settings
from django.db import models


class Checked(models.Model):
    """What somebody found when they looked at one point of a document's checklist."""

    application = models.ForeignKey(
        "applications.Application", on_delete=models.PROTECT, related_name="checked"
    )
    item = models.ForeignKey(
        "catalogue.ChecklistItem", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    right = models.BooleanField()
    by_name = models.CharField(max_length=150)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["application", "item"], name="checked_once")]

    def __str__(self) -> str:
        return f"{self.item_id}: {'right' if self.right else 'not right'}"


class Sighting(models.Model):
    """An original that a counter or a regional office had in hand, so that no attested copy is needed."""

    application = models.ForeignKey(
        "applications.Application", on_delete=models.PROTECT, related_name="sightings"
    )
    requirement = models.ForeignKey(
        "catalogue.RequiredDocument", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    office = models.SlugField(blank=True, db_index=False, help_text="code of a region; empty headquarters")
    by_name = models.CharField(max_length=150)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["application", "requirement"], name="sighted_once")]

    def __str__(self) -> str:
        return f"{self.requirement_id} at {self.office or 'headquarters'}"


class ObjectionProposal(models.Model):
    """Objections that a clerk found late and asks the supervisor to raise."""

    application = models.ForeignKey(
        "applications.Application", on_delete=models.PROTECT, related_name="proposals"
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    section = models.ForeignKey(
        "accounts.Section", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    objections = models.JSONField(help_text="pairs of code and own words, one of which is null")
    why = models.CharField(max_length=500, help_text="why it was not raised at first scrutiny")
    at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    decided_by_name = models.CharField(max_length=150, blank=True)
    accepted = models.BooleanField(null=True)
    answer = models.CharField(max_length=500, blank=True, help_text="the supervisor's words to the clerk")

    class Meta:
        ordering = ["at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["application"], condition=models.Q(decided_at=None), name="one_open_proposal"
            )
        ]
        indexes = [
            models.Index(
                fields=["section", "at", "id"], name="proposal_open", condition=models.Q(decided_at=None)
            ),
            models.Index(fields=["by", "-at"], name="proposal_of_clerk"),
        ]

    def __str__(self) -> str:
        return f"{self.application_id}, {self.at:%Y-%m-%d}"
