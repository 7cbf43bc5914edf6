"""The table, cell by cell: every state x role x move, through the only door."""

from pathlib import Path

import pytest
from django.core.management import call_command

from degreetrack.accounts.models import Role
from degreetrack.applications import services
from degreetrack.applications.lifecycle import GROUPS, MOVES, State, moves_from
from degreetrack.applications.models import Application
from degreetrack.catalogue.models import ObjectionGroup
from degreetrack.journal.services import timeline
from degreetrack.kit.refusals import Refused
from tests.life import datetime_after, facts_for, somebody

FACTS = {
    "object": {"objections": [(None, "A signature is missing.")]},
    "answer": {"answers": "all"},
    "revive": {"answers": "all"},
    "print": {"stock_no": "new"},
    "dispatch": {"courier": "TCS", "consignment_no": "TCS999"},
    "hand_over": {"handed_to": "Ayesha Siddiqa", "cnic_seen": True},
}
# Where first scrutiny is over: there only a supervisor objects, and the ledger.
LATER = (State.ANSWERED, State.CHECKED, State.VERIFIED)


@pytest.mark.parametrize("state", State)
def test_each_role_makes_exactly_the_moves_of_the_table_from(state, in_state):
    application = in_state(state)
    before = Application.objects.get(pk=application.pk)

    for role in Role:
        for move in MOVES.values():
            facts = facts_for(application, FACTS.get(move.verb, {}))
            if move.verb == "return" and state is State.OBJECTED:
                facts["at"] = datetime_after(application)
            if move.verb == "settle":
                application.objections.update(group=ObjectionGroup.FEE)
            allowed = state in move.from_ and role in move.roles
            if move.verb == "object" and state in LATER and role != Role.LEDGER:
                # One role alone: the clerk's, without the supervisor's.
                allowed = False
            actor = somebody(role, application)
            try:
                after = services.move(
                    application.tracking_id, move.verb, by=actor, reason="A reason", **facts
                )
            except Refused:
                assert not allowed, f"{role} could not {move.verb} from {state}"
                after = None
            else:
                assert allowed, f"{role} could {move.verb} from {state}"
                assert after.state == move.to
            now = Application.objects.get(pk=application.pk)
            if after is None:
                assert now.state == state
            else:
                # Another file in the same state, so that every cell begins alike.
                application = in_state(state)
    assert before.state == state


def test_buttons_are_the_tables_moves_in_its_order():
    verbs = [move.verb for move in moves_from(State.VERIFIED, frozenset({Role.APPROVAL}))]

    assert verbs == ["object", "send_back", "approve", "reject"]


def test_every_state_belongs_to_a_group_and_can_be_reached():
    reached = {move.to for move in MOVES.values()}

    assert set(GROUPS) == set(State) == reached


def test_the_page_of_the_lifecycle_is_current(tmp_path, capsys):
    call_command("draw_lifecycle", str(tmp_path / "lifecycle.md"))

    kept = Path(__file__).parents[2] / "docs" / "lifecycle.md"
    assert (tmp_path / "lifecycle.md").read_text() == kept.read_text()
    assert capsys.readouterr().out == f"Wrote {tmp_path / 'lifecycle.md'}.\n"


def test_every_move_is_journalled_with_who_why_before_and_after(in_state, clerks):
    application = in_state(State.VERIFIED)

    services.move(application.tracking_id, "send_back", by=clerks(Role.APPROVAL), reason="  Name   unclear ")

    entry = timeline(application.stream)[-1]
    assert (entry.verb, entry.actor, entry.reason) == ("send_back", clerks(Role.APPROVAL), "Name unclear")
    assert entry.data == {"before": {"state": "verified"}, "after": {"state": "received"}}
