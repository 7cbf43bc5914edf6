"""The challan on paper: three copies side by side on A4, in English, as the bank's counter reads it."""

from io import BytesIO
from itertools import zip_longest

from reportlab.graphics.barcode.code128 import Code128
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.units import mm
from reportlab.lib.utils import simpleSplit
from reportlab.pdfgen.canvas import Canvas

from degreetrack.catalogue.models import Institution
from degreetrack.fees.challan_numbers import spaced
from degreetrack.fees.models import Challan
from degreetrack.kit.amounts import in_words

COPIES = ("Bank's copy", "University's copy", "Applicant's copy")
PLAIN, BOLD = "Helvetica", "Helvetica-Bold"
_MARGIN = 8 * mm


def render(challan: Challan, *, institution: Institution) -> bytes:
    """The slip as PDF; it tells the name and what to pay, and nothing else about the person."""
    file = BytesIO()
    page = Canvas(file, pagesize=landscape(A4), invariant=True)
    page.setTitle(f"Challan {spaced(challan.number)}")
    page.setAuthor(institution.name_en)
    width, height = landscape(A4)
    for place, title in enumerate(COPIES):
        copy = _Copy(page, left=place * width / len(COPIES), width=width / len(COPIES), top=height)
        copy.draw(challan, institution=institution, title=title)
        if place:
            page.setDash(2, 3)
            page.line(place * width / len(COPIES), _MARGIN, place * width / len(COPIES), height - _MARGIN)
            page.setDash()
    page.save()
    return file.getvalue()


class _Copy:
    """One column of the page, written from top to bottom."""

    def __init__(self, page: Canvas, *, left: float, width: float, top: float) -> None:
        self._page, self._left, self._right = page, left + _MARGIN, left + width - _MARGIN
        self._y = top - _MARGIN

    def draw(self, challan: Challan, *, institution: Institution, title: str) -> None:
        """Write all that the slip says."""
        self._text(institution.name_en, font=BOLD, size=12)
        self._text(f"{title}: bank deposit slip (challan)", size=10)
        self._rule()
        self._text("Challan number", size=8)
        self._text(spaced(challan.number), font=BOLD, size=16)
        self._barcode(challan.number)
        self._pair("Name", challan.student.name_en)
        self._pair("Made on", f"{challan.made_at:%d %B %Y}")
        self._pair("Pay by", f"{challan.due_on:%d %B %Y}", font=BOLD)
        self._rule()
        # A result may carry two dozen coded courses, each with its line.
        size = max(5, min(9, 9 * 12 / len(challan.lines)))
        for english, _urdu, amount in challan.lines:
            self._pair(english, f"{amount:,}", size=size)
        self._rule()
        self._pair("Together", f"PKR {challan.amount:,}", font=BOLD)
        self._text(in_words(challan.amount, "en"), size=9)
        self._rule()
        self._text("Pay the whole amount at once, in rupees. Keep the stamped copy.", size=8)
        self._y -= 16 * mm
        self._text("Bank's stamp and signature", size=8)

    def _text(self, text: str, *, font: str = PLAIN, size: float) -> None:
        for line in simpleSplit(text, font, size, self._right - self._left):
            self._y -= size * 1.3
            self._page.setFont(font, size)
            self._page.drawString(self._left, self._y, line)

    def _pair(self, label: str, value: str, *, font: str = PLAIN, size: float = 9) -> None:
        """A label on the left and its value on the right; a long one runs over several lines."""
        room = self._right - self._left
        labels = simpleSplit(label, font, size, room * 0.6)
        values = simpleSplit(value, font, size, room * (0.38 if len(labels) > 1 else 0.65))
        for left, right in zip_longest(labels, values, fillvalue=""):
            self._y -= size * 1.4
            self._page.setFont(font, size)
            self._page.drawString(self._left, self._y, left)
            self._page.drawRightString(self._right, self._y, right)

    def _barcode(self, number: str) -> None:
        code = Code128(number, barWidth=0.5 * mm, barHeight=14 * mm, humanReadable=False, quiet=False)
        self._y -= 17 * mm
        code.drawOn(self._page, self._left, self._y)
        self._y -= 2 * mm

    def _rule(self) -> None:
        self._y -= 3 * mm
        self._page.line(self._left, self._y, self._right, self._y)
        self._y -= 1 * mm
