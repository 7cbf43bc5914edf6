"""The files of deploy/ fit the product; `make drill-restore` runs them all."""

import re
import subprocess
from pathlib import Path

import pytest
from django.db import ProgrammingError, connection, transaction

from degreetrack.documents.services import MOST_BYTES, MOST_FILES
from degreetrack.issuing import post_files

ROOT = Path(__file__).parent.parent.parent
SINGLE = ROOT / "deploy" / "single"


def test_the_proxy_lets_through_what_the_product_takes():
    sizes = re.findall(r"client_max_body_size (\d+)m;", (SINGLE / "nginx.conf").read_text())

    assert [int(size) for size in sizes] == [6, MOST_FILES * MOST_BYTES // 1024**2 + 1]
    assert post_files.MOST_BYTES < 6_000_000


def test_every_variable_of_the_environment_files_is_a_setting():
    known = set(re.findall(r"^\| `([A-Z_]+)`", (ROOT / "docs" / "settings.md").read_text(), re.M))
    given = {
        name
        for file in SINGLE.glob("env/*.env")
        for name in re.findall(r"^([A-Z_]+)=", file.read_text(), re.M)
    }

    assert given - known == {"WAL_DIR", "RECIPIENTS"}


def test_every_program_of_ours_that_a_unit_starts_is_there():
    for unit in SINGLE.glob("*.service"):
        program = re.search(r"^ExecStart=/opt/degreetrack/(\S+)", unit.read_text(), re.M)[1]
        assert program.startswith(".venv/bin/") or (ROOT / program).stat().st_mode & 0o111, unit.name


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no roles")
def test_the_roles_that_serve_cannot_alter_the_journal():
    told = connection.get_connection_params()
    where = ["-h", told["host"], "-p", str(told["port"]), "-U", told["user"], "-d", told["dbname"]]
    for _twice in range(2):
        command = ["psql", "--no-psqlrc", "--quiet", *where, "--file", ROOT / "deploy" / "roles.sql"]
        assert subprocess.run(command, capture_output=True, text=True).stderr == ""
    for role, query, why in (
        ("web", "UPDATE journal_entry SET reason = ''", "permission denied for table journal_entry"),
        ("web", "DELETE FROM journal_seal", "permission denied for table journal_seal"),
        ("web", "TRUNCATE fees_posting", "permission denied for table fees_posting"),
        ("web", "ALTER TABLE journal_entry DISABLE TRIGGER ALL", "must be owner of table journal_entry"),
        ("worker", "DELETE FROM journal_entry", "permission denied for table journal_entry"),
    ):
        with pytest.raises(ProgrammingError) as refusal, transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL ROLE degreetrack_{role}")
            cursor.execute(query)
        assert str(refusal.value).splitlines()[0] == why
