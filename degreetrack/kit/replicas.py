"""Reads from a replica that keeps up, else from the primary, and from whichever of them still answers."""

import logging
import threading
import time
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

from django.conf import settings
from django.db import (
    DEFAULT_DB_ALIAS,
    Error,
    InterfaceError,
    OperationalError,
    close_old_connections,
    connection,
    connections,
)

log = logging.getLogger("degreetrack.replicas")
REPLICA = "replica"
# A replica is asked so often whether it keeps up; where one did not answer, no new one is asked so long.
EVERY, REST = 1.0, 1.0
BEAT = 0.5
GONE = (OperationalError, InterfaceError)
# One that has become the primary is never late; one that has replayed nothing since its start is.
_LAG = """
SELECT CASE WHEN pg_is_in_recovery()
       THEN extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp()) ELSE 0 END
"""
_source: ContextVar[str] = ContextVar("source", default=DEFAULT_DB_ALIAS)
_rest = {"until": 0.0}
_link = threading.local()


class Router:
    """Sends reads to the source chosen by `read`, and writes always to the primary."""

    def db_for_read(self, model: Any, **hints: Any) -> str:
        """Where the reads of this request go."""
        return source()

    def db_for_write(self, model: Any, **hints: Any) -> str:
        """The primary, even for what was read elsewhere."""
        return DEFAULT_DB_ALIAS

    def allow_relation(self, one: Any, other: Any, **hints: Any) -> bool:
        """All are copies of one database."""
        return True

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool:
        """Replicas follow by themselves."""
        return db == DEFAULT_DB_ALIAS


def source() -> str:
    """The alias of the database from which to read now."""
    return _source.get()


def read[T](ask: Callable[[], T], *, acted: bool = False) -> T:
    """Do what only reads, at most twice: where one database is gone, the other is asked.

    Whoever has just acted reads the primary. Without a replica, a connection found broken is opened anew.
    """
    first, second = _order(acted)
    had_one = connections[first].connection is not None
    try:
        return _read_from(first, ask)
    except GONE:
        # A second try is worth it where an old connection was found broken, not where none can be had.
        if first == second and (not had_one or connection.connection is not None):
            raise
        return _read_from(second, ask)


def _read_from[T](alias: str, ask: Callable[[], T]) -> T:
    token = _source.set(alias)
    try:
        return ask()
    except GONE as fault:
        log.warning("%s does not answer: %s", alias, str(fault).partition("\n")[0])
        _leave(alias)
        raise
    finally:
        _source.reset(token)


def _order(acted: bool) -> tuple[str, str]:
    """Which to ask first, and which where that one is gone."""
    if REPLICA not in connections.settings:
        return DEFAULT_DB_ALIAS, DEFAULT_DB_ALIAS
    if acted:
        return DEFAULT_DB_ALIAS, REPLICA
    return (REPLICA, DEFAULT_DB_ALIAS) if _keeps_up() else (DEFAULT_DB_ALIAS, REPLICA)


def _keeps_up() -> bool:
    """Whether the replica at the end of this thread's connection is within the bound, as of a second ago."""
    link, now = connections[REPLICA], time.monotonic()
    if now >= getattr(_link, "until", 0.0) or link.connection is not _link.known:
        late = True
        if _rest["until"] <= now:
            try:
                late = _is_late()
            except Error:
                _leave(REPLICA)
        if late:
            # The balancer may find a better one for the next connection.
            link.close()
        _link.until, _link.known, _link.late = now + EVERY, link.connection, late
    return not _link.late


def _is_late() -> bool:
    with connections[REPLICA].cursor() as cursor:
        cursor.execute(_LAG)
        lag = cursor.fetchone()[0]
    return lag is None or lag > settings.REPLICA_LAG_SECONDS


def _leave(alias: str) -> None:
    """Let go of a connection that is broken; look for another replica only after a while."""
    if alias == REPLICA:
        connections[alias].close()
        _rest["until"] = time.monotonic() + REST
    else:
        connections[alias].close_if_unusable_or_obsolete()


def beat(stop: threading.Event) -> None:
    """Give replicas something to replay all the time, so that one that replays nothing is known to be late.

    A transaction's number alone leaves a mark in the write-ahead log: no row is written, nobody waits.
    """
    while not stop.wait(BEAT):
        close_old_connections()
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_current_xact_id()")
        except Error as fault:
            log.warning("no beat: %s", str(fault).partition("\n")[0])
    connection.close()
