"""The drill's checks find what they look for."""

import pytest

from degreetrack.accounts.models import Role
from degreetrack.applications import batches
from degreetrack.applications.lifecycle import State
from degreetrack.applications.models import Application, Batch, BatchRow
from degreetrack.documents.models import Page, store
from degreetrack.documents.services import take_in
from degreetrack.notifications.models import Fate, Notice
from drills import checks
from tests.documents.papers import photo

pytestmark = pytest.mark.django_db


@pytest.fixture
def university(in_state, clerks):
    """Files in many states, one moved in bulk, a paper handed in."""
    for state in (State.OBJECTED, State.ANSWERED, State.APPROVED, State.PRINTED, State.DISPATCHED):
        in_state(state)
    waiting = in_state()
    batch = batches.begin(
        clerks(Role.SCRUTINY), verb="check", state=State.RECEIVED, chosen=[waiting.tracking_id]
    )
    batches.carry_on()
    take_in(waiting.result.student, [photo()], requirement=None, title="Paper", by=clerks(Role.RECEIPT))
    Notice.objects.update(fate=Fate.SENT)
    return batch


def _wrong() -> dict[str, int]:
    """How much each check that finds something finds."""
    return {name: len(found) for name, found in checks.whole().items() if found}


def test_what_is_whole_is_found_whole(university):
    assert _wrong() == {}


def test_a_state_without_its_entry_is_a_half_move(university):
    Application.objects.filter(state=State.APPROVED).update(state=State.SIGNED)

    assert _wrong() == {"half moves: journal against rows": 1}


def test_a_notice_that_is_gone_is_missed_in_the_outbox_and_by_its_move(university):
    Notice.objects.filter(template="approve").first().delete()

    assert _wrong() == {"news of moves: journal against outbox": 2}


def test_a_notice_held_by_nobody_and_a_batch_that_stands_still_are_stuck(university):
    Notice.objects.filter(template="approve").update(fate=Fate.SENDING)
    Batch.objects.update(finished_at=None)

    assert set(_wrong()) == {"leases that never end, work left stuck"}


def test_a_row_of_a_batch_that_was_never_moved_is_found(university):
    other = Application.objects.get(state=State.OBJECTED)
    BatchRow.objects.create(batch=university, application=other, fate="done")
    Batch.objects.update(total=2)

    assert _wrong() == {"bulk moves: rows against journal": 1}


def test_a_page_without_its_file_is_found(university):
    store().delete(str(Page.objects.get().file))

    assert _wrong() == {"pages without their file": 1}


def test_what_was_told_as_done_and_is_not_is_found():
    done = [("move", (1, "check")), ("payment", "D1"), ("paper", (1, "cnic")), ("batch", 7), ("answer", 9)]

    assert len(list(checks.acknowledged([*done, ("challan", 3)]))) == 6


def test_what_came_twice_is_counted_for_the_connection_that_it_came_by_first():
    came = [("1", "a"), ("1", "b"), ("2", "a"), ("3", "c"), ("4", "c")]

    assert checks.doubled(came, checks.Counter({"a": 1, "b": 1, "c": 2})) == {"1": 1}
