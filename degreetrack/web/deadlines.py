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
PATIENCE, LOOKS_EVERY = 1.3, 0.1
ACTIVE = TransactionStatus.ACTIVE
# Staff's pages, forms and uploads may take longer.
PATIENT = ("/staff/", "/admin/", "/my/", "/api/", "/static/")
_under_way: dict[int, "_Page"] = {}
_lock = threading.Lock()
_watcher: threading.Thread | None = None


class _Page:
    """A page under way: until when it may wait, and on which connections."""

    def __init__(self) -> None:
        self.until = time.monotonic() + PATIENCE
        self.on = [connections[alias] for alias in connections]
        self.asked = False

    def interrupt(self) -> None:
        """Ask the database to stop; where it does not even answer that, hang up."""
        for wrapper in self.on:
            raw: Any = wrapper.connection
            with suppress(Exception):
                if wrapper.vendor == "sqlite":
                    # Where nothing runs this does nothing.
                    raw.interrupt()
                elif raw.pgconn.transaction_status == ACTIVE:
                    self._stop(raw)
        self.until = time.monotonic() + LOOKS_EVERY

    def _stop(self, raw: Any) -> None:
        if self.asked:
            with socket.socket(fileno=os.dup(raw.fileno())) as line:
                line.shutdown(socket.SHUT_RDWR)
        self.asked = True
        log.warning("a public page waited too long for the database and is given up")
        raw.cancel_safe(timeout=0.2)


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
            # Whoever interrupts has this lock: nothing meant for this page hits the next.
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
                        page.interrupt()
