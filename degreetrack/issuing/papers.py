"""The manifest to hand to the post: CSV, and PDF in English as the counter of the post reads it."""

from io import BytesIO, StringIO

from django.utils import timezone
from reportlab.graphics.barcode.code128 import Code128
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.lib.utils import simpleSplit
from reportlab.pdfgen.canvas import Canvas

from degreetrack.catalogue.models import Institution
from degreetrack.issuing.models import Manifest, ManifestLine
from degreetrack.kit.spreadsheets import SafeWriter

COLUMNS = ("position", "tracking_id", "name", "address", "consignment_no")
PLAIN, BOLD, SIZE = "Helvetica", "Helvetica-Bold", 8.5
# Left edges of position, tracking ID, addressee and consignment number.
_LEFT = (15 * mm, 25 * mm, 75 * mm, 150 * mm)
_MARGIN = 15 * mm


def to_go(manifest: Manifest) -> list[ManifestLine]:
    """The lines that go with it, in order: all but those taken off."""
    lines = manifest.lines.filter(taken_off_at=None).select_related("application__result__student")
    return list(lines.order_by("position"))


def as_csv(manifest: Manifest) -> str:
    """The list to hand over, and to get back with the consignment numbers filled in."""
    file = StringIO()
    writer = SafeWriter(file)
    writer.row(COLUMNS)
    for line in to_go(manifest):
        case = line.application
        who = (case.result.student.name_en, case.address)
        writer.row([str(line.position), case.tracking_id, *who, line.consignment_no])
    return "\ufeff" + file.getvalue()


def as_pdf(manifest: Manifest, *, institution: Institution) -> bytes:
    """Names and postal addresses, for the post needs them, and nothing else about anybody."""
    file = BytesIO()
    page = _Pages(Canvas(file, pagesize=A4, invariant=True), manifest, institution)
    for line in to_go(manifest):
        page.line(line)
    page.end()
    return file.getvalue()


def _latin(text: str) -> str:
    """The text as the PDF's own letters can show it; the page's print shows every script."""
    try:
        text.encode("latin-1")
    except UnicodeEncodeError:
        return "(not in Latin letters: see the list printed from the page)"
    return text


class _Pages:
    """Page after page, written from top to bottom."""

    def __init__(self, canvas: Canvas, manifest: Manifest, institution: Institution) -> None:
        self._canvas, self._manifest, self._institution = canvas, manifest, institution
        self._number = self._lines = 0
        canvas.setTitle(f"Manifest {manifest.pk}")
        canvas.setAuthor(institution.name_en)
        self._head()

    def _head(self) -> None:
        self._number += 1
        self._y = A4[1] - _MARGIN
        self._text(0, [self._institution.name_en], font=BOLD, size=13)
        day = timezone.localdate(self._manifest.started_at)
        title = f"Manifest {self._manifest.pk} for {_latin(self._manifest.courier)}, {day:%d %B %Y}"
        self._text(0, [f"{title}, page {self._number}"], size=10)
        self._y -= 4 * mm
        for place, words in enumerate(("No.", "Tracking ID", "To", "Consignment number")):
            self._canvas.setFont(BOLD, SIZE)
            self._canvas.drawString(_LEFT[place], self._y, words)
        self._y -= 2 * mm
        self._rule()

    def line(self, line: ManifestLine) -> None:
        """One document: position, tracking ID with its barcode, addressee, consignment number."""
        case, room = line.application, _LEFT[3] - _LEFT[2] - 3 * mm
        name = simpleSplit(_latin(case.result.student.name_en), BOLD, SIZE, room)
        address = simpleSplit(_latin(case.address), PLAIN, SIZE, room)
        needed = max(14 * mm, (len(name) + len(address)) * SIZE * 1.3 + 3 * mm)
        if self._y - needed < _MARGIN + 15 * mm:
            self._canvas.showPage()
            self._head()
        top = self._y
        self._at(0, top, [str(line.position)])
        self._at(1, top, [case.tracking_id])
        code = Code128(case.tracking_id, barWidth=0.25 * mm, barHeight=6 * mm, quiet=False)
        code.drawOn(self._canvas, _LEFT[1], top - SIZE * 1.5 - 7 * mm)
        self._at(2, top, name, font=BOLD)
        self._at(2, top - len(name) * SIZE * 1.3, address)
        self._at(3, top, [_latin(line.consignment_no)] if line.consignment_no else ["." * 30])
        self._y = top - needed
        self._rule()
        self._lines += 1

    def end(self) -> None:
        """How many there are, and room for both signatures."""
        self._y -= 5 * mm
        self._text(0, [f"Together: {self._lines}"], font=BOLD, size=10)
        self._y -= 8 * mm
        self._text(0, ["Handed over by ....................   Received by ...................."], size=9)
        self._canvas.save()

    def _at(self, place: int, top: float, lines: list[str], *, font: str = PLAIN) -> None:
        self._canvas.setFont(font, SIZE)
        for number, text in enumerate(lines, start=1):
            self._canvas.drawString(_LEFT[place], top - number * SIZE * 1.3, text)

    def _text(self, place: int, lines: list[str], *, font: str = PLAIN, size: float) -> None:
        self._canvas.setFont(font, size)
        for text in lines:
            self._y -= size * 1.4
            self._canvas.drawString(_LEFT[place], self._y, text)

    def _rule(self) -> None:
        self._canvas.line(_MARGIN, self._y, A4[0] - _MARGIN, self._y)
