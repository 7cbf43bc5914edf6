"""The outbox's way in: queue() writes rows within the move's transaction; delivery sends them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.mail.message import make_msgid
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from degreetrack.accounts.models import Actor
from degreetrack.journal.services import ByWhom, record_many
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


@dataclass(frozen=True)
class Letter:
    """News of one stream: where it goes, in which language, and what its template is filled in with."""

    stream: str
    email: str
    mobile: str
    language: str
    context: dict[str, Any]


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
    """Queue the news by each channel with an address; nothing is sent until the transaction commits."""
    letter = Letter(stream, email, mobile, language, context)
    return queue_many(
        template, [letter], priority=priority, topic=topic, valid=valid, at=at, not_before=not_before
    )


def queue_many(
    template: str,
    letters: Sequence[Letter],
    *,
    priority: Priority = Priority.NEWS,
    topic: str = "",
    valid: timedelta | None = None,
    at: datetime | None = None,
    not_before: datetime | None = None,
) -> list[Notice]:
    """Queue the same news to many, in few statements.

    Outside codes and answers, nothing is due in the quiet hours. Where the address wants no news, or
    takes none, the row says so.
    """
    at = at or timezone.now()
    due = max(at, not_before or at)
    if priority != Priority.AT_ONCE:
        due = morning_after(due)
    expires = due + (valid or TERMS[priority].valid)
    notices = []
    for letter in letters:
        for channel, to in ((Channel.EMAIL, letter.email), (Channel.SMS, letter.mobile)):
            if to:
                words = wording(template, channel, letter.language, letter.context)
                notice = Notice(
                    stream=letter.stream, template=template, topic=topic, channel=channel,
                    language=letter.language, to=to, subject=words.subject, body=words.body,
                    priority=priority, queued_at=at, due_at=due, expires_at=expires,
                )  # fmt: skip
                notices.append(notice)
    _save(notices, by=OUTBOX, at=at)
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
    _save([again], by=by, at=at, asked=True)
    return again


def _save(notices: list[Notice], *, by: ByWhom, at: datetime, asked: bool = False) -> None:
    """Write rows and their lines in the journal, which have neither address nor words."""
    known = {} if asked else addresses.known_of((Channel(row.channel), row.to) for row in notices)
    for notice in notices:
        if notice.channel == Channel.EMAIL:
            # The same at each attempt, so that mailboxes know a double for what it is.
            notice.provider_id = make_msgid(domain=settings.MAIL_DOMAIN)
        about = known.get((Channel(notice.channel), notice.to))
        why = addresses.why_not(about, Priority(notice.priority), at=at)
        if why:
            notice.fate, notice.problem, notice.ended_at = Fate.DROPPED, why, at
    Notice.objects.bulk_create(notices, batch_size=500)
    told = [
        (row.stream, "notice", {"notice": row.pk, "channel": row.channel, "template": row.template})
        for row in notices
    ]
    record_many(told, by=by, at=at)
    dropped = [row for row in notices if row.fate == Fate.DROPPED]
    told = [
        (row.stream, str(Fate.DROPPED), {"notice": row.pk, "channel": row.channel, "problem": row.problem})
        for row in dropped
    ]
    record_many(told, by=OUTBOX, at=at)
