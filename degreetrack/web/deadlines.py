"""Public pages wait for a slow database no longer than their readers do: then they say so, with 503.

Where the limit is kept matters. As a setting of the connection it would reach staff's long reports and bulk
moves, and behind a pooler anybody's statements; as a statement of its own it would cost each look-up a
journey. So a thread watches the pages under way and interrupts those that have waited too long.
"""

import logging
import os
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from django.db import connections
from django.http import HttpRequest, HttpResponse
from psycopg.pq import TransactionStatus

log = logging.getLogger("degreetrack.deadlines")
# Two seconds are promised; what is left is for telling the database and for writing the answer.
PATIENCE, LOOKS_EVERY = 1.1, 0.1
# A page that is slow by itself is hardly found in a statement at three looks running.
LOOKS = 3
# Staff's pages, forms and uploads may take longer.
PATIENT = ("/staff/", "/admin/", "/my/", "/api/", "/static/")
_own = threading.local()
_under_way: dict[int, "_Page"] = {}
_lock = threading.Lock()
_watcher: threading.Thread | None = None


class _Page:
    """A page under way: until when it may wait, and on which connections."""

    def __init__(self) -> None:
        self.until = time.monotonic() + PATIENCE
        self.on = _mine()
        self.seen_waiting = 0

    def look(self) -> None:
        """Where it waits in a statement, ask the database to stop; where it does not answer that, hang up."""
        waiting = [raw for one in self.on if (raw := one.connection) and _is_active(raw)]
        self.seen_waiting = self.seen_waiting + 1 if waiting else 0
        for raw in waiting if self.seen_waiting >= LOOKS else []:
            with suppress(Exception):
                if self.seen_waiting > LOOKS:
                    with socket.socket(fileno=os.dup(raw.fileno())) as line:
                        line.shutdown(socket.SHUT_RDWR)
                else:
                    log.warning("a public page waited too long for the database and is given up")
                    raw.cancel_safe(timeout=0.2)
        self.until = time.monotonic() + LOOKS_EVERY


def _mine() -> list[Any]:
    """This thread's connections to PostgreSQL, the same from page to page; SQLite's wait for nobody."""
    found: list[Any] | None = getattr(_own, "connections", None)
    if found is None:
        found = [one for one in connections.all() if one.vendor == "postgresql"]
        _own.connections = found
    return found


def _is_active(raw: Any) -> bool:
    return bool(raw.pgconn.transaction_status == TransactionStatus.ACTIVE)


def in_time(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Interrupt what a public page waits for once its patience is over."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.path.startswith(PATIENT):
            return get_response(request)
        me = threading.get_ident()
        _watch()
        _under_way[me] = _Page()
        try:
            return get_response(request)
        finally:
            # Whoever looks has this lock: nothing meant for this page hits the next.
            with _lock:
                _under_way.pop(me, None)

    return middleware


def _watch() -> None:
    """Have a watcher; a process forked since has none."""
    global _watcher
    if _watcher is None or not _watcher.is_alive():
        with _lock:
            if _watcher is None or not _watcher.is_alive():
                _watcher = threading.Thread(target=_go_round, daemon=True, name="deadlines")
                _watcher.start()


def _go_round() -> None:
    while True:
        time.sleep(LOOKS_EVERY)
        now = time.monotonic()
        for me, page in list(_under_way.items()):
            if page.until < now:
                with _lock:
                    if _under_way.get(me) is page:
                        page.look()
