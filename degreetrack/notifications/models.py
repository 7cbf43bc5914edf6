"""The outbox: one row for each message to one person over one channel."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Channel(models.TextChoices):
    EMAIL = "email", _("E-mail")
    SMS = "sms", _("SMS")


class Fate(models.TextChoices):
    """What has become of a notice."""

    QUEUED = "queued", _("Queued")
    SENT = "sent", _("Sent")
    FAILED = "failed", _("Failed")


class Priority(models.IntegerChoices):
    """Which notice goes first: nobody waits for a link behind a backlog of news."""

    AT_ONCE = 0, _("At once")
    NEWS = 5, _("News")
    REMINDER = 9, _("Reminder")


SECRET = {"bearer", "password_reset"}


class Notice(models.Model):
    """One message, rendered when it was queued, in the recipient's language."""

    stream = models.CharField(max_length=40, db_index=True, help_text="'application/17'")
    template = models.CharField(max_length=30, help_text="the move that it tells of")
    channel = models.CharField(max_length=5, choices=Channel)
    language = models.CharField(max_length=2)
    to = models.CharField(max_length=254)
    subject = models.CharField(max_length=200, blank=True)
    body = models.TextField()
    priority = models.PositiveSmallIntegerField(choices=Priority, default=Priority.NEWS)
    fate = models.CharField(max_length=6, choices=Fate, default=Fate.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    queued_at = models.DateTimeField()
    due_at = models.DateTimeField()
    leased_until = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    provider_id = models.CharField(max_length=100, blank=True)
    problem = models.CharField(max_length=300, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["priority", "due_at"], name="notice_due", condition=models.Q(fate="queued")),
            models.Index(fields=["-queued_at"], name="notice_latest"),
        ]

    @property
    def is_secret(self) -> bool:
        """Whether its words are for the recipient alone; staff see that it was sent, no more."""
        return self.template in SECRET

    def __str__(self) -> str:
        return f"{self.template} by {self.channel} for {self.stream}"
