"""Questions and complaints on a case, their answers, and the clock that they run by."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from degreetrack.accounts.models import Actor, Role, User
from degreetrack.applications import news, queries
from degreetrack.applications.models import Application, Message
from degreetrack.catalogue.services import holidays, institution
from degreetrack.journal.services import record
from degreetrack.kit.calendars import working_date
from degreetrack.kit.refusals import Refused

A_DAY, MOST_A_DAY = timedelta(days=1), 20
# So many may wait for an answer at once on one case.
MOST_OPEN = 5
NOT_STAFF = frozenset({Role.APPLICANT, Role.CLOCK, Role.LEDGER})


def ask(tracking_id: str, *, by: User | Actor, text: str, at: datetime | None = None) -> Message:
    """Put the applicant's question or complaint on their case; the journal holds no words of it."""
    at = at or timezone.now()
    if Role.APPLICANT not in by.roles:
        raise Refused(_("Only the applicant asks here; staff reply."))
    text = _read(text)
    with transaction.atomic():
        application = queries.locked(tracking_id, by=by)
        lately = application.messages.filter(by_applicant=True, at__gt=at - A_DAY)
        if lately.count() >= MOST_A_DAY:
            raise Refused(_("That is enough for today. We read all of it; please write again tomorrow."))
        if application.messages.filter(by_applicant=True, answered_at=None).count() >= MOST_OPEN:
            raise Refused(_("Your questions wait for an answer. Please wait for it before you ask more."))
        message = application.messages.create(
            by_applicant=True, by_name=by.display_name[:150], text=text, at=at
        )
        record(application.stream, "ask", by=by, after={"message": message.pk}, at=at)
    return message


def reply(tracking_id: str, *, by: User | Actor, text: str, at: datetime | None = None) -> Message:
    """Answer all that is open on a case, and tell the applicant that an answer stands there."""
    at = at or timezone.now()
    if not by.roles - NOT_STAFF:
        raise Refused(_("Only staff reply here."))
    if not may_reply(by):
        raise Refused(_("An auditor reads, and writes nothing."))
    text = _read(text)
    with transaction.atomic():
        application = queries.locked(tracking_id, by=by)
        answered = application.messages.filter(by_applicant=True, answered_at=None).update(answered_at=at)
        message = application.messages.create(
            by_applicant=False, by_name=by.display_name[:150], text=text, at=at
        )
        said = {"message": message.pk, "answered": answered}
        record(application.stream, "reply", by=by, after=said, at=at)
        news.send("reply", application, at=at)
    return message


def may_reply(by: User | Actor) -> bool:
    """Whether somebody is of the staff and does more than audit."""
    return bool(by.roles - NOT_STAFF - {Role.AUDITOR})


def _read(text: str) -> str:
    """What was written, its lines kept; Refused where it is nothing or too much."""
    text = text.strip().replace("\r\n", "\n")
    if not 2 <= len(text) <= 2000:
        raise Refused(_("Write 2 to 2000 letters."))
    return text


def thread(application: Application) -> list[Message]:
    """Everything that was asked and answered on a case, oldest first."""
    return list(application.messages.all())


@dataclass(frozen=True)
class Question:
    """A case with open questions: the oldest of them, and by when it is due."""

    message: Message
    due_on: date
    late: bool


@dataclass(frozen=True)
class Questions:
    """Some open questions and the key by which to ask for the next."""

    rows: list[Question]
    next_key: str


def open_questions(user: User | Actor, *, after: str = "", size: int = 50) -> Questions:
    """One page of the cases with open questions, oldest first; `after` is the last page's key."""
    shown = _open(user).select_related("application__result__student")
    found = list(shown.filter(_beyond(after)).order_by("at", "pk")[: size + 1])
    uni, closed, today = institution(), holidays(), timezone.localdate()
    rows = []
    for message in found[:size]:
        asked_on = timezone.localdate(message.at)
        due_on = working_date(asked_on, uni.reply_days, holidays=closed, weekend=uni.weekend)
        rows.append(Question(message, due_on, due_on < today))
    last = found[size - 1] if len(found) > size else None
    return Questions(rows, f"{last.at.isoformat()}_{last.pk}" if last else "")


def count_open(user: User | Actor) -> int:
    """How many cases that somebody sees have open questions."""
    return _open(user).count()


def _open(user: User | Actor) -> QuerySet[Message]:
    """The oldest open question of each case."""
    waiting = Message.objects.filter(by_applicant=True, answered_at=None)
    earlier = Q(at__lt=OuterRef("at")) | Q(at=OuterRef("at"), pk__lt=OuterRef("pk"))
    same = waiting.filter(earlier, application=OuterRef("application"))
    return waiting.filter(~Exists(same), application__in=queries.visible_to(user))


def _beyond(key: str) -> Q:
    """The rows after a key; a key that is none gives the first page."""
    try:
        moment, pk = key.split("_")
        at = datetime.fromisoformat(moment)
        return Q(at__gt=at) | Q(at=at, pk__gt=int(pk))
    except ValueError:
        return Q()
