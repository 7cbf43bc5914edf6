"""A walk at random through the table, by people of every role, that keeps the invariants."""

import itertools

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from degreetrack.accounts.models import Role
from degreetrack.applications import services
from degreetrack.applications.lifecycle import ENDED, MOVES, State
from degreetrack.applications.models import Application
from degreetrack.credentials.balance import check_stock
from degreetrack.credentials.models import Blank, Fate
from degreetrack.journal.services import timeline
from degreetrack.journal.verification import verify
from degreetrack.kit.refusals import Refused
from tests.applications.test_lifecycle import FACTS
from tests.life import datetime_after, facts_for, somebody

steps = st.lists(st.tuples(st.sampled_from(sorted(MOVES)), st.sampled_from(sorted(Role))), max_size=60)


class _Undone(Exception):
    """Ends a walk so that the next begins afresh."""


@pytest.mark.django_db
@settings(
    max_examples=40,
    deadline=None,
    phases=[Phase.generate, Phase.shrink],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(walk=steps)
def test_any_walk_keeps_the_invariants(walk, a_result, in_state):
    with pytest.raises(_Undone), transaction.atomic():
        application = in_state()
        for verb, role in walk:
            application = Application.objects.get(pk=application.pk)
            _step(application, verb, role)
            _holds(application.pk)
        assert verify() == []
        assert list(check_stock()) == []
        raise _Undone


def _step(application: Application, verb: str, role: str) -> None:
    facts = facts_for(application, FACTS.get(verb, {}))
    if verb == "return" and application.limit_on:
        facts["at"] = datetime_after(application)
    try:
        services.move(
            application.tracking_id, verb, by=somebody(role, application), reason="A reason", **facts
        )
    except Refused:
        assert Application.objects.get(pk=application.pk).state == application.state


def _holds(pk: int) -> None:
    application = Application.objects.get(pk=pk)
    moves = [entry for entry in timeline(application.stream) if entry.verb in MOVES]
    assert moves[-1].data["after"]["state"] == application.state
    for before, after in itertools.pairwise(moves):
        assert after.data["before"]["state"] == before.data["after"]["state"]
        assert before.data["after"]["state"] not in ENDED
    good_prints = Blank.objects.filter(stream=application.stream, fate=Fate.PRINTED).count()
    printed = {State.PRINTED, State.SIGNED, State.DISPATCHED, State.UNDELIVERED, State.DELIVERED}
    assert good_prints == (1 if application.state in printed else 0)
    waiting = application.objections.filter(cleared_at=None).count()
    if application.state in (State.OBJECTED, State.RETURNED):
        assert waiting > 0
        assert application.limit_on is not None
    else:
        assert application.limit_on is None
