"""Charts as SVG made here: they need no script, and nothing in them is told by colour alone.

Across, everything is in per cent, so that a chart fits any screen while its words keep their size; down, in
pixels. In Urdu a chart begins at the right. Fills are patterns of the page (templates/charts/patterns.html).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from textwrap import wrap

from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language_bidi

INK, SOFT, LINE_COLOUR = "#1a2420", "#55635c", "#d5ddd8"
BRAND, BLUE = "#084d2a", "#0b5cad"
BAR, GAP = 20, 16
# Room for the number at the end of a bar, and for those beside the grid.
END, SIDE = 16.0, 12.0
PLOT = 200


def number(value: float, *, places: int = 0) -> str:
    """A number as people write it in Pakistan, in Urdu too."""
    return f"{value:,.{places}f}"


def day_label(day: date) -> str:
    """A day, short."""
    return date_format(day, "j M")


@dataclass(frozen=True)
class Bar:
    """One row of a chart: what it is, its parts or its ends, and what is said of it."""

    label: str
    parts: tuple[float, ...]
    words: str = ""


class Canvas:
    """What is drawn, from the side at which reading begins."""

    def __init__(self, name: str, title: str) -> None:
        self._name, self._title = name, title
        self._right_to_left = get_language_bidi()
        self._drawn: list[SafeString] = []
        # Nastaliq stands taller than Latin.
        self.line = 30 if self._right_to_left else 21

    def _x(self, x: float, width: float = 0) -> str:
        return f"{(100 - x - width if self._right_to_left else x):.2f}%"

    def text(self, x: float, y: float, words: str, *, anchor: str = "start", soft: bool = False) -> None:
        """Words whose line stands on `y`."""
        colour = SOFT if soft else INK
        self._drawn.append(
            format_html(
                '<text x="{}" y="{}" text-anchor="{}" fill="{}">{}</text>',
                *(self._x(x), y, anchor, colour, words),
            )
        )

    def words(self, y: float, words: str, *, soft: bool = False) -> float:
        """Words from the beginning, on as many lines as a telephone needs; where the last of them ends."""
        for line in wrap(words, 42):
            y += self.line
            self.text(0, y - 6, line, soft=soft)
        return y

    def bar(self, x: float, y: float, width: float, height: float, *, fill: int) -> None:
        """A bar in one of the page's patterns."""
        self._drawn.append(
            format_html(
                '<rect x="{}" y="{}" width="{}%" height="{}" fill="url(#fill-{})" stroke="{}"/>',
                *(self._x(x, width), f"{y:.1f}", f"{width:.2f}", f"{height:.1f}", fill, BRAND),
            )
        )

    def stroke(
        self,
        begin: tuple[float, float],
        end: tuple[float, float],
        *,
        colour: str = LINE_COLOUR,
        width: int = 1,
        dashed: bool = False,
    ) -> None:
        """A straight line between two points."""
        self._drawn.append(
            format_html(
                '<line x1="{}" y1="{}" x2="{}" y2="{}" stroke="{}" stroke-width="{}"{}/>',
                *(self._x(begin[0]), f"{begin[1]:.1f}", self._x(end[0]), f"{end[1]:.1f}", colour, width),
                SafeString(' stroke-dasharray="5 4"') if dashed else "",
            )
        )

    def dot(self, x: float, y: float, *, colour: str, hollow: bool = False) -> None:
        """A point, filled or hollow."""
        self._drawn.append(
            format_html(
                '<circle cx="{}" cy="{}" r="5" fill="{}" stroke="{}" stroke-width="2"/>',
                *(self._x(x), f"{y:.1f}", "#fff" if hollow else colour, colour),
            )
        )

    def svg(self, height: float) -> SafeString:
        """The whole, named by its title for whoever does not see it; its table stands behind it."""
        return format_html(
            '<svg class="chart" width="100%" height="{}" role="img" aria-labelledby="{}-title" '
            'font-size="{}" fill="{}"><title id="{}-title">{}</title>{}</svg>',
            *(round(height), self._name, 15 if self._right_to_left else 14, INK, self._name, self._title),
            format_html_join("", "{}", ((one,) for one in self._drawn)),
        )


def stacked(name: str, title: str, bars: Sequence[Bar]) -> SafeString:
    """Bars lying under their labels, each in parts, with the sum at its end."""
    canvas, y = Canvas(name, title), 0.0
    most = max((sum(bar.parts) for bar in bars), default=0) or 1
    for bar in bars:
        y = canvas.words(y, bar.label)
        x = 0.0
        for fill, part in enumerate(bar.parts):
            width = part / most * (100 - END)
            if part:
                canvas.bar(x, y, width, BAR, fill=fill)
            x += width
        canvas.text(x + 1, y + 15, number(sum(bar.parts)))
        y += BAR + GAP
    return canvas.svg(y)


def ranges(name: str, title: str, bars: Sequence[Bar]) -> SafeString:
    """From a first to a second number of days, on one scale, with words under each label."""
    canvas, y = Canvas(name, title), 0.0
    most = max((max(bar.parts, default=0) for bar in bars), default=0) or 1
    for bar in bars:
        y = canvas.words(canvas.words(y, bar.label), bar.words, soft=True)
        middle = y + 8
        canvas.stroke((0, middle), (100, middle))
        if bar.parts:
            early, late = (1 + part / most * 97 for part in bar.parts)
            canvas.stroke((early, middle), (late, middle), colour=BRAND, width=4)
            canvas.dot(early, middle, colour=BRAND)
            canvas.dot(late, middle, colour=BRAND, hollow=True)
        y += GAP + 10
    return canvas.svg(y)


def weekly(
    name: str, title: str, days: Sequence[date], series: Sequence[Sequence[float]], marks: Sequence[str]
) -> SafeString:
    """Bars standing side by side for each week, on a grid."""
    canvas = Canvas(name, title)
    top = _grid(canvas, max((max(one, default=0) for one in series), default=0))
    slot = (100 - SIDE) / max(1, len(days))
    width = slot * 0.8 / len(series)
    for place in range(len(days)):
        for fill, one in enumerate(series):
            height = one[place] / top * PLOT
            if height:
                x = SIDE + slot * (place + 0.1) + width * fill
                canvas.bar(x, 12 + PLOT - height, width, height, fill=0 if fill else 5)
    _week_labels(canvas, marks, slot)
    return canvas.svg(12 + PLOT + canvas.line + 6)


def lines(
    name: str,
    title: str,
    days: Sequence[date],
    series: Sequence[Sequence[float | None]],
    marks: Sequence[str],
) -> SafeString:
    """Shares of a hundred, week by week; a week without any breaks the line."""
    canvas = Canvas(name, title)
    _grid(canvas, 100, unit="%")
    slot = (100 - SIDE) / max(1, len(days))
    for which, one in enumerate(series):
        before: tuple[float, float] | None = None
        for place, share in enumerate(one):
            point = None if share is None else (SIDE + slot * (place + 0.5), 12 + PLOT * (1 - share / 100))
            if point and before:
                canvas.stroke(before, point, colour=BLUE if which else BRAND, width=2, dashed=bool(which))
            before = point
        for place, share in enumerate(one):
            if share is not None:
                x, y = SIDE + slot * (place + 0.5), 12 + PLOT * (1 - share / 100)
                canvas.dot(x, y, colour=BLUE if which else BRAND, hollow=bool(which))
    _week_labels(canvas, marks, slot)
    return canvas.svg(12 + PLOT + canvas.line + 6)


def _grid(canvas: Canvas, most: float, *, unit: str = "") -> float:
    """Three lines with their numbers; the number of the highest."""
    top = _round_top(most)
    for place in (0, 1, 2):
        y = 12 + PLOT - PLOT * place / 2
        canvas.stroke((SIDE, y), (100, y))
        canvas.text(0, y + 5, number(top * place / 2) + unit, soft=True)
    return top


def _round_top(most: float) -> float:
    """The next round number, half of which is whole."""
    step = 2
    while True:
        for top in (step, 2 * step, 5 * step):
            if most <= top:
                return top
        step *= 10


def _week_labels(canvas: Canvas, marks: Sequence[str], slot: float) -> None:
    """The first week, the one in the middle and the last."""
    y = 12 + PLOT + canvas.line
    last = len(marks) - 1
    for place, anchor in {0: "start", last // 2: "middle", last: "end"}.items():
        x = {"start": SIDE, "middle": SIDE + slot * (place + 0.5), "end": 100.0}[anchor]
        canvas.text(x, y, marks[place], anchor=anchor, soft=True)
