"""What to look at on each required document."""

from django.db import models

from degreetrack.kit.languages import InLanguage


class ChecklistItem(models.Model):
    """One point of a document's checklist, and the objection that it leads to when it is not right."""

    document = models.ForeignKey(
        "catalogue.RequiredDocument", on_delete=models.CASCADE, related_name="checklist"
    )
    order = models.PositiveSmallIntegerField()
    text_en = models.CharField(max_length=200)
    text_ur = models.CharField(max_length=200)
    reason = models.ForeignKey(
        "catalogue.ObjectionReason", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    retired = models.BooleanField(default=False)
    text = InLanguage()

    class Meta:
        ordering = ["document", "order"]
        constraints = [models.UniqueConstraint(fields=["document", "order"], name="checklist_order_once")]

    def __str__(self) -> str:
        return self.text
