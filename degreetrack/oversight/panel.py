"""What one panel is: a chart, how to read it, and the rows behind it, the same on the page and in files."""

from dataclasses import dataclass
from datetime import date

from django.utils.formats import date_format
from django.utils.safestring import SafeString

from degreetrack.oversight.charts import number

# A number, a day, words; None where there is nothing to tell.
type Cell = str | int | float | date | None


@dataclass(frozen=True)
class Panel:
    """A chart with its table; `legend` names the page's patterns, `marks` those of lines and points."""

    name: str
    title: str
    reading: str
    columns: tuple[str, ...]
    rows: list[tuple[Cell, ...]]
    svg: SafeString
    legend: tuple[tuple[int, str], ...] = ()
    marks: tuple[tuple[str, str], ...] = ()

    @property
    def table(self) -> list[tuple[str, list[str]]]:
        """The rows as words of the reader's language: what each is, and its cells."""
        return [(shown(row[0]), [shown(cell) for cell in row[1:]]) for row in self.rows]


def shown(cell: Cell) -> str:
    """A cell as words."""
    if cell is None:
        return "–"
    if isinstance(cell, str):
        return cell
    if isinstance(cell, date):
        return date_format(cell, "j M Y")
    return number(cell, places=int(isinstance(cell, float)))
