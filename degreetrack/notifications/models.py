"""The outbox: one row for each message to one person over one channel, and what is known of addresses."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Channel(models.TextChoices):
    EMAIL = "email", _("E-mail")
    SMS = "sms", _("SMS")


class Fate(models.TextChoices):
    """What has become of a notice."""

    QUEUED = "queued", _("Queued")
    SENDING = "sending", _("Being sent")
    SENT = "sent", _("Sent")
    DELIVERED = "delivered", pgettext_lazy("notice", "Delivered")
    FAILED = "failed", _("Failed")
    EXPIRED = "expired", _("Too late to send")
    DROPPED = "dropped", _("Not needed any more")


OPEN = (Fate.QUEUED, Fate.SENDING)


class Priority(models.IntegerChoices):
    """Which notice goes first: nobody waits for a link behind a backlog of news."""

    AT_ONCE = 0, _("At once")
    NEWS = 5, _("News")
    REMINDER = 9, _("Reminder")


SECRET = {"bearer", "password_reset", "sign_in_code"}


class Notice(models.Model):
    """One message, rendered when it was queued, in the recipient's language."""

    stream = models.CharField(max_length=40, db_index=True, help_text="'application/17'")
    template = models.CharField(max_length=30, help_text="the move that it tells of")
    topic = models.CharField(
        max_length=10, blank=True, help_text="of the same stream, only the newest notice of a topic matters"
    )
    channel = models.CharField(max_length=5, choices=Channel)
    language = models.CharField(max_length=2)
    to = models.CharField(max_length=254)
    subject = models.CharField(max_length=200, blank=True)
    body = models.TextField()
    priority = models.PositiveSmallIntegerField(choices=Priority, default=Priority.NEWS)
    fate = models.CharField(max_length=9, choices=Fate, default=Fate.QUEUED)
    permanent = models.BooleanField(default=False, help_text="failed, and would fail again")
    attempts = models.PositiveSmallIntegerField(default=0, help_text="those whose outcome is known")
    deaths = models.PositiveSmallIntegerField(default=0, help_text="workers that stopped while they had it")
    queued_at = models.DateTimeField()
    due_at = models.DateTimeField()
    expires_at = models.DateTimeField(help_text="after which nobody needs it")
    leased_until = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True, help_text="when its last fate was known")
    provider_id = models.CharField(max_length=255, blank=True, help_text="an e-mail's Message-ID")
    problem = models.CharField(max_length=300, blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["channel", "priority", "due_at"],
                name="notice_to_send",
                condition=models.Q(fate="queued"),
            ),
            models.Index(
                fields=["channel", "leased_until"], name="notice_held", condition=models.Q(fate="sending")
            ),
            models.Index(fields=["-queued_at"], name="notice_latest"),
            models.Index(
                fields=["-ended_at"], name="notice_lost", condition=models.Q(fate__in=["failed", "expired"])
            ),
            models.Index(fields=["provider_id"], name="notice_provider_id"),
        ]

    @property
    def is_secret(self) -> bool:
        """Whether its words are for the recipient alone; staff see that it was sent, no more."""
        return self.template in SECRET

    @property
    def may_go_again(self) -> bool:
        """Whether staff may send it once more."""
        return self.fate not in OPEN and not self.is_secret

    def __str__(self) -> str:
        return f"{self.template} by {self.channel} for {self.stream}"


class Part(models.Model):
    """One message that a provider took, by its id there; a long SMS is several.

    A receipt may come before we have written down whose it is: then `notice` is empty for a while.
    """

    notice = models.ForeignKey(Notice, null=True, on_delete=models.CASCADE, related_name="parts")
    provider_id = models.CharField(max_length=255, db_index=True)
    to = models.CharField(max_length=254, help_text="ids come again after a centre restarts")
    at = models.DateTimeField()
    fate = models.CharField(max_length=9, choices=Fate, default=Fate.SENT)
    problem = models.CharField(max_length=300, blank=True)

    def __str__(self) -> str:
        return f"{self.provider_id}: {self.fate}"


class Address(models.Model):
    """What is known of a number or mailbox: that its owner wants no news, or that nothing arrives there."""

    channel = models.CharField(max_length=5, choices=Channel)
    to = models.CharField(max_length=254)
    stopped_at = models.DateTimeField(null=True, help_text="its owner asked for no more news")
    failed_at = models.DateTimeField(null=True, help_text="it was refused for good")
    problem = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["channel", "to"], name="address_once")]
        verbose_name_plural = "addresses"

    def __str__(self) -> str:
        return f"{self.channel} address {self.pk}"


class Line(models.Model):
    """A channel as all workers share it: when the next message may go, and how it has been doing."""

    channel = models.CharField(primary_key=True, max_length=5, choices=Channel)
    next_at = models.DateTimeField(null=True, help_text="where the rate per second is limited")
    shut_until = models.DateTimeField(null=True, help_text="the provider is away; a worker tries it then")
    problem = models.CharField(max_length=300, blank=True)
    problem_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return str(self.channel)


class Incoming(models.Model):
    """An SMS that somebody sent to us, kept until it is answered and then for a month."""

    sender = models.CharField(max_length=20)
    text = models.CharField(max_length=320)
    at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["sender", "at"], name="incoming_sender"),
            models.Index(fields=["id"], name="incoming_open", condition=models.Q(answered_at=None)),
        ]

    def __str__(self) -> str:
        return f"SMS of {self.at:%Y-%m-%d %H:%M}"


class Rewording(models.Model):
    """The Controller's own words of one notice, in place of the original's file."""

    name = models.CharField(max_length=30, help_text="of the notice: 'approve'")
    language = models.CharField(max_length=2)
    channel = models.CharField(max_length=5, choices=Channel)
    text = models.TextField(help_text="a template; of an e-mail the first line is the subject")
    changed_at = models.DateTimeField()
    by_name = models.CharField(max_length=150)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["name", "language", "channel"], name="rewording_once")]

    def __str__(self) -> str:
        return f"{self.name}.{self.language}.{self.channel}"
