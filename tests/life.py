"""Applications in every state, for the tests of the heart."""

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import count

import pytest
from django.test import Client

from degreetrack.accounts.models import CLOCK, Actor, Role
from degreetrack.applicants import sessions
from degreetrack.applications import services
from degreetrack.applications.lifecycle import State
from degreetrack.applications.models import Application
from degreetrack.credentials.lots import receive
from degreetrack.credentials.models import Blank, Fate
from degreetrack.kit.calendars import limit_date
from degreetrack.records.models import Result, Student

numbers = count(100001)
blocks = count(1000001, 20)

# The shortest way to each state: (verb, role, facts).
WAYS: dict[State, list[tuple[str, str, dict]]] = {State.RECEIVED: []}
_OBJECT = ("object", Role.SCRUTINY, {"objections": [(None, "The photograph is missing.")]})
WAYS[State.CHECKED] = [("check", Role.SCRUTINY, {})]
WAYS[State.VERIFIED] = [*WAYS[State.CHECKED], ("verify", Role.VERIFICATION, {})]
WAYS[State.OBJECTED] = [_OBJECT]
WAYS[State.ANSWERED] = [_OBJECT, ("answer", Role.RECEIPT, {"answers": "all"})]
WAYS[State.RETURNED] = [_OBJECT, ("return", Role.CLOCK, {})]
WAYS[State.APPROVED] = [*WAYS[State.VERIFIED], ("approve", Role.APPROVAL, {})]
WAYS[State.PRINTED] = [*WAYS[State.APPROVED], ("print", Role.PRINTING, {"stock_no": "new"})]
WAYS[State.SIGNED] = [*WAYS[State.PRINTED], ("sign", Role.SIGNATURE, {})]
_SENT = ("dispatch", Role.DISPATCH, {"courier": "TCS", "consignment_no": "TCS123456"})
WAYS[State.DISPATCHED] = [*WAYS[State.SIGNED], _SENT]
WAYS[State.UNDELIVERED] = [*WAYS[State.DISPATCHED], ("come_back", Role.DISPATCH, {"reason": "House locked"})]
WAYS[State.DELIVERED] = [*WAYS[State.DISPATCHED], ("deliver", Role.DISPATCH, {})]
WAYS[State.REJECTED] = [("reject", Role.APPROVAL, {"reason": "Not a student of ours"})]
WAYS[State.WITHDRAWN] = [("withdraw", Role.RECEIPT, {"reason": "Asked for in writing"})]


def applicant_of(application: Application) -> Actor:
    """The applicant of a case, as they act in the portal."""
    student = application.result.student
    return Actor(student.name_en, frozenset({Role.APPLICANT}), student=student.pk)


def somebody(role: str, application: Application) -> Actor:
    """Somebody of one role; of the applicants, the one whose case it is."""
    return Actor(f"some {role}", frozenset({role}), student=application.result.student_id)


def facts_for(application: Application, facts: dict) -> dict:
    """Facts with what only this application knows filled in."""
    facts = dict(facts)
    if facts.get("answers") == "all":
        facts["answers"] = {row.pk: "Photograph attached" for row in application.objections.all()}
    if facts.get("stock_no") == "new":
        facts["stock_no"] = blank_of(application.kind)
    return facts


def blank_of(kind: str) -> str:
    """The number of a blank of the kind that lies in the store, received when there is none."""
    free = Blank.objects.filter(lot__kind=kind, fate=Fate.IN_STORE).order_by("pk")
    if not free.exists():
        first = next(blocks)
        receive(
            kind,
            prefix=f"{kind}-",
            first=f"{first:07}",
            last=f"{first + 19:07}",
            paper_no="Security Press, note 7",
            by=Actor("the store", frozenset({Role.PRINTING})),
        )
    return free.values_list("number", flat=True)[0]


@pytest.fixture
def clerks(person) -> Callable:
    """One member of staff for each role, made when first asked for; the clock for the clock."""
    made: dict[str, object] = {}

    def clerk(role: str):
        if role == Role.CLOCK:
            return CLOCK
        if role not in made:
            made[role] = person(role)
        return made[role]

    return clerk


@pytest.fixture
def in_state(a_result, clerks) -> Callable[..., Application]:
    """An application that came to a state by real moves."""

    def make(state: State = State.RECEIVED, *, result: Result | None = None, **more) -> Application:
        result = result or a_result(f"BO{next(numbers)}")
        application = services.submit(
            result, by=clerks(Role.RECEIPT), **({"kind": "PC", "mobile": "+923001234567"} | more)
        )
        for verb, role, facts in WAYS[state]:
            late = {"at": datetime_after(application)} if verb == "return" else {}
            application = services.move(
                application.tracking_id, verb, by=clerks(role), **facts_for(application, facts), **late
            )
        return application

    return make


def datetime_after(application: Application) -> datetime:
    """A moment after the limit to answer."""
    days = (limit_date(application.limit_on, 1, holidays=(), weekend=()) - application.limit_on).days
    return application.state_since + timedelta(days=45 + days)


@pytest.fixture
def signed_in() -> Callable[..., Client]:
    """A browser in which a student is signed in."""

    def sign_in(student: Student) -> Client:
        client = Client()
        client.session.save()
        session = client.session
        session["signed_in"] = True
        session.save()
        sessions.opened(student, session_key=session.session_key, browser="Chrome, Android")
        return client

    return sign_in


@pytest.fixture
def desk(client, clerks):
    """A browser signed in as somebody of one role."""

    def sign_in(role: str):
        client.force_login(clerks(role))
        return client

    return sign_in
