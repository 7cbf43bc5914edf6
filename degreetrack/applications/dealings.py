"""What passes between an applicant and the desk: who collects for them, questions and answers."""

from django.db import models


class Bearer(models.Model):
    """Somebody whom the applicant sends to collect the document, known by a code and a CNIC."""

    application = models.ForeignKey(
        "applications.Application", on_delete=models.PROTECT, related_name="bearers"
    )
    name = models.CharField(max_length=100)
    cnic = models.CharField(max_length=15, help_text="5-7-1; never shown whole")
    code_hash = models.CharField(max_length=64, help_text="keyed digest; the code itself is kept nowhere")
    made_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0, help_text="wrong codes told at the desk")
    used_at = models.DateTimeField(null=True)
    cancelled_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["application"],
                condition=models.Q(used_at=None, cancelled_at=None),
                name="one_open_bearer",
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def cnic_end(self) -> str:
        """The last four digits, to compare with the card."""
        return self.cnic.replace("-", "")[-4:]


class Message(models.Model):
    """One question or complaint on a case, or the answer to it."""

    application = models.ForeignKey(
        "applications.Application", on_delete=models.PROTECT, related_name="messages"
    )
    by_applicant = models.BooleanField()
    by_name = models.CharField(max_length=150)
    text = models.CharField(max_length=2000)
    at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True, help_text="of the applicant's: when somebody replied")

    class Meta:
        ordering = ["at", "pk"]
        indexes = [
            models.Index(
                fields=["at", "id"],
                name="message_open",
                condition=models.Q(by_applicant=True, answered_at=None),
            )
        ]

    def __str__(self) -> str:
        return f"{self.by_name}, {self.at:%Y-%m-%d %H:%M}"
