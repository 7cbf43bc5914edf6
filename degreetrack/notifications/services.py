"""The outbox's way in: queue() writes rows within the move's transaction; delivery sends them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.mail.message import make_msgid
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from degreetrack.accounts.models import Actor
from degreetrack.journal.services import ByWhom, record
from degreetrack.kit.refusals import Refused
from degreetrack.notifications import addresses, rewordings
from degreetrack.notifications.models import Channel, Fate, Notice, Priority
from degreetrack.notifications.terms import TERMS, morning_after

OUTBOX = Actor("outbox")
# Only the newest notice with this topic is worth sending: where an application stands.
STATUS = "status"


@dataclass(frozen=True)
class Wording:
    """The words of one notice for one channel; an SMS has no subject."""

    subject: str
    body: str


def wording(template: str, channel: Channel, language: str, context: dict[str, Any]) -> Wording:
    """Fill in the words of a notice: the Controller's own, else the template file's."""
    own = rewordings.of(template, language, channel)
    if own is not None:
        return filled(own, channel, language, context)
    with translation.override(language):
        text = render_to_string(f"notices/{template}.{language}.{channel}.txt", context)
    return _parted(text, channel)


def filled(text: str, channel: Channel, language: str, context: dict[str, Any]) -> Wording:
    """Fill in a text that somebody wrote in place of the file's."""
    with translation.override(language):
        return _parted(rewordings.fill(text, context), channel)


def _parted(text: str, channel: Channel) -> Wording:
    """Of an e-mail the first line is the subject."""
    if channel == Channel.SMS:
        return Wording("", " ".join(text.split()))
    subject, _newline, body = text.partition("\n")
    return Wording(subject.strip(), body.strip())


def queue(
    template: str,
    *,
    stream: str,
    email: str,
    mobile: str,
    language: str,
    context: dict[str, Any],
    priority: Priority = Priority.NEWS,
    topic: str = "",
    valid: timedelta | None = None,
    at: datetime | None = None,
    not_before: datetime | None = None,
) -> list[Notice]:
    """Queue the news by each channel with an address; nothing is sent until the transaction commits.

    Outside codes and answers, nothing is due in the quiet hours. Where the address wants no news, or
    takes none, the row says so.
    """
    at = at or timezone.now()
    due = max(at, not_before or at)
    if priority != Priority.AT_ONCE:
        due = morning_after(due)
    expires = due + (valid or TERMS[priority].valid)
    notices = []
    for channel, to in ((Channel.EMAIL, email), (Channel.SMS, mobile)):
        if to:
            words = wording(template, channel, language, context)
            notice = Notice(
                stream=stream, template=template, topic=topic, channel=channel, language=language, to=to,
                subject=words.subject, body=words.body, priority=priority, queued_at=at, due_at=due,
                expires_at=expires,
            )  # fmt: skip
            notices.append(_save(notice, by=OUTBOX))
    return notices


def send_again(notice: Notice, *, by: ByWhom, to: str = "", at: datetime | None = None) -> Notice:
    """Queue the same words once more, to the same address or to the one that took its place."""
    if not notice.may_go_again:
        raise Refused(_("This notice is still under way, or its words are for the recipient alone."))
    at = at or timezone.now()
    due = morning_after(at)
    again = Notice(
        stream=notice.stream, template=notice.template, channel=notice.channel, language=notice.language,
        to=to or notice.to, subject=notice.subject, body=notice.body, queued_at=at, due_at=due,
        expires_at=due + TERMS[Priority.NEWS].valid,
    )  # fmt: skip
    return _save(again, by=by, asked=True)


def _save(notice: Notice, *, by: ByWhom, asked: bool = False) -> Notice:
    """Write the row and its line in the journal, which has neither address nor words."""
    channel = Channel(notice.channel)
    if channel == Channel.EMAIL:
        # The same at each attempt, so that mailboxes know a double for what it is.
        notice.provider_id = make_msgid(domain=settings.MAIL_DOMAIN)
    why = (
        "" if asked else addresses.why_not(channel, notice.to, Priority(notice.priority), at=notice.queued_at)
    )
    if why:
        notice.fate, notice.problem, notice.ended_at = Fate.DROPPED, why, notice.queued_at
    notice.save(force_insert=True)
    said = {"notice": notice.pk, "channel": channel, "template": notice.template}
    record(notice.stream, "notice", by=by, after=said, at=notice.queued_at)
    if why:
        told = {"notice": notice.pk, "channel": channel, "problem": why}
        record(notice.stream, str(Fate.DROPPED), by=OUTBOX, after=told, at=notice.queued_at)
    return notice
