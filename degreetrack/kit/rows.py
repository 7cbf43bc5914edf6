"""Rows in few words with the database: many as one parameter, statements without waiting between them."""

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from functools import lru_cache
from typing import Any

from django.db import connection

from degreetrack.kit.prepared import flush, tell


@contextmanager
def without_waiting() -> Iterator[None]:
    """Send PostgreSQL each statement at once, and wait only where rows are read, and at the end.

    An error of any of them is raised there at the latest. Within a transaction, and without what counts
    rows, as a model's save() does: their number is not known yet.
    """
    if connection.vendor != "postgresql":
        yield
        return
    connection.ensure_connection()
    with connection.wrap_database_errors, connection.connection.pipeline():
        yield


def read_with_told(
    statement: str, told: list[dict[str, Any]], *more: Any, **columns: str
) -> list[tuple[Any, ...]]:
    """The rows that a statement gives which reads the table `told`, made of these rows.

    `columns` are told's, with their types; `more` are the statement's own parameters.
    """
    flush()
    with connection.cursor() as cursor:
        cursor.execute(_told_before(statement, tuple(columns.items())), [_as_json(told), *more])
        return cursor.fetchall()


def with_told(statement: str, told: list[dict[str, Any]], *more: Any, **columns: str) -> None:
    """Run such a statement that gives no rows."""
    tell(_told_before(statement, tuple(columns.items())), [_as_json(told), *more])


def copy_in(table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Insert plain rows, by COPY where the database has it."""
    named = ", ".join(columns)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.cursor.copy(f"COPY {table} ({named}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
        else:
            places = ", ".join(["%s"] * len(columns))
            plain = [[str(cell) if isinstance(cell, date) else cell for cell in row] for row in rows]
            cursor.executemany(f"INSERT INTO {table} ({named}) VALUES ({places})", plain)  # noqa: S608 - our names  # nosec B608


def _as_json(told: list[dict[str, Any]]) -> str:
    # Urdu as it is written has a third of the length.
    return json.dumps(told, default=str, ensure_ascii=False)


@lru_cache(maxsize=256)
def _told_before(statement: str, columns: tuple[tuple[str, str], ...]) -> str:
    if connection.vendor == "postgresql":
        typed = ", ".join(f"{name} {kind}" for name, kind in columns)
        table = f"SELECT * FROM json_to_recordset(%s::json) AS told ({typed})"  # noqa: S608 - our names  # nosec B608
    else:
        read = ", ".join(f"json_extract(value, '$.{name}') AS {name}" for name, _kind in columns)
        table = f"SELECT {read} FROM json_each(%s)"  # noqa: S608 - our names  # nosec B608
    return f"WITH told AS ({table}) {statement}"
