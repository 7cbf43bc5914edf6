"""CSV files that open in a spreadsheet as text: UTF-8 with its mark, and no cell that runs."""

import csv
from collections.abc import Iterable
from typing import TextIO

FORMULA_MARKS = ("=", "+", "-", "@", "\t", "\r")


def is_formula(cell: str) -> bool:
    """Tell whether a spreadsheet would run this cell instead of showing it."""
    return cell.lstrip().startswith(FORMULA_MARKS) or cell.startswith(FORMULA_MARKS)


def defused(cell: str) -> str:
    """Return the cell so that a spreadsheet shows it: a leading apostrophe stops a formula."""
    return f"'{cell}" if is_formula(cell) else cell


class SafeWriter:
    """Write rows to a CSV file with every cell defused."""

    def __init__(self, file: TextIO) -> None:
        self._writer = csv.writer(file)

    def row(self, cells: Iterable[str]) -> None:
        """Write one row."""
        self._writer.writerow([defused(cell) for cell in cells])
