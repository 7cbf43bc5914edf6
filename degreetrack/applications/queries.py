"""Who sees which applications: look-up, worklists, search, and the steps the applicant reads."""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import batched
from typing import NamedTuple, Protocol

from django.db.models import Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from degreetrack.accounts.models import Actor, Role, User
from degreetrack.applications.lifecycle import (
    ENDED,
    WAITS_ON_APPLICANT,
    Move,
    State,
    moves_from,
)
from degreetrack.applications.models import Application, Delivery
from degreetrack.catalogue.services import institution
from degreetrack.kit import tracking_ids
from degreetrack.kit.cnics import to_cnic
from degreetrack.kit.digits import latin
from degreetrack.kit.refusals import Refused
from degreetrack.kit.urdu import search_key
from degreetrack.records.models import Student
from degreetrack.records.names import alike, by_index

_SHOWN = ("result__student__region", "result__programme__level")
# Of whom and of what the notices tell.
_TOLD = ("result__student", "result__programme")
AT_THE_DESK = (*_SHOWN, "hold__user")
# So many at most does a search list.
SEARCHED = 50
# Of people with a name, so many are looked at for the few whose cases one office sees.
LOOKED_AT = 5000


def sees_all(by: User | Actor) -> bool:
    """Whether somebody may see every application: all at headquarters that have any right."""
    return bool(by.roles) and Role.APPLICANT not in by.roles and not by.office


def visible_to(by: User | Actor) -> QuerySet[Application]:
    """The applications that somebody may see: an applicant their own, headquarters all.

    A regional office sees what it received and what is to be collected there.
    """
    everything = Application.objects.all()
    if sees_all(by):
        return everything
    if not by.roles:
        return everything.none()
    if Role.APPLICANT in by.roles:
        student = getattr(by, "student", None)
        return everything.filter(result__student=student) if student else everything.none()
    collected = Q(delivery=Delivery.COLLECT, collect_office=by.office)
    return everything.filter(Q(office=by.office) | collected)


def locked(tracking_id: str, *, by: User | Actor) -> Application:
    """The application, if this person may see it, held until the transaction ends; else Refused."""
    visible = visible_to(by).select_for_update(of=("self",))
    application = visible.filter(tracking_id=tracking_id).select_related(*_TOLD).first()
    if application is None:
        raise Refused(not_yours())
    return application


def not_yours() -> str:
    """What is said of an application that is not there, or not for this person."""
    return _("There is no such application, or it is not yours to see.")


def allowed_moves(application: Application, user: User) -> list[Move]:
    """The buttons of a case for this person, in the table's order."""
    return moves_from(State(application.state), user.roles)


@dataclass(frozen=True)
class Found:
    """What a look-up came upon, and by which number."""

    applications: list[Application]
    by: str
    mistyped: bool


def number_in(typed: str) -> tuple[str, str]:
    """What a person typed: ("tracking_id" or "roll_no", the number in its one form), or two empty texts."""
    tracking_id = tracking_ids.normalise(typed)
    if tracking_id:
        return "tracking_id", tracking_id
    roll_no = re.sub(r"[\s-]", "", latin(typed)).upper()
    return ("roll_no", roll_no) if re.fullmatch(institution().roll_pattern, roll_no) else ("", "")


def find(typed: str) -> Found:
    """Look up a tracking ID or roll number as a person types it."""
    shown = Application.objects.select_related(*_SHOWN)
    by, number = number_in(typed)
    if by == "tracking_id":
        found = list(shown.filter(tracking_id=number))
        return Found(found, by, not found and not tracking_ids.is_sound(number))
    if by == "roll_no":
        return Found(list(shown.filter(result__roll_no=number).order_by("-received_at")), by, False)
    return Found([], "", False)


def is_later_round(application: Application) -> bool:
    """Whether it has left first scrutiny, so that an objection now is one that should have come before."""
    return (
        application.objection_rounds > 0
        or application.first_checked_at is not None
        or application.state in (State.CHECKED, State.VERIFIED)
    )


def open_application(application: Application) -> Application | None:
    """Another application for the same certificate that has not ended."""
    same = {"result_id": application.result_id, "kind": application.kind, "issue": application.issue}
    return Application.objects.filter(**same).exclude(state__in=ENDED).first()


def overdue(today: date, *, but: Collection[int], most: int) -> list[Application]:
    """Applications whose limit to answer lies before today, oldest first, without some."""
    late = Application.objects.filter(state=State.OBJECTED, limit_on__lt=today)
    return list(late.exclude(pk__in=but).order_by("limit_on")[:most])


def to_remind(today: date, *, but: Collection[int], most: int) -> list[Application]:
    """Applications whose applicant is to be reminded by today, longest due first, without some."""
    due = Application.objects.filter(state=State.OBJECTED, remind_on__lte=today, limit_on__gte=today)
    return list(due.exclude(pk__in=but).order_by("remind_on")[:most])


def search(user: User, text: str, *, most: int = SEARCHED) -> list[Application]:
    """Find cases by tracking ID, roll number, registration number, CNIC or name.

    A name is found in either script however it is spelt, mistyped or in part; the closest come first.
    """
    text = " ".join(text.split())
    if len(text) < 3:
        return []
    compact = re.sub(r"[\s-]", "", latin(text)).upper()
    tracking_id = tracking_ids.normalise(text)
    numbers = [Q(tracking_id=tracking_id)] if tracking_id else []
    if any(map(str.isdecimal, compact)):
        numbers += [Q(result__roll_no=compact), Q(result__student__registration_no=text.upper())]
        numbers += [Q(result__student__cnic=to_cnic(text))]
    rows = visible_to(user).select_related(*AT_THE_DESK).order_by("-received_at")
    # One after the other: asked for with OR, they would make the database read every row.
    for number in numbers:
        if found := list(rows.filter(number)[:most]):
            return found
    return _named(rows.order_by(), text, most, people=LOOKED_AT if user.office else None)


def _named(rows: QuerySet[Application], text: str, most: int, *, people: int | None) -> list[Application]:
    """Cases by name, the closest names first, and of one name the newest; so many people are looked at."""
    key = search_key(text)
    ranks = {key: 0}
    with by_index():
        found, people = _borne_by([key], rows, most, people)
        if len(found) < most and people != 0:
            names = [name for name in alike(text) if name != key]
            ranks |= {name: rank for rank, name in enumerate(names, start=1)}
            # Very many may have the closest name: they come before the first of the next ones is looked for.
            for some in (names[:3], *batched(names[3:], 20)):
                more, people = _borne_by(some, rows, most - len(found), people)
                found |= more
                if len(found) >= most or people == 0:
                    break

    def place(row: Application) -> tuple[int, float]:
        keys = (row.result.student.name_key, row.result.student.name_ur_key)
        return min(ranks.get(key, len(ranks)) for key in keys), -row.received_at.timestamp()

    return sorted(rows.filter(pk__in=found) if found else [], key=place)


def _borne_by(
    names: Sequence[str], rows: QuerySet[Application], most: int, people: int | None
) -> tuple[set[int], int | None]:
    """The keys of so many cases at most of people with these names, and how many more may be looked at.

    What is shown of the cases is read later, once.
    """
    found: set[int] = set()
    for column in ("name_key", "name_ur_key"):
        mine = [name for name in names if name.isascii() == (column == "name_key")]
        if not mine or len(found) >= most:
            continue
        cases = rows.filter(**{f"result__student__{column}__in": mine})
        if people is not None:
            theirs = Student.objects.filter(**{f"{column}__in": mine})
            bearers = list(theirs.values_list("pk", flat=True)[:people])
            people -= len(bearers)
            cases = rows.filter(result__student__in=bearers)
        found.update(cases.values_list("pk", flat=True)[: most - len(found)])
    return found, people


class Step(NamedTuple):
    """One step of the way as the applicant reads it."""

    label: str | Promise
    status: str
    at: datetime | None


_WAY = (
    (gettext_lazy("Received"), ("submit",), (State.RECEIVED, State.OBJECTED, State.ANSWERED, State.RETURNED)),
    (gettext_lazy("Checked"), ("check",), (State.CHECKED,)),
    (gettext_lazy("Verified"), ("verify",), (State.VERIFIED,)),
    (gettext_lazy("Approved"), ("approve",), (State.APPROVED,)),
    (gettext_lazy("Printed"), ("print",), (State.PRINTED,)),
    (gettext_lazy("Signed"), ("sign",), (State.SIGNED,)),
    (gettext_lazy("Dispatched"), ("dispatch",), (State.DISPATCHED, State.UNDELIVERED)),
    (gettext_lazy("Delivered"), ("deliver", "hand_over"), (State.DELIVERED,)),
)


WAY = tuple(label for label, _verbs, _states in _WAY)
_PLACES = {verb: place for place, (_label, verbs, _states) in enumerate(_WAY) for verb in verbs}
_REACHED: dict[str, int] = {
    state: place for place, (_label, _verbs, states) in enumerate(_WAY) for state in states
}


class Stands(Protocol):
    """What the steps read of an application."""

    @property
    def state(self) -> str: ...
    @property
    def state_since(self) -> datetime: ...
    @property
    def received_at(self) -> datetime: ...


class Told(Protocol):
    """What the steps read of an entry of the journal."""

    @property
    def verb(self) -> str: ...
    @property
    def at(self) -> datetime: ...


def status_of(application: Stands, entries: Iterable[Told]) -> list[Step]:
    """The way from receipt to delivery: each step done, current, waiting on the applicant, to do or shut."""
    reached = _REACHED.get(application.state)
    if reached is None:
        return [
            Step(_WAY[0][0], "done", application.received_at),
            Step(State(application.state).label, "shut", application.state_since),
        ]
    # Of two verbs of one step, and of one that was done twice, the later counts: entries come oldest first.
    moments = {_PLACES[entry.verb]: entry.at for entry in entries if entry.verb in _PLACES}
    moments[0] = application.received_at
    following = "waiting" if application.state in WAITS_ON_APPLICANT else "current"
    return [
        Step(label, "done", moments.get(place))
        if place <= reached
        else Step(label, following if place == reached + 1 else "todo", None)
        for place, label in enumerate(WAY)
    ]
