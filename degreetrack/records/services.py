"""Import of results from the examination system, in batches that each commit whole."""

import csv
import gc
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from contextvars import copy_context
from itertools import islice
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from degreetrack.accounts.models import Actor, User
from degreetrack.kit.holding import hold
from degreetrack.kit.refusals import Refused
from degreetrack.kit.spreadsheets import SafeWriter, must_be_utf8
from degreetrack.records.batch import Batch
from degreetrack.records.plain import Reader
from degreetrack.records.rows import COLUMNS, Fault, Row, Verdict

BATCH = 2000
EXAMINATION_SYSTEM = Actor("examination system")
Cells = list[str]
Read = tuple[int, Cells | None, Row | Fault]


def import_results(
    path: Path,
    *,
    by: User | Actor = EXAMINATION_SYSTEM,
    report: Path | None = None,
    rejects: Path | None = None,
    progress: Callable[[int], object] = lambda rows: None,
) -> Counter[str]:
    """Take in an export and count the verdicts; safe to repeat, and to kill and run again.

    `report` gets line, verdict, field and reason of every row that was not plainly accepted;
    `rejects` gets the rejected rows with a reason, to be corrected and imported again.
    """
    must_be_utf8(path)
    counts: Counter[str] = Counter()
    reader = Reader()
    with ExitStack() as files:
        told = _writer(files, report, ["line", "verdict", "field", "reason"])
        back = _writer(files, rejects, [*COLUMNS, "reason"])
        source = files.enter_context(path.open(encoding="utf-8-sig", newline=""))
        files.enter_context(_uncollected())
        for batch in _read_ahead(_lines(source), reader):
            with transaction.atomic():
                hold(["results"])
                outcomes = Batch(by).take([row for _line, _cells, row in batch])
            for (line, cells, _row), (verdict, column, reason) in zip(batch, outcomes, strict=True):
                if verdict is Verdict.ACCEPT:
                    continue
                counts[verdict] += 1
                if told:
                    told.row([str(line), verdict, column, reason])
                if back and verdict is Verdict.REJECT:
                    back.row([*(cells or [""] * len(COLUMNS)), f"{column}: {reason}"])
            accepted = sum(verdict is Verdict.ACCEPT for verdict, _column, _reason in outcomes)
            counts.update({Verdict.ACCEPT: accepted} if accepted else {})
            progress(len(batch))
    return counts


@contextmanager
def _uncollected() -> Iterator[None]:
    """Spare Python looking through thousands of rows for rings: they have none, and it takes a third."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _read_ahead(lines: Iterator[tuple[int, Cells | None]], reader: Reader) -> Iterator[list[Read]]:
    """Batches of rows, the next one read and checked while the database is busy with the last."""

    def read() -> list[Read]:
        return [(line, cells, _checked(reader, cells)) for line, cells in islice(lines, BATCH)]

    # Reasons are written in the language of whoever asked for the import.
    here = copy_context()
    with ThreadPoolExecutor(1) as ahead:
        coming = ahead.submit(here.run, read)
        while batch := coming.result():
            coming = ahead.submit(here.run, read)
            yield batch


def _checked(reader: Reader, cells: Cells | None) -> Row | Fault:
    if cells is None:
        return Fault("row", _("The row has too few or too many cells."))
    try:
        return reader.read(cells)
    except Fault as fault:
        # Where it was raised leads back to the whole batch: a ring that would keep the batch in memory.
        return fault.with_traceback(None)


def _writer(files: ExitStack, path: Path | None, head: list[str]) -> SafeWriter | None:
    if path is None:
        return None
    writer = SafeWriter(files.enter_context(path.open("w", encoding="utf-8-sig", newline="")))
    writer.row(head)
    return writer


def _lines(source: Any) -> Iterator[tuple[int, Cells | None]]:
    """Number and cells of each row, in the order of COLUMNS; None for a row of too few or too many."""
    reader = csv.reader(source)
    head = [name.strip() for name in next(reader, [])]
    missing = [name for name in COLUMNS if name not in head]
    if missing:
        raise Refused(_("The file lacks these columns: %(names)s.") % {"names": ", ".join(missing)})
    ours = [head.index(name) for name in COLUMNS]
    moved = ours != list(range(len(head)))
    try:
        for number, line in enumerate(reader, start=2):
            if not any(map(str.strip, line)):
                continue
            if len(line) != len(head):
                yield number, None
            else:
                yield number, [line[place] for place in ours] if moved else line
    except csv.Error as error:
        raise Refused(
            _("The file cannot be read on after line %(line)s.") % {"line": reader.line_num}
        ) from error
