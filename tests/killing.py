"""Some work in a process of its own, which is killed before each of the statements that it sends."""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import suppress

from django.db import connection, connections


def killed_before_each_statement(work: Callable[[], object], told: Callable[[], object]) -> Iterator[int]:
    """Kill it before its first statement, its second, ...; give the number after each kill.

    Once a kill has left something behind in the database, as `told` sees it, what is gone on with
    is killed from its first statement on again. Ends once the work comes to its end.
    """
    before, place = told(), 1
    while killed_before_statement(work, place):
        yield place
        now = told()
        before, place = (now, 1) if now != before else (before, place + 1)


def killed_before_statement(work: Callable[[], object], place: int) -> bool:
    """Kill it before its so manieth statement; false where it came to its end before that."""
    connections.close_all()
    child = os.fork()
    if child == 0:
        with suppress(BaseException):
            left = iter(range(place - 1))

            def until_then(execute, *given):
                if next(left, None) is None:
                    os.kill(os.getpid(), signal.SIGKILL)
                return execute(*given)

            connection.ensure_connection()
            with connection.execute_wrapper(until_then):
                work()
            os._exit(0)
        os._exit(1)
    status = os.waitpid(child, 0)[1]
    assert status in (0, signal.SIGKILL), "the work broke by itself"
    return status == signal.SIGKILL
