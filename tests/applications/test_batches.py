"""Moves in bulk: all that match, each checked alone, none moved twice and none missed."""

import random
from datetime import timedelta
from itertools import islice
from threading import Barrier, Thread

import pytest
from django.conf import settings as live
from django.db import connection, connections, transaction
from django.utils import timezone

from degreetrack.accounts.models import Role, User
from degreetrack.applications import batches, services
from degreetrack.applications.batch_models import RowFate
from degreetrack.applications.filters import Filter
from degreetrack.applications.lifecycle import MOVES, State
from degreetrack.applications.models import Application, Batch, Hold
from degreetrack.journal.models import Entry
from degreetrack.journal.services import timeline
from degreetrack.journal.verification import verify
from degreetrack.kit.refusals import Refused
from degreetrack.notifications.models import Notice
from tests.applications.test_holds import files
from tests.killing import killed_before_statement

EVERYWHERE = pytest.mark.django_db
ON_POSTGRESQL = live.DATABASES["default"]["ENGINE"].endswith("postgresql")
FOUR_EYES = "You verified this application: a second person must approve it."
NAMES = "The applicant wishes a correction of the names: settle it before stock is used."
MOVED_ON = "“Approve” is not possible now. The application stands at: Closed: withdrawn."


@pytest.fixture
def approver(person) -> User:
    """Somebody who approves."""
    return person(Role.APPROVAL, username="approver")


def _spoil(approver: User, colleague: User) -> dict[str, int]:
    """Make 37 of the files such that they must be refused; how many for which reason."""
    pks = iter(Application.objects.order_by("pk").values_list("pk", flat=True))
    verified, corrected, held, withdrawn = (list(islice(pks, number)) for number in (10, 9, 12, 6))
    Application.objects.filter(pk__in=verified).update(verified_by=approver)
    Application.objects.filter(pk__in=corrected).update(correction="Aisha, not Ayesha")
    now = timezone.now()
    Hold.objects.bulk_create(
        Hold(application_id=pk, user=colleague, taken_at=now, until=now + timedelta(hours=9)) for pk in held
    )
    Application.objects.filter(pk__in=withdrawn).update(state=State.WITHDRAWN)
    return {FOUR_EYES: 10, NAMES: 9, "colleague has this file in hand": 12, MOVED_ON: 6}


def _reasons(batch: Batch) -> dict[str, int]:
    found: dict[str, int] = {}
    for row in batches.refused(batch):
        reason = row.reason if "in hand" not in row.reason else "colleague has this file in hand"
        found[reason] = found.get(reason, 0) + 1
    return found


def _all_once(batch: Batch) -> None:
    """Every file of a batch that is done has moved once, and its journal says so."""
    entries = Entry.objects.filter(verb=batch.verb, data__after__batch=batch.pk)
    assert entries.count() == entries.values("stream").distinct().count() == batches.progress(batch).done


@EVERYWHERE
def test_of_5000_files_exactly_the_37_that_must_be_are_refused(approver, person, aiou):
    files(5000, state=State.VERIFIED)
    batch = batches.begin(approver, verb="approve", state=State.VERIFIED)
    expected = _spoil(approver, person(Role.APPROVAL, username="colleague"))

    seen = batches.carry_on(spell=600)

    told = batches.progress(batch)
    assert (seen, told.done, told.refused, told.waiting) == (5000, 4963, 37, 0)
    assert _reasons(batch) == expected
    assert Application.objects.filter(state=State.APPROVED).count() == 4963
    assert Notice.objects.filter(template="approve").count() == 4963
    _all_once(batch)
    batch.refresh_from_db()
    assert (batch.runs, batch.finished_at is None) == (False, False)
    assert [entry.verb for entry in timeline(batch.stream)] == ["batch_begun", "batch_finished"]
    assert verify() == []


def _work_for_ever() -> None:
    """What a worker does, in a process forked for it."""
    while True:
        batches.carry_on()


@pytest.mark.django_db(transaction=True)
def test_a_worker_killed_in_the_middle_leaves_nothing_half_done(approver, person, aiou, monkeypatch):
    files(600, state=State.VERIFIED)
    batch = batches.begin(approver, verb="approve", state=State.VERIFIED)
    expected = _spoil(approver, person(Role.APPROVAL, username="colleague"))
    monkeypatch.setattr(batches, "CHUNK", 20)

    draw, kills = random.Random(7), 0
    while batches.progress(batch).waiting > 100:
        kills += killed_before_statement(_work_for_ever, draw.randrange(60, 200))
    batches.carry_on(spell=600)

    assert kills > 2
    told = batches.progress(batch)
    assert (told.done, told.refused, told.waiting) == (563, 37, 0)
    assert _reasons(batch) == expected
    _all_once(batch)
    assert verify() == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(not ON_POSTGRESQL, reason="SQLite has one writer at a time")
def test_two_workers_share_a_batch_and_wait_for_nobody(approver, aiou, monkeypatch):
    files(1000, state=State.VERIFIED)
    batch = batches.begin(approver, verb="approve", state=State.VERIFIED)
    monkeypatch.setattr(batches, "CHUNK", 50)
    shares: list[int] = []
    start = Barrier(2)

    def share() -> None:
        try:
            connection.ensure_connection()
            start.wait()
            shares.append(batches.carry_on(spell=600))
        finally:
            connections.close_all()

    threads = [Thread(target=share) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    batches.carry_on()

    assert (sum(shares), min(shares) > 0) == (1000, True)
    assert batches.progress(batch).done == 1000
    _all_once(batch)
    batch.refresh_from_db()
    assert batch.finished_at is not None


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(not ON_POSTGRESQL, reason="SQLite has one writer at a time")
def test_what_somebody_has_locked_is_moved_once_they_let_go(approver, aiou):
    files(3, state=State.VERIFIED)
    batch = batches.begin(approver, verb="approve", state=State.VERIFIED)
    locked, done = Barrier(2), Barrier(2)

    def keep_one() -> None:
        try:
            with transaction.atomic():
                Application.objects.select_for_update().order_by("pk").first()
                locked.wait()
                done.wait()
        finally:
            connections.close_all()

    keeper = Thread(target=keep_one)
    keeper.start()
    locked.wait()
    assert (batches.carry_on(), batches.progress(batch).waiting) == (2, 1)
    done.wait()
    keeper.join()

    assert (batches.carry_on(), batches.progress(batch)) == (1, batches.Progress(3, 0, 0))


@EVERYWHERE
@pytest.mark.parametrize("verb", [move.verb for move in MOVES.values() if move.bulk])
def test_a_move_of_many_asks_no_more_than_a_move_of_one(
    verb, in_state, clerks, django_assert_max_num_queries
):
    line = MOVES[verb]
    state = line.from_[-1]
    clerk = clerks(next(iter(line.roles)))
    asked = []
    for number in (1, 5):
        for _ in range(number):
            in_state(state)
        batch = batches.begin(clerk, verb=verb, state=state, reason="As agreed on Monday")
        with django_assert_max_num_queries(60) as queries:
            batches.work(batch.pk)
        asked.append(len(queries))
        assert batches.progress(batch) == batches.Progress(number, 0, 0)

    assert asked[0] == asked[1]


@EVERYWHERE
def test_one_move_of_many_does_what_a_move_of_one_does(in_state, clerks):
    alone, together = in_state(State.ANSWERED), in_state(State.ANSWERED)
    services.move(alone.tracking_id, "reject", by=clerks(Role.APPROVAL), reason="Not a student of ours")
    batch = batches.begin(
        clerks(Role.APPROVAL),
        verb="reject",
        state=State.ANSWERED,
        chosen=[together.tracking_id],
        reason="Not a student of ours",
    )
    batches.work(batch.pk)

    alone.refresh_from_db()
    together.refresh_from_db()
    for name in ("state", "closing_reason", "limit_on", "limit_from", "remind_on"):
        assert getattr(alone, name) == getattr(together, name), name
    first, second = (Notice.objects.filter(stream=row.stream, template="reject") for row in (alone, together))
    words = [
        [(n.channel, n.to, n.topic, n.body.replace(row.tracking_id, "ID")) for n in notices.order_by("pk")]
        for row, notices in ((alone, first), (together, second))
    ]
    assert words[0] == words[1]
    entries = [
        next(entry for entry in timeline(row.stream) if entry.verb == "reject") for row in (alone, together)
    ]
    assert entries[0].data == {"before": {"state": "answered"}, "after": {"state": "rejected"}}
    after = {"state": "rejected", "batch": batch.pk}
    assert entries[1].data == {"before": {"state": "answered"}, "after": after}
    assert entries[0].reason == entries[1].reason
    assert [e.verb for e in timeline(alone.stream)] == [e.verb for e in timeline(together.stream)]


@EVERYWHERE
def test_a_batch_stops_where_it_is_told_to_and_goes_on_from_there(approver, aiou, monkeypatch):
    files(30, state=State.VERIFIED)
    monkeypatch.setattr(batches, "CHUNK", 10)
    batch = batches.begin(approver, verb="approve", state=State.VERIFIED)

    assert batches.work(batch.pk) == 10
    batches.stop(batch, by=approver)
    assert (batches.work(batch.pk), batches.carry_on()) == (0, 0)
    with pytest.raises(Refused):
        batches.stop(batch, by=approver)
    batches.resume(batch, by=approver)
    assert batches.carry_on() == 20
    with pytest.raises(Refused):
        batches.resume(batch, by=approver)
    verbs = ["batch_begun", "batch_stopped", "batch_resumed", "batch_finished"]
    assert [entry.verb for entry in timeline(batch.stream)] == verbs


@EVERYWHERE
@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"office": "lahore"}, "approver no longer works where this was asked for."),
        ({"is_active": False}, "approver no longer works where this was asked for."),
    ],
)
def test_the_batch_of_a_clerk_who_moved_stops_and_says_why(change, why, approver, aiou, monkeypatch):
    files(20, state=State.VERIFIED)
    monkeypatch.setattr(batches, "CHUNK", 10)
    batch = batches.begin(approver, verb="approve", state=State.VERIFIED)
    batches.work(batch.pk)

    User.objects.filter(pk=approver.pk).update(**change)
    assert batches.carry_on() == 0

    batch.refresh_from_db()
    assert (batch.stop_reason, batches.progress(batch).done) == (why, 10)


@EVERYWHERE
def test_the_batch_of_a_section_that_lost_the_right_stops(approver, aiou):
    files(5, state=State.VERIFIED)
    batch = batches.begin(approver, verb="approve", state=State.VERIFIED)
    approver.section.rights.update(role=Role.SCRUTINY)

    batches.carry_on()

    batch.refresh_from_db()
    assert batch.stop_reason == "Your section does not do this step: Approve."


@EVERYWHERE
def test_a_file_that_breaks_the_step_does_not_hold_up_the_others(approver, aiou):
    files(5, state=State.VERIFIED)
    broken = Application.objects.order_by("pk")[2]
    # A language without templates: its notice cannot be written.
    Application.objects.filter(pk=broken.pk).update(language="xx")
    batch = batches.begin(approver, verb="approve", state=State.VERIFIED)

    batches.carry_on()

    assert batches.progress(batch) == batches.Progress(4, 1, 0)
    [row] = batches.refused(batch)
    assert row.application == broken
    assert row.reason == "A fault of the system; it is written down for its keepers."
    broken.refresh_from_db()
    assert broken.state == State.VERIFIED


@EVERYWHERE
def test_what_may_not_be_asked_for_is_refused_at_once(approver, person, in_state):
    in_state(State.VERIFIED)
    for more in (
        {"verb": "object", "state": State.VERIFIED},
        {"verb": "approve", "state": State.RECEIVED},
        {"verb": "fly", "state": State.VERIFIED},
        {"verb": "reject", "state": State.VERIFIED},
        {"verb": "approve", "state": State.VERIFIED, "filter_": Filter(kind="DEGREE")},
        {"verb": "approve", "state": State.VERIFIED, "chosen": []},
    ):
        with pytest.raises(Refused):
            batches.begin(approver, **more)
    for role in (Role.AUDITOR, Role.CONTROLLER, Role.SCRUTINY):
        with pytest.raises(Refused):
            batches.begin(person(role), verb="approve", state=State.VERIFIED)
    assert Batch.objects.count() == 0


@EVERYWHERE
def test_another_offices_file_is_refused_though_its_number_is_known(in_state, person):
    mine, other = in_state(State.VERIFIED, office="lahore"), in_state(State.VERIFIED, office="karachi")
    approver = person(Role.APPROVAL, office="lahore")
    batch = batches.begin(
        approver, verb="approve", state=State.VERIFIED, chosen=[mine.tracking_id, other.tracking_id]
    )
    batches.carry_on()

    assert (batch.total, batches.progress(batch).done) == (1, 1)
    other.refresh_from_db()
    assert other.state == State.VERIFIED


@EVERYWHERE
def test_a_supervisor_steers_the_batches_of_their_section_and_nobody_else_does(approver, person, aiou):
    files(1, state=State.VERIFIED)
    batch = batches.begin(approver, verb="approve", state=State.VERIFIED)
    head = person(Role.APPROVAL, username="head", supervisor=True)
    others = [
        person(Role.APPROVAL),
        person(Role.APPROVAL, supervisor=True, office="lahore"),
        person(Role.SCRUTINY, supervisor=True),
        person(Role.AUDITOR),
    ]

    for other in others:
        assert (batch in batches.visible_batches(other)) is (Role.AUDITOR in other.roles)
        with pytest.raises(Refused):
            batches.stop(batch, by=other)
    assert batch in batches.visible_batches(head)
    batches.stop(batch, by=head)
    batch.refresh_from_db()
    assert batch.stop_reason == "Stopped by head"


@EVERYWHERE
def test_rows_stand_in_the_lists_order(approver, in_state):
    made = [in_state(State.VERIFIED), in_state(State.VERIFIED), in_state(State.VERIFIED, urgent=True)]

    batch = batches.begin(approver, verb="approve", state=State.VERIFIED)

    rows = batch.rows.order_by("pk")
    assert [row.application for row in rows] == [made[2], made[0], made[1]]
    assert {row.fate for row in rows} == {RowFate.WAITING}
