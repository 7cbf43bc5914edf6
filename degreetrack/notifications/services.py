"""The outbox's way in: queue() writes rows within the move's transaction; delivery sends them."""

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from django.conf import settings
from django.core.mail.message import make_msgid
from django.db import connection
from django.template.base import TextNode, VariableNode
from django.template.defaulttags import AutoEscapeControlNode
from django.template.loader import get_template, render_to_string
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from degreetrack.accounts.models import Actor
from degreetrack.journal.services import ByWhom, Heads, Line, record_many
from degreetrack.kit.refusals import Refused
from degreetrack.kit.rows import read_with_told, with_told
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


@dataclass(frozen=True)
class Read:
    """What a caller has read before: heads of streams that it holds, and keys for new notices.

    And that nothing is known of the addresses.
    """

    heads: Heads
    keys: list[int]


def keys_in_sql() -> str:
    """A fresh key for each of a letter's two channels, as JSON; PostgreSQL's."""
    key = "nextval(pg_get_serial_sequence('notifications_notice', 'id'))"
    return f"json_build_array({key}, {key})"


def wording(template: str, channel: Channel, language: str, context: dict[str, Any]) -> Wording:
    """Fill in the words of a notice: the Controller's own, else the template file's."""
    own = rewordings.of(template, language, channel)
    if own is not None:
        return filled(own, channel, language, context)
    return _parted(_rendered(f"notices/{template}.{language}.{channel}.txt", language, context), channel)


def _rendered(name: str, language: str, context: dict[str, Any]) -> str:
    pieces = _pieces(name)
    if pieces is None:
        with translation.override(language):
            return render_to_string(name, context)
    return "".join(piece if is_text else str(context.get(piece, "")) for is_text, piece in pieces)


@cache
def _pieces(name: str) -> list[tuple[bool, str]] | None:
    """The texts of a template and the names of the values between them; None where it holds more."""
    [node, *rest] = get_template(name).template.nodelist  # type: ignore[attr-defined]
    if not isinstance(node, AutoEscapeControlNode) or node.setting or any(part.s.strip() for part in rest):
        return None
    pieces = []
    for part in node.nodelist:
        if isinstance(part, TextNode):
            pieces.append((True, part.s))
        elif isinstance(part, VariableNode) and re.fullmatch(r"\w+", part.filter_expression.token):
            pieces.append((False, part.filter_expression.token))
        else:
            return None
    return pieces


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
    first: Sequence[Line] = (),
    read: Read | None = None,
) -> list[Notice]:
    """Queue the same news to many, in few statements; `first` is what the journal is to tell before it.

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
    _save(notices, by=OUTBOX, at=at, first=first, read=read)
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


def _save(
    notices: list[Notice],
    *,
    by: ByWhom,
    at: datetime,
    asked: bool = False,
    first: Sequence[Line] = (),
    read: Read | None = None,
) -> None:
    """Write rows of one moment and their lines in the journal, which have neither address nor words."""
    known = {} if asked or read else addresses.known_of((Channel(row.channel), row.to) for row in notices)
    for notice in notices:
        if notice.channel == Channel.EMAIL:
            # The same at each attempt, so that mailboxes know a double for what it is.
            notice.provider_id = make_msgid(domain=settings.MAIL_DOMAIN)
        about = known.get((Channel(notice.channel), notice.to))
        why = addresses.why_not(about, Priority(notice.priority), at=at)
        if why:
            notice.fate, notice.problem, notice.ended_at = Fate.DROPPED, why, at
    if notices:
        _insert(notices, keys=read.keys if read else None)
    told = [
        Line(
            row.stream, "notice", {"notice": row.pk, "channel": row.channel, "template": row.template}, by=by
        )
        for row in notices
    ]
    dropped = [
        (row.stream, str(Fate.DROPPED), {"notice": row.pk, "channel": row.channel, "problem": row.problem})
        for row in notices
        if row.fate == Fate.DROPPED
    ]
    record_many([*first, *told, *dropped], by=OUTBOX, at=at, heads=read.heads if read else None)


_OWN = ("stream", "channel", "language", "recipient", "subject", "body", "fate", "problem", "provider_id")
_INSERT = """INSERT INTO notifications_notice ({key} stream, channel, language, "to", subject, body, fate,
    problem, provider_id, template, topic, priority, queued_at, due_at, expires_at, ended_at, permanent,
    attempts, deaths)
    SELECT {key} stream, channel, language, recipient, subject, body, fate, problem, provider_id, %s, %s, %s,
    %s, %s, %s, CASE fate WHEN 'dropped' THEN %s END, %s, 0, 0
    FROM told"""
_INSERT_KEYED = _INSERT.format(key="id,")
_INSERT_NEW = _INSERT.format(key="") + ' RETURNING id, stream, channel, "to"'


def _insert(notices: list[Notice], *, keys: list[int] | None) -> None:
    """Write notices of one template and moment in one statement, and give each its key."""
    told = [{name: getattr(row, name, row.to) for name in _OWN} for row in notices]
    one, adapt = notices[0], connection.ops.adapt_datetimefield_value
    queued, due, expires = adapt(one.queued_at), adapt(one.due_at), adapt(one.expires_at)
    same = [one.template, one.topic, int(one.priority), queued, due, expires, queued, False]
    columns = dict.fromkeys(_OWN, "text")
    if keys is not None:
        for row, its, key in zip(notices, told, keys, strict=False):
            row.pk = its["id"] = key
        with_told(_INSERT_KEYED, told, *same, id="bigint", **columns)
    else:
        found: defaultdict[tuple[str, ...], list[int]] = defaultdict(list)
        for pk, *which in read_with_told(_INSERT_NEW, told, *same, **columns):
            found[tuple(which)].append(pk)
        for row in notices:
            row.pk = found[row.stream, str(row.channel), row.to].pop()
    for row in notices:
        row._state.adding = False
