"""A panel's rows as files: CSV that spreadsheets read as text, and XLSX with numbers and days as such."""

from collections.abc import Callable
from datetime import date
from io import BytesIO, StringIO

from django.utils.translation import get_language_bidi

from degreetrack.kit.spreadsheets import SafeWriter
from degreetrack.oversight.panel import Cell, Panel

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def to_csv(panel: Panel) -> bytes:
    """UTF-8 with its mark, so that a spreadsheet reads Urdu; no cell runs."""
    file = StringIO()
    writer = SafeWriter(file)
    writer.row(panel.columns)
    for row in panel.rows:
        writer.row(_plain(cell) for cell in row)
    return file.getvalue().encode("utf-8-sig")


def _plain(cell: Cell) -> str:
    if cell is None:
        return ""
    return cell.isoformat() if isinstance(cell, date) else str(cell)


def to_xlsx(panel: Panel) -> bytes:
    """One sheet, from right to left in Urdu; text is text, whatever it begins with."""
    from xlsxwriter import Workbook

    file = BytesIO()
    book = Workbook(file, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    bold, day = book.add_format({"bold": True}), book.add_format({"num_format": "yyyy-mm-dd"})
    sheet = book.add_worksheet()
    sheet.set_column(0, 0, 40)
    sheet.set_column(1, len(panel.columns) - 1, 18)
    if get_language_bidi():
        sheet.right_to_left()
    for column, title in enumerate(panel.columns):
        sheet.write_string(0, column, title, bold)
    for place, row in enumerate(panel.rows, start=1):
        for column, cell in enumerate(row):
            if isinstance(cell, str):
                sheet.write_string(place, column, cell)
            elif isinstance(cell, date):
                sheet.write_datetime(place, column, cell, day)
            elif cell is not None:
                sheet.write_number(place, column, cell)
    book.close()
    return file.getvalue()


FORMATS: dict[str, tuple[str, Callable[[Panel], bytes]]] = {
    "csv": ("text/csv; charset=utf-8", to_csv),
    "xlsx": (XLSX, to_xlsx),
}
