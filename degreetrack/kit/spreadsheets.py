"""CSV files that open in a spreadsheet as text: UTF-8 with its mark, and no cell that runs."""

import csv
from collections.abc import Iterable
from pathlib import Path
from typing import TextIO

from django.utils.translation import gettext as _

from degreetrack.kit.refusals import Refused

# The wide ones are read as the narrow by spreadsheets set to an East Asian language.
FORMULA_MARKS = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")


def is_formula(cell: str) -> bool:
    """Tell whether a spreadsheet would run this cell instead of showing it."""
    return cell.lstrip().startswith(FORMULA_MARKS) or cell.startswith(FORMULA_MARKS)


def defused(cell: str) -> str:
    """Return the cell so that a spreadsheet shows it: a leading apostrophe stops a formula."""
    return f"'{cell}" if is_formula(cell) else cell


def bare(cell: str) -> str:
    """Undo the apostrophe by which a handed-back file keeps a cell from running."""
    return cell[1:] if cell.startswith("'") and is_formula(cell[1:]) else cell


def must_be_utf8(path: Path) -> None:
    """Refuse a file before anything is taken in, and name the line."""
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            try:
                line.decode()
            except UnicodeDecodeError as error:
                raise Refused(
                    _("Line %(line)s is not UTF-8. Save the file as “CSV UTF-8” and try again.")
                    % {"line": number}
                ) from error


class SafeWriter:
    """Write rows to a CSV file with every cell defused."""

    def __init__(self, file: TextIO) -> None:
        self._writer = csv.writer(file)

    def row(self, cells: Iterable[str]) -> None:
        """Write one row."""
        self._writer.writerow([defused(cell) for cell in cells])
