"""What is late, what is due today and what is due next: for whom, how many, which, and why."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from django.db.models import Count, Exists, F, OuterRef, Prefetch, Q, QuerySet
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from degreetrack.accounts.models import Role, User
from degreetrack.applications.lifecycle import DESKS, State
from degreetrack.applications.models import Application, Delivery, Hold, Message
from degreetrack.applications.queries import visible_to
from degreetrack.applications.targets import Timetable, timetable
from degreetrack.catalogue.targets import STAGES
from degreetrack.oversight.models import Escalation

READERS = frozenset({Role.SUPERVISOR, Role.CONTROLLER, Role.AUDITOR})
_EVERYTHING = {Role.CONTROLLER, Role.AUDITOR}


class When(StrEnum):
    """How a file stands to its day."""

    LATE = "late"
    TODAY = "today"
    NEXT = "next"


@dataclass(frozen=True)
class Days:
    """Today, and the working day after it."""

    today: date
    following: date

    def of(self, when: When) -> Q:
        """The files that stand so to their day."""
        match when:
            case When.LATE:
                return Q(due_on__lt=self.today)
            case When.TODAY:
                return Q(due_on=self.today)
            case When.NEXT:
                return Q(due_on__gt=self.today, due_on__lte=self.following)


def days(table: Timetable, *, at: datetime) -> Days:
    """The days that count at a moment."""
    today = timezone.localdate(at)
    return Days(today, table.after(today, 1))


def watched(user: User) -> QuerySet[Application]:
    """The files whose lateness is somebody's to see.

    The Controller and the auditor see all; who heads a section at headquarters the stages that lie at its
    desk; who heads a regional office its own files, wherever they lie.
    """
    files = visible_to(user).filter(due_on__isnull=False)
    if user.roles & _EVERYTHING or {Role.SUPERVISOR, Role.REGIONAL} <= user.roles:
        return files
    if Role.SUPERVISOR not in user.roles:
        return files.none()
    mine = Q(state__in=[state for state, role in DESKS.items() if role in user.roles])
    if Role.RECEIPT in user.roles:
        mine |= Q(state=State.SIGNED, delivery=Delivery.COLLECT, collect_office="")
    return files.filter(mine)


@dataclass(frozen=True)
class Stage:
    """How many files of a stage are late, due today and due next."""

    state: State
    late: int
    today: int
    next: int


def stages(user: User, on: Days) -> list[Stage]:
    """The counts of each stage with any, in the order of the way."""
    near = watched(user).filter(due_on__lte=on.following)
    counts = [Count("pk", filter=on.of(when)) for when in (When.LATE, When.TODAY, When.NEXT)]
    counted = near.values_list("state").annotate(late=counts[0], today=counts[1], next=counts[2]).order_by()
    found = {state: numbers for state, *numbers in counted}
    return [Stage(State(state), *found[state]) for state in STAGES if state in found]


def in_whose_hands(user: User, on: Days, *, at: datetime) -> list[tuple[str, int]]:
    """Clerks who have late files in hand, and how many."""
    held = Hold.objects.filter(until__gt=at, application__in=watched(user).filter(on.of(When.LATE)))
    counted = held.values_list("user__first_name", "user__last_name", "user__username").annotate(
        n=Count("pk")
    )
    return [
        (f"{first} {last}".strip() or username, n)
        for first, last, username, n in counted.order_by("-n", "user__username")
    ]


@dataclass(frozen=True)
class Row:
    """A file, and why it is late."""

    application: Application
    why: list[str]


@dataclass(frozen=True)
class Page:
    """Some files and the key by which to ask for the next."""

    rows: list[Row]
    next_key: str


def page(
    user: User, when: When, on: Days, *, by: Timetable, at: datetime, after: str = "", size: int = 50
) -> Page:
    """One page of the files that stand so to their day, oldest day first; `after` is the last page's key."""
    asked = Message.objects.filter(application=OuterRef("pk"), by_applicant=True, answered_at=None)
    current = Escalation.objects.filter(closed_at=None, since=F("application__state_since"))
    rows = (
        watched(user)
        .filter(on.of(when), _beyond(after))
        .select_related("hold__user")
        .annotate(asks=Exists(asked))
        .prefetch_related(
            Prefetch("escalations", current.select_related("officer").order_by("level"), to_attr="answers")
        )
    )
    found = list(rows.order_by("due_on", "pk")[: size + 1])
    shown = [Row(row, _why(row, by=by, at=at)) for row in found[:size]]
    last = found[size - 1] if len(found) > size else None
    return Page(shown, f"{last.due_on}_{last.pk}" if last else "")


def oldest(user: User, on: Days, *, most: int = 10) -> list[Application]:
    """The files that are late longest."""
    return list(watched(user).filter(on.of(When.LATE)).order_by("due_on", "pk")[:most])


def _beyond(key: str) -> Q:
    """The rows after a key; a key that is none gives the first page."""
    try:
        day, pk = key.split("_")
        on = date.fromisoformat(day)
        return Q(due_on__gt=on) | Q(due_on=on, pk__gt=int(pk[:18]))
    except ValueError:
        return Q()


def _why(row: Application, *, by: Timetable, at: datetime) -> list[str]:
    """Everything known that keeps a file at its desk, and who answers for it."""
    lain = by.between(timezone.localdate(row.state_since), timezone.localdate(at))
    target = by.target(row.state, kind=row.kind, urgent=row.urgent)
    why = [_lies(lain, target.days if target else 0)]
    if row.stage_days:
        why.append(
            ngettext(
                "Checking had used %(n)s working day before.",
                "Checking had used %(n)s working days before.",
                row.stage_days,
            )
            % {"n": row.stage_days}
        )
    hold: Hold | None = getattr(row, "hold", None)
    if hold and hold.until > at:
        why.append(_("In hand: %(name)s") % {"name": hold.user.display_name})
    else:
        why.append(_("Nobody has it in hand."))
    if getattr(row, "asks", False):
        why.append(_("The applicant's question waits for an answer."))
    if row.correction and not row.correction_settled_at:
        why.append(_("The correction of the names is not settled."))
    if row.state == State.SIGNED and row.delivery == Delivery.COLLECT:
        why.append(_("It is to be collected."))
    return why + [_answers(one) for one in getattr(row, "answers", [])]


def _lies(lain: int, target: int) -> str:
    return ngettext(
        "It has lain here for %(n)s working day; the target is %(target)s.",
        "It has lain here for %(n)s working days; the target is %(target)s.",
        lain,
    ) % {"n": lain, "target": target}


def _answers(one: Escalation) -> str:
    said = {
        "name": one.officer.display_name,
        "day": formats.date_format(timezone.localtime(one.at)),
        "note": one.note,
    }
    if one.note:
        return _("Escalated to %(name)s on %(day)s, who says: %(note)s") % said
    return _("Escalated to %(name)s on %(day)s, who has said nothing yet.") % said


def now(*, at: datetime | None = None) -> tuple[Timetable, Days, datetime]:
    """The timetable, the days that count, and the moment."""
    at, table = at or timezone.now(), timetable()
    return table, days(table, at=at), at
