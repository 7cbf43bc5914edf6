"""QR codes as SVG: the tracking ID of a paper file, as a scanner types it, and what an app takes in."""

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from degreetrack.kit.codes import PREFIX


def qr(tracking_id: str) -> SafeString:
    """The QR of a paper file."""
    return drawn(PREFIX + tracking_id, label=PREFIX + tracking_id, error="q")


def drawn(text: str, *, label: str, error: str = "m") -> SafeString:
    """A QR as an SVG without style or size of its own: its page gives the size."""
    import segno

    # One fixed mask: trying all eight takes most of the time and helps no scanner.
    code = segno.make_qr(text, error=error, mask=3, boost_error=False)
    drawing = code.svg_inline(omitsize=True, border=4, svgclass="qr", lineclass="", light="#fff")
    svg = mark_safe(drawing)  # nosec B308 B703 - squares that segno drew; no text of anybody's is in it
    return format_html('<span role="img" aria-label="{}">{}</span>', label, svg)
