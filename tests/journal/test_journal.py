from datetime import UTC, datetime

import pytest
from django.core.management import CommandError, call_command
from django.db import Error, connection, transaction

from degreetrack.accounts.models import Actor, Role
from degreetrack.journal.models import Entry, Seal, SealedStream
from degreetrack.journal.services import moves_between, record, record_many, seal_new, timeline
from degreetrack.journal.verification import verify

pytestmark = pytest.mark.django_db
CLERK = Actor("a clerk")


def _write(stream: str, *verbs: str) -> None:
    for verb in verbs:
        record(stream, verb, by=CLERK, reason="because", before={"a": 1}, after={"ب": "پ"})


def _tamper(sql: str, *values: object) -> None:
    """Do what somebody with the keys of the database could: drop the guard, then change history."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in ("journal_entry", "journal_seal", "journal_sealedstream"):
            if connection.vendor == "postgresql":
                cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
            else:
                cursor.execute(f"DROP TRIGGER IF EXISTS {table}_no_update")
                cursor.execute(f"DROP TRIGGER IF EXISTS {table}_no_delete")
        cursor.execute(sql, values)


def test_a_timeline_reads_oldest_first():
    _write("application/1", "submit", "verify")
    _write("application/2", "submit")

    assert [(e.sequence, e.verb, e.actor_name) for e in timeline("application/1")] == [
        (1, "submit", "a clerk"),
        (2, "verify", "a clerk"),
    ]


def test_many_at_once_go_on_from_the_last_of_each_stream(person):
    _write("application/1", "submit", "verify")
    said = {"problem": 'it\'s "so" \\ 100 %s ؛ پتا', "notice": 2**40}
    told = [
        ("application/1", "sent", said),
        ("application/2", "sent", {}),
        ("application/1", "delivered", said),
    ]

    record_many(told, by=person(Role.RECEIPT), at=datetime(2026, 3, 1, 23, 30, 0, 7, tzinfo=UTC))

    assert [(e.sequence, e.verb, e.reason) for e in timeline("application/1")] == [
        (1, "submit", "because"),
        (2, "verify", "because"),
        (3, "sent", ""),
        (4, "delivered", ""),
    ]
    [alone] = timeline("application/2")
    assert (alone.sequence, alone.data) == (1, {"before": {}, "after": {}})
    assert timeline("application/1")[3].data == {"before": {}, "after": said}
    assert verify() == []


def test_many_at_once_cost_as_many_statements_as_one(django_assert_num_queries):
    at = datetime(2026, 3, 1, tzinfo=UTC)
    held = 1 if connection.vendor == "postgresql" else 0

    with django_assert_num_queries(held + 2):
        record_many([("application/1", "sent", {})], by=CLERK, at=at)
    with django_assert_num_queries(held + 2):
        record_many([(f"application/{number}", "sent", {}) for number in range(700)], by=CLERK, at=at)

    assert Entry.objects.count() == 701
    assert verify() == []


@pytest.mark.parametrize("model", [Entry, Seal, SealedStream])
@pytest.mark.parametrize("change", ["update", "delete"])
def test_the_database_refuses_to_change_history(model, change):
    _write("application/1", "submit")
    seal_new()

    with pytest.raises(Error, match="append-only"), transaction.atomic():
        if change == "update":
            row = model.objects.get()
            row.save(force_update=True)
        else:
            model.objects.all()._raw_delete(model.objects.db)

    assert model.objects.count() == 1


def test_a_whole_journal_verifies():
    _write("application/1", "submit", "verify")
    first = seal_new()
    _write("application/2", "submit")
    second = seal_new()

    assert seal_new() is None
    assert (first.entries, second.entries, second.previous_root) == (2, 1, first.root)
    assert verify() == []


def test_a_changed_entry_is_named():
    _write("application/1", "submit", "verify", "approve")
    _tamper("UPDATE journal_entry SET reason = 'other' WHERE sequence = 2")

    assert verify() == ["application/1 #2: changed after it was written"]


def test_a_missing_entry_is_named():
    _write("application/1", "submit", "verify", "approve")
    _tamper("DELETE FROM journal_entry WHERE sequence = 2")

    assert verify() == ["application/1 #2: missing; the next entry found is #3"]


def test_an_entry_cut_from_the_end_is_named_by_the_seal():
    _write("application/1", "submit", "verify")
    seal_new()
    _tamper("DELETE FROM journal_entry WHERE sequence = 2")

    assert verify() == [
        "seal %d: covered 2 entries, 1 are found" % Seal.objects.get().pk,
        "application/1 #2: missing, though sealed",
    ]


def test_an_inserted_entry_is_named():
    _write("application/1", "submit", "verify")
    seal_new()
    _tamper("UPDATE journal_entry SET sequence = 3 WHERE sequence = 2")
    forged = record("application/1", "approve", by=CLERK)

    findings = verify()

    assert forged.sequence == 4
    assert findings[0] == "application/1 #2: missing; the next entry found is #3"


def test_an_entry_written_in_between_with_its_own_digest_is_named():
    _write("application/1", "submit", "verify")
    seal_new()
    entry = Entry.objects.get(sequence=2)
    entry.reason = "forged"
    from degreetrack.journal.services import digest

    _tamper("UPDATE journal_entry SET reason = %s, digest = %s WHERE sequence = 2", "forged", digest(entry))

    assert verify() == ["application/1 #2: differs from what was sealed"]


def test_a_link_that_does_not_hold_is_named():
    _write("application/1", "submit", "verify")
    entry = Entry.objects.get(sequence=1)
    entry.reason = "forged"
    from degreetrack.journal.services import digest

    _tamper("UPDATE journal_entry SET reason = %s, digest = %s WHERE sequence = 1", "forged", digest(entry))

    assert verify() == ["application/1 #2: does not follow the entry before it (changed or inserted)"]


def test_a_whole_history_cut_out_is_named():
    _write("application/1", "submit", "verify")
    _write("application/2", "submit")
    seal = seal_new()
    _tamper("DELETE FROM journal_entry WHERE stream = 'application/1'")

    assert verify() == [
        f"seal {seal.pk}: covered 3 entries, 1 are found",
        "application/1: its whole history is missing, though sealed up to #2",
    ]


def test_seals_that_were_changed_or_removed_are_named():
    _write("application/1", "submit")
    first = seal_new()
    _write("application/2", "submit")
    second = seal_new()
    _tamper("DELETE FROM journal_sealedstream WHERE stream = 'application/1'")

    assert verify() == [
        f"seal {first.pk}: its streams do not make its root (a row was changed, removed or added)"
    ]

    _tamper("DELETE FROM journal_seal WHERE id = %s", first.pk)

    assert verify() == [
        f"seal {second.pk}: does not follow the seal before it (a seal is missing or changed)",
        f"seal {second.pk}: covered 1 entries, 2 are found",
    ]


def test_the_command_says_that_all_is_whole_or_ends_with_an_error(capsys):
    _write("application/1", "submit")
    seal_new()

    call_command("verify_journal")
    assert capsys.readouterr().out == "Whole: 1 entries, 1 seals.\n"

    _tamper("UPDATE journal_entry SET verb = 'approve'")
    with pytest.raises(CommandError, match="The journal is broken in 1 places"):
        call_command("verify_journal")
    assert capsys.readouterr().out == "application/1 #1: changed after it was written\n"


def test_changes_of_state_are_told_stream_by_stream_within_a_time():
    day = [datetime(2026, 1, n, tzinfo=UTC) for n in range(1, 8)]
    for stream, verb, after, at in (
        ("application/2", "submit", {"state": "received"}, day[1]),
        ("application/10", "submit", {"state": "received"}, day[0]),
        ("application/2", "view", {}, day[2]),
        ("student/2", "submit", {"state": "received"}, day[2]),
        ("application/2", "verify", {"state": "verified"}, day[3]),
        ("application/2", "approve", {"state": "approved"}, day[5]),
    ):
        record(stream, verb, by=CLERK, after=after, at=at)

    assert list(moves_between(day[1], day[5], of="application")) == [
        ("application/2", "submit", day[1], "received"),
        ("application/2", "verify", day[3], "verified"),
    ]
