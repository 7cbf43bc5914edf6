"""Numbered blank stock that has been used: printed, or voided and why."""

from django.db import models


class StockUse(models.Model):
    """One numbered blank, used for one application."""

    stock_no = models.CharField(max_length=20, unique=True)
    stream = models.CharField(max_length=40, db_index=True, help_text="'application/17'")
    printed_at = models.DateTimeField()
    voided_at = models.DateTimeField(null=True)
    void_reason = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["stream"], condition=models.Q(voided_at=None), name="one_good_print"
            )
        ]

    def __str__(self) -> str:
        return self.stock_no
