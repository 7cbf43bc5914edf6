"""Code 128 as an SVG picture: a number that a scanner reads from the slip or from the screen."""

from collections.abc import Iterator
from itertools import batched

from django.utils.html import format_html
from django.utils.safestring import SafeString

# Widths of bar, space, bar, space, bar, space of each value; the last is the stop, with its closing bar.
_TABLE = (
    "212222 222122 222221 121223 121322 131222 122213 122312 132212 221213 221312 231212 112232 122132 "
    "122231 113222 123122 123221 223211 221132 221231 213212 223112 312131 311222 321122 321221 312212 "
    "322112 322211 212123 212321 232121 111323 131123 131321 112313 132113 132311 211313 231113 231311 "
    "112133 112331 132131 113123 113321 133121 313121 211331 231131 213113 213311 213131 311123 311321 "
    "331121 312113 312311 332111 314111 221411 431111 111224 111422 121124 121421 141122 141221 112214 "
    "112412 122114 122411 142112 142211 241211 221114 413111 241112 134111 111242 121142 121241 114212 "
    "124112 124211 411212 421112 421211 212141 214121 412121 111143 111341 131141 114113 114311 411113 "
    "411311 113141 114131 311141 411131 211412 211214 211232 2331112"
)
_WIDTHS = _TABLE.split()
_START_PAIRS, _STOP = 105, 106
_QUIET = 10


def svg(number: str) -> SafeString:
    """The barcode of an even count of digits, without style of its own: its page gives the size."""
    bars, place = [], _QUIET
    for width, is_bar in _stripes(number):
        if is_bar:
            bars.append(f"M{place} 0h{width}v50h-{width}z")
        place += width
    return format_html(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {0} 50" width="{1}" height="64" role="img"'
        ' aria-label="{2}" preserveAspectRatio="none" shape-rendering="crispEdges">'
        '<rect width="{0}" height="50" fill="#fff"/><path fill="#000" d="{3}"/></svg>',
        place + _QUIET,
        2 * (place + _QUIET),
        number,
        "".join(bars),
    )


def _stripes(number: str) -> Iterator[tuple[int, bool]]:
    """Width of each stripe in modules, and whether it is a bar."""
    for value in values(number):
        for place, width in enumerate(_WIDTHS[value]):
            yield int(width), place % 2 == 0


def values(number: str) -> list[int]:
    """The symbols: start, two digits each, the check symbol, stop."""
    if not (number.isascii() and number.isdigit()) or len(number) % 2:
        raise ValueError(f"{number!r} is no even count of digits")
    pairs = [int("".join(pair)) for pair in batched(number, 2)]
    total = _START_PAIRS + sum(weight * pair for weight, pair in enumerate(pairs, start=1))
    return [_START_PAIRS, *pairs, total % 103, _STOP]
