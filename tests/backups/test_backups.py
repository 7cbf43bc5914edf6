"""A place is backed up, and comes back as it was; what is not whole is refused before anything is touched."""

import json
import os
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import psycopg
import pyrage
import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from degreetrack.accounts.models import Actor, Role
from degreetrack.backups.making import STAMP, finished, thin_out
from degreetrack.backups.papers import place_of
from degreetrack.catalogue.models import RequiredDocument
from degreetrack.documents.models import Page, store
from degreetrack.documents.services import take_in
from degreetrack.journal.models import Entry
from degreetrack.journal.services import seal_new
from tests.documents.papers import photo

pytestmark = pytest.mark.django_db(transaction=True)
APPLICANT = Actor("applicant", frozenset({Role.APPLICANT}))
RUN = [sys.executable, "-c", "from degreetrack.config.console import main; main()"]


@pytest.fixture
def key(tmp_path) -> Path:
    """A file with a secret key; its public key lies in `public` beside it."""
    made = pyrage.x25519.Identity.generate()
    file = tmp_path / "key"
    file.write_text(f"# created: for a test\n{made}\n")
    (tmp_path / "public").write_text(f"{made.to_public()}\n")
    return file


@pytest.fixture
def papers(a_result) -> list[Page]:
    """Two papers of a student, journalled and sealed."""
    student, cnic = a_result().student, RequiredDocument.objects.get(pk="cnic")
    files = [photo("front.jpg", seed=1), photo("back.jpg", seed=2)]
    document = take_in(student, files, requirement=cnic, by=APPLICANT)
    seal_new()
    return list(document.pages.all())


@pytest.fixture
def backup(papers, key, tmp_path) -> Path:
    """A backup of those."""
    return back_up(tmp_path)


def back_up(tmp_path: Path, **options) -> Path:
    target = tmp_path / "backups"
    call_command("backup", target, recipients=tmp_path / "public", **options)
    return finished(target)[-1]


@pytest.fixture
def elsewhere(tmp_path):
    """The environment of another, empty place: a database and a folder of its own."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    env = {**os.environ, "VAR_DIR": str(folder), "DJANGO_SETTINGS_MODULE": "degreetrack.config.settings"}
    if connection.vendor != "postgresql":
        yield env | {"DATABASE_URL": f"sqlite:///{folder / 'place.sqlite3'}"}
        return
    told = connection.get_connection_params()
    where = f"{told['user']}@{told['host']}:{told['port']}"
    with psycopg.connect(f"postgres://{where}/postgres", autocommit=True) as server:
        server.execute("CREATE DATABASE elsewhere")
        yield env | {"DATABASE_URL": f"postgres://{where}/elsewhere"}
        server.execute("DROP DATABASE elsewhere WITH (FORCE)")


def restored(source: Path, key: Path, place: dict[str, str], *more: str) -> subprocess.CompletedProcess[str]:
    command = [*RUN, "restore", str(source), "--identity", str(key), *more]
    return subprocess.run(command, env=place, capture_output=True, text=True)


def asked(place: dict[str, str], query: str) -> list[tuple]:
    if place["DATABASE_URL"].startswith("postgres"):
        with psycopg.connect(place["DATABASE_URL"]) as server:
            return server.execute(query).fetchall()
    file = sqlite3.connect(place["DATABASE_URL"].removeprefix("sqlite:///"))
    try:
        return file.execute(query).fetchall()
    finally:
        file.close()


def files_of(place: dict[str, str]) -> dict[str, str]:
    folder = Path(place["VAR_DIR"]) / "documents"
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {path.relative_to(folder).as_posix(): sha256(path.read_bytes()).hexdigest() for path in files}


def test_a_place_comes_back_as_it_was_and_guards_its_journal(backup, papers, key, elsewhere):
    answer = restored(backup.parent, key, elsewhere)

    assert answer.stderr == ""
    assert "The journal is whole: 2 entries." in answer.stdout
    assert asked(elsewhere, "SELECT stream, verb, digest FROM journal_entry ORDER BY id") == list(
        Entry.objects.order_by("pk").values_list("stream", "verb", "digest")
    )
    assert files_of(elsewhere) == {str(page.file): page.sha256 for page in papers}
    assert asked(elsewhere, "SELECT roll_no FROM records_result") == [("BO680724",)]
    with pytest.raises((sqlite3.IntegrityError, psycopg.errors.IntegrityConstraintViolation)) as refusal:
        asked(elsewhere, "DELETE FROM journal_entry")
    assert str(refusal.value).splitlines()[0] == "the journal is append-only"

    with pytest.raises(CommandError) as told:
        call_command("restore", backup, identity=key)
    assert "is not empty: it has" in str(told.value)


def test_no_word_can_be_read_without_the_key(backup, papers):
    for path in backup.parent.rglob("*.age"):
        assert path.read_bytes().startswith(b"age-encryption.org/v1\n-> X25519 ")
    named = {path.name for path in backup.parent.rglob("*.age")}
    assert named == {"database.age", "papers.age", *(f"{Path(str(p.file)).name}.age" for p in papers)}


def cut_off(data: bytes) -> bytes:
    return data[:-20]


def changed(data: bytes) -> bytes:
    return data[:300] + bytes([data[300] ^ 1]) + data[301:]


def test_whatever_is_harmed_is_named(backup, papers, key, tmp_path):
    for harmed in (backup / "database.age", backup / "papers.age", place_of(backup.parent, papers[1].file)):
        whole = harmed.read_bytes()
        for harm, why in ((cut_off, "cut off"), (changed, "is damaged"), (None, "is missing.")):
            harmed.unlink()
            if harm:
                harmed.write_bytes(harm(whole))

            with pytest.raises(CommandError) as told:
                call_command("restore", backup, identity=key, check=True)

            assert str(told.value).startswith(str(harmed))
            assert why in str(told.value)
            harmed.write_bytes(whole)
    other = tmp_path / "other"
    other.write_text(str(pyrage.x25519.Identity.generate()))
    with pytest.raises(CommandError) as told:
        call_command("restore", backup, identity=other, check=True)
    assert str(told.value) == f"{backup / 'database.age'} was made for another key than this one."
    call_command("restore", backup, identity=key, check=True)


def test_a_harmed_backup_is_refused_before_anything_is_touched(backup, papers, key, elsewhere):
    harmed = place_of(backup.parent, papers[1].file)
    harmed.write_bytes(cut_off(harmed.read_bytes()))

    answer = restored(backup, key, elsewhere)

    assert answer.stderr == f"CommandError: {harmed} is damaged or was cut off (decryption error).\n"
    assert files_of(elsewhere) == {}
    tables = "sqlite_master" if connection.vendor == "sqlite" else "pg_tables WHERE schemaname = 'public'"
    assert asked(elsewhere, f"SELECT COUNT(*) FROM {tables}") == [(0,)]
    manifest = json.loads((backup / "manifest.json").read_text())
    manifest["database"]["migrations"].append("journal.9999_not_yet")
    (backup / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(CommandError) as told:
        call_command("restore", backup, identity=key)
    assert str(told.value) == (
        "The backup was made by another version of the product: journal.9999_not_yet is not known here."
    )


def test_papers_are_copied_once_and_come_back_alone(backup, papers, key, tmp_path, capsys):
    first = (backup.parent / "papers" / f"{papers[0].file}.age").read_bytes()
    store().delete(str(papers[0].file))

    call_command("backup", backup.parent, recipients=tmp_path / "public", quick=True)
    call_command("restore", backup.parent, identity=key, papers=True)

    assert (backup.parent / "papers" / f"{papers[0].file}.age").read_bytes() == first
    assert capsys.readouterr().out.splitlines()[-1] == "1 papers brought back."
    with store().open(str(papers[0].file)) as paper:
        assert sha256(paper.read()).hexdigest() == papers[0].sha256

    store().delete(str(papers[0].file))
    place_of(backup.parent, papers[0].file).unlink()
    with pytest.raises(CommandError) as told:
        call_command("restore", backup.parent, identity=key, papers=True)
    assert str(told.value) == (
        f"1 papers that rows name were never copied; ask for them again: {papers[0].file}"
    )


def test_a_paper_that_the_store_lost_is_named_and_the_rest_stands(papers, key, tmp_path, capsys):
    store().delete(str(papers[0].file))

    with pytest.raises(CommandError) as told:
        back_up(tmp_path)

    assert str(told.value) == (
        "The backup stands, but 1 papers are missing in the store and 0 are not what their rows describe:"
        f" {papers[0].file}"
    )
    call_command("restore", tmp_path / "backups", identity=key, check=True)
    assert capsys.readouterr().out.splitlines()[-2:] == [
        "           2 papers",
        "           1 of them lost before the backup was made",
    ]


def test_old_backups_are_thinned_out_to_one_a_day(tmp_path):
    now = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
    for age in (0, 1, 3, 4, 24, 30, 24 * 40):
        made = (now - timedelta(hours=age)).strftime(STAMP)
        (tmp_path / made).mkdir()

    thin_out(tmp_path, days=30, at=now)

    assert [path.name for path in finished(tmp_path)] == [
        "2026-11-25T120000.000000Z",
        "2026-11-26T090000.000000Z",
        "2026-11-26T110000.000000Z",
        "2026-11-26T120000.000000Z",
    ]


def test_a_backup_that_fails_leaves_nothing_that_looks_like_one(papers, key, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(CommandError) as told:
        back_up(tmp_path)

    command = "pg_dump" if connection.vendor == "postgresql" else "gzip"
    assert str(told.value) == f"{command} is not installed here."
    assert [path.name for path in (tmp_path / "backups").iterdir()] == []
