"""Applications that wandered through the table at random, for the tests of figures."""

import random
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from degreetrack.accounts.models import CLOCK, Role
from degreetrack.applications import services
from degreetrack.applications.lifecycle import State, moves_from
from degreetrack.applications.models import Application, Objection, Route
from degreetrack.catalogue.models import ObjectionGroup, Region
from degreetrack.kit import tracking_ids
from degreetrack.kit.refusals import Refused
from tests.applications.test_lifecycle import FACTS
from tests.life import facts_for

REASONS = ["cnic-copy", "fee-short", "unclear-copy"]


@pytest.fixture
def wander(a_result, clerks) -> Callable[..., list[Application]]:
    """Let applications of several kinds, offices and regions wander, each up to so many steps."""

    def make(number: int, *, seed: int = 1, steps: int = 12, since: datetime | None = None):
        draw = random.Random(seed)
        since = since or timezone.now() - timedelta(days=200)
        regions = list(Region.objects.order_by("pk")[:3])
        made = []
        for place in range(number):
            result = a_result(f"{'ABCDEFGHIJ'[seed % 10]}W{place:06}", region=draw.choice(regions))
            at = since + timedelta(days=draw.randrange(60), hours=draw.randrange(24))
            application = (_adopted if draw.random() < 0.15 else _received)(result, clerks, draw, at)
            for _step in range(draw.randrange(steps + 1)):
                at = (application.limit_on and draw.random() < 0.3 and _past(application)) or at
                at += timedelta(hours=draw.randrange(400))
                application = _any_step(application, clerks, draw, at)
            made.append(application)
        return made

    return make


def _received(result, clerks, draw, at) -> Application:
    chosen = {"kind": draw.choice(["PC", "DEGREE"]), "office": draw.choice(["", "lahore"])}
    return services.submit(result, by=clerks(Role.RECEIPT), urgent=draw.random() < 0.3, at=at, **chosen)


def _adopted(result, clerks, draw, at) -> Application:
    state = draw.choice([State.RECEIVED, State.OBJECTED, State.VERIFIED])
    application = Application(
        tracking_id=tracking_ids.new(), result=result, kind="DMC", state_since=at, received_at=at,
        route=Route.REGISTER,
    )  # fmt: skip
    words = {"text_en": "A fee", "text_ur": "فیس", "raised_at": at, "raised_by_name": "register"}
    objection = Objection(group=ObjectionGroup.FEE, **words) if state is State.OBJECTED else None
    services.adopt(application, state, objection=objection, by=clerks(Role.CLOCK))
    return application


def _past(application: Application) -> datetime:
    """A moment after the limit to answer."""
    return application.state_since + timedelta(days=70)


def _any_step(application: Application, clerks, draw, at: datetime) -> Application:
    found = moves_from(State(application.state), frozenset(Role))
    if not found:
        return application
    # Few are rejected or withdrawn, or no walk would come far.
    weights = [1 if move.verb in ("reject", "withdraw") else 6 for move in found]
    move = draw.choices(found, weights)[0]
    role = draw.choice(sorted(move.roles - {Role.APPLICANT, Role.LEDGER}) or [Role.RECEIPT])
    facts = FACTS.get(move.verb, {})
    if move.verb == "object":
        chosen = draw.sample(REASONS, draw.randrange(1, 3))
        facts = {"objections": [(code, None) for code in chosen] + [(None, "The photograph is missing.")]}
    facts = facts_for(application, facts)
    try:
        by = clerks(role)
        return services.move(application.tracking_id, move.verb, by=by, reason="A reason", at=at, **facts)
    except Refused:
        return Application.objects.get(pk=application.pk)


@pytest.fixture
def heads(person):
    """One member of staff for each role, each the head of their section, who may object again."""
    made: dict[str, object] = {Role.CLOCK: CLOCK}

    def head(role: str):
        if role not in made:
            made[role] = person(role, supervisor=True)
        return made[role]

    return head
