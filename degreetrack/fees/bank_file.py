"""The bank's file of payments: each row a transaction of its own, bad rows handed back."""

import csv
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from degreetrack.fees.models import Via
from degreetrack.fees.payments import take_payment
from degreetrack.fees.readings import COLUMNS, NEEDED, facts_of
from degreetrack.kit.refusals import Refused
from degreetrack.kit.spreadsheets import SafeWriter, bare, is_formula, must_be_utf8

KNOWN, REJECTED = "known", "rejected"
Cells = dict[str, str]


def import_payments(
    path: Path,
    *,
    provider: str = "bank",
    rejects: Path | None = None,
    progress: Callable[[int], object] = lambda rows: None,
) -> Counter[str]:
    """Take in the bank's file and count the verdicts; safe to repeat, and to kill and run again.

    `rejects` gets the rows that were not taken in, each with a reason, to be corrected.
    """
    must_be_utf8(path)
    if rejects and rejects.exists() and rejects.samefile(path):
        raise Refused(_("The rejected rows need a file of their own."))
    counts: Counter[str] = Counter()
    with ExitStack() as files:
        source = files.enter_context(path.open(encoding="utf-8-sig", newline=""))
        rows = _rows(source)
        back = _writer(files, rejects)
        for line, cells in rows:
            try:
                counts[_take(cells, provider)] += 1
            except Refused as refusal:
                counts[REJECTED] += 1
                if back:
                    back.row([*(cells.get(name, "") for name in COLUMNS), f"{line}: {refusal}"])
            progress(1)
    return counts


def _take(cells: Cells, provider: str) -> str:
    cells = {name: bare(cell.strip()) for name, cell in cells.items()}
    if len(cells) < len(NEEDED):
        raise Refused(_("The row has too few or too many cells."))
    for name in ("reference", "challan_no", "reverses"):
        if is_formula(cells.get(name, "")):
            raise Refused(_("The cell begins like a formula of a spreadsheet. Write plain text."))
    taken = take_payment(provider=provider, via=Via.FILE, **facts_of(cells))
    return taken.payment.verdict if taken.new else KNOWN


def _rows(source: Any) -> Iterator[tuple[int, Cells]]:
    """Number and cells of each row; a row with too few or too many cells keeps those that it has."""
    reader = csv.reader(source)
    head = [name.strip() for name in next(reader, [])]
    missing = [name for name in NEEDED if name not in head]
    if missing:
        raise Refused(_("The file lacks these columns: %(names)s.") % {"names": ", ".join(missing)})
    try:
        for number, line in enumerate(reader, start=2):
            if any(cell.strip() for cell in line):
                yield number, dict(zip(head, line, strict=False)) if len(line) <= len(head) else {}
    except csv.Error as error:
        raise Refused(
            _("The file cannot be read on after line %(line)s.") % {"line": reader.line_num}
        ) from error


def _writer(files: ExitStack, path: Path | None) -> SafeWriter | None:
    if path is None:
        return None
    writer = SafeWriter(files.enter_context(path.open("w", encoding="utf-8-sig", newline="")))
    writer.row([*COLUMNS, "reason"])
    return writer
