"""Statements that PostgreSQL plans once for each connection, not anew for each request."""

import json
from typing import Any
from weakref import WeakKeyDictionary

from django.conf import settings
from django.db import connections

from degreetrack.kit.replicas import source

if settings.DATABASES["default"]["ENGINE"].endswith("postgresql"):
    from psycopg import Connection, OperationalError
    from psycopg.errors import error_from_result
    from psycopg.pq import ConnStatus, ExecStatus

    _names: WeakKeyDictionary[Connection, dict[str, bytes]] = WeakKeyDictionary()


def asked(statement: str, value: str | int) -> list[Any]:
    """Ask one of the few statements that are asked very often; each row of it is one JSON value.

    On PostgreSQL it goes to libpq itself: the driver's cursors cost more than the look-up. Where
    statements are watched (tests that count them) or not to be prepared, it takes the ordinary way.
    """
    connection = connections[source()]
    watched = connection.queries_logged or connection.execute_wrappers
    if connection.vendor != "postgresql" or not settings.PREPARED_STATEMENTS or watched:
        with connection.cursor() as cursor:
            cursor.execute(statement, [value])
            return [_read(row) for (row,) in cursor.fetchall()]
    if connection.connection is None:
        connection.ensure_connection()
    with connection.wrap_database_errors:
        return _asked(connection.connection, statement, str(value).encode())


def _asked(link: "Connection", statement: str, value: bytes) -> list[Any]:
    server = link.pgconn
    names = _names.setdefault(link, {})
    name = names.get(statement)
    if name is None:
        name = f"asked{len(names)}".encode()
        answer = server.prepare(name, statement.replace("%s", "$1").encode())
        if answer.status != ExecStatus.COMMAND_OK:
            raise _error(server, answer)
        names[statement] = name
    answer = server.exec_prepared(name, [value])
    if answer.status != ExecStatus.TUPLES_OK:
        raise _error(server, answer)
    return [json.loads(answer.get_value(row, 0) or b"null") for row in range(answer.ntuples)]


def _error(server: Any, answer: Any) -> Exception:
    """What the database refused; a connection that broke has no code of its own."""
    if server.status == ConnStatus.BAD:
        return OperationalError(server.get_error_message())
    return error_from_result(answer, "utf-8")


def _read(value: Any) -> Any:
    """JSON as the database's driver gives it: read already, or as text."""
    return json.loads(value) if isinstance(value, str) else value
