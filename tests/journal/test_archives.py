"""Closed months go into files, and the chain is proven across the cut."""

import gzip
import hashlib
import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import Error, transaction

from degreetrack.accounts.models import Actor
from degreetrack.journal import archived, archives, archiving
from degreetrack.journal.archiving import archive_month
from degreetrack.journal.models import Archive, Entry, Seal, SealedStream
from degreetrack.journal.services import record, seal_new, timeline
from degreetrack.journal.verification import verify
from tests.journal.test_journal import _tamper
from tests.killing import killed_before_each_statement

pytestmark = pytest.mark.django_db
CLERK = Actor("a clerk")
MAY = date(2021, 5, 1)


@pytest.fixture(autouse=True)
def _shelf(tmp_path, settings):
    """A store of archives of its own."""
    settings.STORAGES = settings.STORAGES | {
        "archives": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": tmp_path / "archives"},
        }
    }


def _wrote(day: datetime, *told: tuple[str, str]) -> None:
    for stream, verb in told:
        record(stream, verb, by=CLERK, reason="because", after={"handed_to": "Nadia", "n": 1}, at=day)
    seal_new(at=day)


@pytest.fixture
def two_months() -> None:
    """March and April 2021, sealed every ten days; case 3 is still open."""
    for days in range(0, 60, 10):
        day = datetime(2021, 3, 1, 7, tzinfo=UTC) + timedelta(days=days)
        _wrote(day, (f"application/{days % 3 + 1}", "view"), ("user/7", "search"), (f"draft/{days}", "begin"))


def _open(streams: set[str]) -> set[str]:
    return streams & {"application/3"}


def _archived() -> list[Archive]:
    made = []
    while archive := archive_month(before=MAY, keeps=_open):
        made.append(archive)
    return made


def _file(archive: Archive) -> Path:
    return Path(archives.store().path(archive.name))


def test_a_closed_month_leaves_the_tables_and_the_chain_is_proven_across_the_cut(two_months):
    whole = {stream: [e.digest for e in timeline(stream)] for stream in ("user/7", "application/3")}

    made = _archived()

    assert [(one.name, one.rows) for one in made] == [
        ("journal/2021-03-1.jsonl.gz", 4 + 12),
        ("journal/2021-04-1.jsonl.gz", 2 + 6),
    ]
    assert all(one.emptied_at for one in made)
    assert SealedStream.objects.count() == 0
    assert [e.sequence for e in timeline("user/7")] == [6]
    assert [e.sequence for e in timeline("application/1")] == [2]
    assert len(timeline("application/3")) == 2
    assert verify() == []
    assert {s: [e.digest for e in archived.timeline(s)] for s in whole} == whole

    _wrote(datetime(2021, 5, 2, tzinfo=UTC), ("user/7", "search"), ("application/1", "view"))

    assert [e.sequence for e in timeline("user/7")] == [6, 7]
    assert verify() == []


def test_a_month_that_is_not_over_stays(two_months):
    assert archive_month(before=date(2021, 3, 31), keeps=_open) is None
    assert archive_month(before=date(2021, 4, 1), keeps=_open).name == "journal/2021-03-1.jsonl.gz"
    assert archive_month(before=date(2021, 4, 1), keeps=_open) is None
    assert verify() == []


def test_an_archive_holds_no_words_about_persons_and_proves_them_all_the_same(two_months):
    [march, _april] = _archived()

    text = gzip.decompress(_file(march).read_bytes()).decode()

    assert ("Nadia" in text, "because" in text, '"n":1' in text) == (False, False, True)
    assert [e.data["after"] for e in timeline("user/7")] == [{"handed_to": "Nadia", "n": 1}]


@pytest.mark.django_db(transaction=True)
def test_killed_before_any_statement_it_loses_nothing_and_doubles_nothing(two_months, monkeypatch):
    # Few rows at a time, so that the month is left half empty too.
    monkeypatch.setattr(archiving, "BATCH", 5)

    def left() -> list:
        return [*Archive.objects.values_list("pk", "emptied_at"), *Entry.objects.values_list("pk")]

    def month() -> None:
        archive_month(before=date(2021, 4, 1), keeps=_open)

    stages = {
        (archives.newest("journal") > 0, Entry.objects.count(), len(verify()))
        for _place in killed_before_each_statement(month, left)
    }
    _archived()

    # Untouched, empty, half empty, told of with all its rows.
    assert sorted(stages) == [(False, 18, 0), (True, 13, 0), (True, 14, 0), (True, 19, 0)]
    # Killed after the file was written too: that one is told of nowhere.
    assert len(archives.store().listdir("journal")[1]) > Archive.objects.count()
    assert verify() == []
    assert Archive.objects.filter(emptied_at=None).count() == 0
    assert [len(list(archived.timeline(s))) for s in ("user/7", "application/1")] == [6, 2]
    assert [len(timeline(s)) for s in ("user/7", "application/1", "application/3")] == [1, 1, 2]


def _rewrite(archive: Archive, change) -> None:
    """Forge the file, its row and what the journal tells of it, as far as somebody with all keys can."""
    rows = [json.loads(line) for line in gzip.decompress(_file(archive).read_bytes()).splitlines()]
    change(rows)
    data = gzip.compress("".join(json.dumps(row) + "\n" for row in rows).encode())
    _file(archive).write_bytes(data)
    sha256 = hashlib.sha256(data).hexdigest()
    Archive.objects.filter(pk=archive.pk).update(sha256=sha256)


def test_a_changed_file_is_named(two_months):
    [march, _april] = _archived()
    _file(march).write_bytes(_file(march).read_bytes()[:-9] + b"tampered!")

    assert verify() == ["archive journal/2021-03-1.jsonl.gz: the file was changed"]


def test_a_file_forged_with_its_row_is_named_line_by_line(two_months):
    [march, _april] = _archived()

    def change(rows):
        rows[1]["verb"] = "approve"
        del rows[3]

    _rewrite(march, change)
    seal = Seal.objects.order_by("pk").first()

    assert verify() == [
        "archive journal/2021-03-1.jsonl.gz: the journal tells of it otherwise, or not at all",
        "application/1 #1: changed after it was written",
        f"seal {seal.pk}: its streams do not make its root (a row was changed, removed or added)",
        f"seal {seal.pk}: covered 3 entries, 2 are found",
    ]


def test_rows_that_were_cut_out_beside_an_archive_are_named(two_months):
    _archived()
    _tamper("DELETE FROM journal_entry WHERE stream = 'application/1'")
    _tamper("UPDATE journal_entry SET verb = 'x' WHERE stream = 'application/2'")

    assert verify() == [
        "application/2 #2: changed after it was written",
        "application/1 #2: archived, and missing as the last of its stream",
    ]


def test_an_archive_whose_row_is_gone_is_named(two_months):
    [_march, april] = _archived()
    april.delete()

    assert "archive journal/2021-04-1.jsonl.gz: the journal tells of it, its row is missing" in verify()


def test_what_is_absent_is_told_and_the_rest_is_proven(two_months, capsys):
    [march, april] = _archived()
    _wrote(datetime(2021, 5, 2, tzinfo=UTC), ("user/7", "search"))
    _file(march).unlink()

    call_command("verify_journal")

    told = capsys.readouterr().out.splitlines()
    assert told[0] == "Not here, and not proven: archive journal/2021-03-1.jsonl.gz."
    assert told[-1].startswith("Whole: ")
    with pytest.raises(archives.Absent):
        list(archived.timeline("user/7"))
    _file(april).unlink()
    assert verify() == []
    _tamper("UPDATE journal_entry SET verb = 'x' WHERE stream = 'user/7' AND sequence = 7")
    assert verify() == ["user/7 #7: changed after it was written"]


def test_only_what_lies_in_an_archive_may_go_and_never_the_last_of_a_stream(two_months):
    march = archive_month(before=date(2021, 4, 1), keeps=_open)
    head = timeline("user/7")[-1]
    later = Entry.objects.filter(pk__gt=march.last_entry, stream="user/7").order_by("pk").first()

    for refused in (Entry.objects.filter(pk=head.pk), Entry.objects.filter(pk=later.pk), Seal.objects.all()):
        with pytest.raises(Error, match="append-only"), transaction.atomic():
            refused._raw_delete(refused.db)
    with pytest.raises(Error, match="append-only"), transaction.atomic():
        rows = SealedStream.objects.filter(seal__last_entry__gt=march.last_entry)
        rows._raw_delete(rows.db)
