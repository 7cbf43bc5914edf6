"""Progress as the operator sees it: bars in a terminal, nothing in a log."""

import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from tqdm import tqdm

from degreetrack.backups.making import Bars
from degreetrack.backups.papers import Progress


@contextmanager
def shown() -> Iterator[Bars]:
    """Bars for as many stretches of work as there are."""
    with ExitStack() as stack:

        def bar(what: str) -> Progress:
            unit = {"database": "B", "journal": " entries"}.get(what, f" {what}")
            made = tqdm(desc=what, unit=unit, unit_scale=what == "database", disable=not sys.stderr.isatty())
            return stack.enter_context(made).update

        yield bar
