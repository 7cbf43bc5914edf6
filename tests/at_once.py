"""Several people, or several workers, at one instant."""

import threading
from collections.abc import Callable

from django.db import connection

from degreetrack.kit.refusals import Refused


def at_once(acts: list[Callable[[], object]]) -> list[object]:
    """Do all at one instant; what each returned, or the words of its refusal."""
    start = threading.Barrier(len(acts))
    outcomes: list[object] = []

    def act(one: Callable[[], object]) -> None:
        start.wait()
        try:
            outcomes.append(one())
        except Refused as refusal:
            outcomes.append(str(refusal))
        finally:
            connection.close()

    threads = [threading.Thread(target=act, args=(one,)) for one in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes
