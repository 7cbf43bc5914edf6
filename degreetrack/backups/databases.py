"""One moment of the database, read while others write; and an empty database filled from it."""

import os
import sqlite3
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from django.db import connection, transaction

from degreetrack.backups.sealing import Unfit

Rows = Callable[[str], Iterator[tuple[Any, ...]]]


@dataclass(frozen=True)
class Snapshot:
    """A moment that stands still: rows of a query, and the whole as the output of a command."""

    rows: Rows
    dump: list[str]


def snapshot() -> AbstractContextManager[Snapshot]:
    """The database as it is now, for as long as it is held; nobody waits for it."""
    return _of_postgresql() if connection.vendor == "postgresql" else _of_sqlite()


@contextmanager
def _of_postgresql() -> Iterator[Snapshot]:
    def rows(query: str) -> Iterator[tuple[Any, ...]]:
        with connection.chunked_cursor() as cursor:
            cursor.execute(query)
            yield from cursor

    with transaction.atomic(durable=True):
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            cursor.execute("SELECT pg_export_snapshot()")
            name = cursor.fetchone()[0]
        # Who owns what and who may do what is the place's own matter (deploy/roles.sql).
        options = ["--format=custom", "--no-owner", "--no-privileges", f"--snapshot={name}"]
        yield Snapshot(rows, ["pg_dump", *options, *_address()])


@contextmanager
def _of_sqlite() -> Iterator[Snapshot]:
    connection.ensure_connection()
    # Beside the database, because it is as readable as that is.
    with tempfile.TemporaryDirectory(prefix="backup-", dir=_folder()) as folder:
        copied = Path(folder) / "copy.sqlite3"
        copy = sqlite3.connect(copied)
        try:
            # In one step: a copy in several starts again with each write in between.
            connection.connection.backup(copy)
            yield Snapshot(lambda query: copy.execute(query), ["gzip", "-1", "--stdout", str(copied)])
        finally:
            copy.close()


def _folder() -> Path:
    return Path(connection.settings_dict["NAME"]).absolute().parent


@contextmanager
def running(command: list[str], **streams: Any) -> Iterator[subprocess.Popen[bytes]]:
    """Run a command that must end well; its password goes by the environment."""
    try:
        with tempfile.TemporaryFile() as told:
            with subprocess.Popen(command, env=_environment(), stderr=told, **streams) as process:
                try:
                    yield process
                except BrokenPipeError:
                    # It ended before its time; why, is told below.
                    pass
                except BaseException:
                    process.kill()
                    raise
            if process.returncode:
                told.seek(0)
                said = told.read().decode(errors="replace").strip()
                raise Unfit(f"{command[0]} failed: {said[-2000:]}")
    except FileNotFoundError as error:
        raise Unfit(f"{command[0]} is not installed here.") from error


def _environment() -> dict[str, str]:
    if connection.vendor != "postgresql":
        return dict(os.environ)
    _words, more = connection.client.settings_to_cmd_args_env(connection.settings_dict, [])
    return os.environ | (more or {})


def _address() -> list[str]:
    """Host, port, user and database, as PostgreSQL's commands take them."""
    words, _more = connection.client.settings_to_cmd_args_env(connection.settings_dict, [])
    return [*words[1:-1], f"--dbname={words[-1]}"]


def check_empty() -> None:
    """Refuse a database that holds anything at all."""
    held = connection.introspection.table_names(include_views=True)
    if held:
        name = connection.settings_dict["NAME"]
        raise Unfit(
            f"The database {name} is not empty: it has {len(held)} tables. Restore into a new, empty one"
            " (DATABASE_URL) with another VAR_DIR; what is here is left as it is."
        )


@contextmanager
def filling() -> Iterator[IO[bytes]]:
    """What is written here fills the empty database, all of it or nothing."""
    if connection.vendor == "postgresql":
        whole = ["--exit-on-error", "--single-transaction", "--no-owner", "--no-privileges"]
        with running(["pg_restore", *whole, *_address()], stdin=subprocess.PIPE) as process:
            assert process.stdin
            with process.stdin as out:
                yield out
        return
    with tempfile.TemporaryDirectory(prefix="restore-", dir=_folder()) as folder:
        file = Path(folder) / "copy.sqlite3"
        with (
            file.open("wb") as unpacked,
            running(["gzip", "--decompress"], stdin=subprocess.PIPE, stdout=unpacked) as process,
        ):
            assert process.stdin
            with process.stdin as out:
                yield out
        copy = sqlite3.connect(file)
        try:
            found = copy.execute("PRAGMA integrity_check").fetchone()[0]
            if found != "ok":
                raise Unfit(f"The database in the backup is damaged: {found}")
            connection.ensure_connection()
            copy.backup(connection.connection)
        finally:
            copy.close()
