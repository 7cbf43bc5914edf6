"""Statements that PostgreSQL plans once for each connection, and sends of many in one go.

They pass the driver's cursors by: those cost more than such a statement takes. Where statements are
watched (tests that count them) or not to be prepared, everything takes the ordinary way.
"""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from itertools import count
from select import POLLIN, poll
from typing import Any
from weakref import WeakKeyDictionary

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connections

from degreetrack.kit.replicas import source

if settings.DATABASES["default"]["ENGINE"].endswith("postgresql"):
    from psycopg import Connection, DataError, OperationalError
    from psycopg.errors import error_from_result
    from psycopg.pq import ConnStatus, ExecStatus, TransactionStatus

    _names: WeakKeyDictionary[Connection, dict[Any, bytes]] = WeakKeyDictionary()
    # None comes twice: one that failed half-way may be there under its name all the same.
    _numbers = count()

type Words = tuple[str, Sequence[Any]]
# PostgreSQL's own numbers of types that it would not guess from where a value stands.
_KINDS = {bool: 16, int: 20, datetime: 1184}
_gathered: ContextVar[list[Words] | None] = ContextVar("gathered", default=None)


def direct(of: Any = None) -> bool:
    """Whether statements on a connection, the primary's where none is named, may pass its cursors by."""
    link = of or connections[DEFAULT_DB_ALIAS]
    watched = link.queries_logged or link.execute_wrappers
    return bool(link.vendor == "postgresql" and settings.PREPARED_STATEMENTS and not watched)


def asked(statement: str, value: str | int) -> list[Any]:
    """Ask one of the few statements that are asked very often; each row of it is one JSON value."""
    link = connections[source()]
    if not direct(link):
        with link.cursor() as cursor:
            cursor.execute(statement, [value])
            return [_read(row) for (row,) in cursor.fetchall()]
    if link.connection is None:
        link.ensure_connection()
    with link.wrap_database_errors:
        return _asked(link.connection, statement, str(value).encode())


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
    return _rows(answer)


def asked_in_turn(*asking: Words) -> list[list[Any]]:
    """Ask several on the primary in one go, each of which sees what was committed before it began.

    Only where `direct()`; within a transaction, which begins with them if it has not yet.
    """
    return [_rows(answer) for answer in _in_one_go(asking)]


@contextmanager
def together() -> Iterator[None]:
    """Gather what is told here, and send it in one go at the end: the last thing in its transaction.

    Where that is the outermost one, its COMMIT travels with it: nothing may follow but the transaction's end.
    """
    if not direct():
        yield
        return
    token = _gathered.set([])
    try:
        yield
        gathered = _gathered.get() or []
    finally:
        _gathered.reset(token)
    link = connections[DEFAULT_DB_ALIAS]
    outermost = len(link.atomic_blocks) == 1 and not link.needs_rollback
    _in_one_go([*gathered, ("COMMIT", ())] if outermost else gathered)


def tell(statement: str, values: Sequence[Any]) -> None:
    """Run a statement that gives no rows: at once, or with what is gathered."""
    gathered = _gathered.get()
    if gathered is not None:
        gathered.append((statement, values))
        return
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        cursor.execute(statement, values)


def flush() -> None:
    """Send what is gathered so far: something is to be read that may depend on it."""
    gathered = _gathered.get()
    if gathered:
        _in_one_go(gathered)
        gathered.clear()


def _in_one_go(sent: Sequence[Words]) -> list[Any]:
    """The answers to statements that travel together; once one fails, the rest are not run."""
    if not sent:
        return []
    link = connections[DEFAULT_DB_ALIAS]
    link.ensure_connection()
    with link.wrap_database_errors:
        idle = link.connection.pgconn.transaction_status == TransactionStatus.IDLE
        begins = [("BEGIN", ())] if idle and link.in_atomic_block else []
        return _travel(link.connection, [*begins, *sent])[len(begins) :]


def _travel(link: "Connection", sent: Sequence[Words]) -> list[Any]:
    server, names = link.pgconn, _names.setdefault(link, {})
    made: dict[Any, bytes] = {}
    # What cannot be written down is refused before anything is on its way.
    steps = [(statement, *_written(values)) for statement, values in sent]
    asks: list[bool] = []
    try:
        server.enter_pipeline_mode()
        for statement, kinds, plain in steps:
            key = (statement, kinds)
            name = names.get(key) or made.get(key)
            if name is None:
                name = made[key] = f"told{next(_numbers)}".encode()
                server.send_prepare(name, _numbered(statement), kinds)
                asks.append(False)
            server.send_query_prepared(name, plain)
            asks.append(True)
        server.pipeline_sync()
        answers = list(_answers(server))
        server.exit_pipeline_mode()
    except BaseException:
        # Nobody could tell any more which answer belongs to what.
        link.close()
        raise
    for answer in answers:
        if answer.status not in (ExecStatus.COMMAND_OK, ExecStatus.TUPLES_OK):
            raise _error(server, answer)
    names |= made
    return [answer for answer, is_asked in zip(answers, asks, strict=True) if is_asked]


def _answers(server: Any) -> Iterator[Any]:
    """Each statement's answer, up to where they end."""
    readable = poll()
    readable.register(server.socket, POLLIN)
    while True:
        # libpq itself would wait with the interpreter's lock held, and no other thread could go on.
        while server.is_busy():
            readable.poll()
            server.consume_input()
        answer = server.get_result()
        if answer is None:
            # One statement's end; a lost connection gives nothing else any more.
            if server.status == ConnStatus.BAD:
                raise OperationalError(server.get_error_message())
            continue
        if answer.status == ExecStatus.PIPELINE_SYNC:
            return
        yield answer


def _numbered(statement: str) -> bytes:
    """With $1, $2 ... in place of each %s."""
    first, *rest = statement.split("%s")
    return (first + "".join(f"${place}{part}" for place, part in enumerate(rest, start=1))).encode()


def _written(values: Sequence[Any]) -> tuple[tuple[int, ...], list[bytes | None]]:
    """The types of values that are not to be guessed, and each as PostgreSQL reads it from text."""
    texts = [value.isoformat() if isinstance(value, datetime) else value for value in values]
    if any("\0" in text for text in texts if isinstance(text, str)):
        raise DataError("PostgreSQL text fields cannot contain NUL (0x00) bytes")
    kinds = tuple(_KINDS.get(type(value), 0) for value in values)
    return kinds, [None if text is None else str(text).encode() for text in texts]


def _rows(answer: Any) -> list[Any]:
    return [json.loads(answer.get_value(row, 0) or b"null") for row in range(answer.ntuples)]


def _error(server: Any, answer: Any) -> Exception:
    """What the database refused; a connection that broke has no code of its own."""
    if server.status == ConnStatus.BAD:
        return OperationalError(server.get_error_message())
    return error_from_result(answer, "utf-8")


def _read(value: Any) -> Any:
    """JSON as the database's driver gives it: read already, or as text."""
    return json.loads(value) if isinstance(value, str) else value
