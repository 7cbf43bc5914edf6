"""Photos and scans: turned upright, freed of all metadata, made small; unreadable ones refused at once."""

import logging
from collections.abc import Iterator
from io import BytesIO
from itertools import product
from typing import cast

from django.utils.translation import gettext as _
from PIL import Image, ImageFilter, ImageStat

from degreetrack.documents.models import MediaType
from degreetrack.documents.sheets import Format, Sheet
from degreetrack.kit.refusals import Refused

log = logging.getLogger("degreetrack.documents")
# The best phones take 50 megapixels; decoded, that is 150 MB.
MOST_PIXELS = 52_000_000
LONGEST_SIDE = 2000
SHORTEST_LONG_SIDE = 800
QUALITY = 80
# Of a grey copy of 255 steps: a sheet with one line of writing has some 10, a blank or black one under 3.
LEAST_CONTRAST = 4.0
# The variance of the Laplacian where a picture is sharpest. Text that can be read has over 150,
# text blurred until its letters run together under 90.
LEAST_SHARPNESS = 100.0
# Faint writing is made stronger by no more than this: beyond, the steps of grey look like edges.
MOST_GAIN = 2.5
_LAPLACIAN = ImageFilter.Kernel((3, 3), (0, 1, 0, 1, -4, 1, 0, 1, 0), scale=1, offset=128)
_ORIENTATION = 0x0112


def sheet_of_picture(data: bytes, *, name: str, kind: Format) -> Sheet:
    """Check a picture and make the JPEG that is kept of it."""
    picture = _opened(data, name, kind)
    _check_contrast(picture, name)
    _check_sharpness(picture, name)
    made = BytesIO()
    picture.save(made, "JPEG", quality=QUALITY, optimize=True)
    return Sheet(made.getvalue(), MediaType.JPEG, width=picture.width, height=picture.height)


def _opened(data: bytes, name: str, kind: Format) -> Image.Image:
    """Decode it upright, on white, no larger than it is kept."""
    try:
        with Image.open(BytesIO(data), formats=[kind.value]) as given:
            _check_size(given, name)
            turn = given.getexif().get(_ORIENTATION, 1)
            # A JPEG is decoded at a half or a quarter where that is enough.
            given.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
            picture = _in_full_colours(given)
            picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS)
            return _upright(_on_white(picture), turn)
    except Refused:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as bomb:
        raise _too_large(name) from bomb
    except Exception as fault:
        # Of a broken file the decoders raise nearly anything; none of it is the person's to read.
        log.info("a picture could not be decoded: %s", type(fault).__name__)
        raise Refused(
            _("“%(file)s” is damaged and cannot be opened. Take or save the picture again.") % {"file": name}
        ) from fault


def _check_size(given: Image.Image, name: str) -> None:
    """Refuse by what the file says of itself, before anything is decoded."""
    if given.width * given.height > MOST_PIXELS:
        raise _too_large(name)
    if max(given.size) < SHORTEST_LONG_SIDE:
        raise Refused(
            _(
                "“%(file)s” is too small to be read: %(width)s × %(height)s dots. "
                "Take a photo of the whole paper, or scan it anew."
            )
            % {"file": name, "width": given.width, "height": given.height}
        )


def _too_large(name: str) -> Refused:
    return Refused(
        _("“%(file)s” has too many dots. Take the photo at a smaller size, or save a smaller copy.")
        % {"file": name}
    )


def _in_full_colours(given: Image.Image) -> Image.Image:
    """Scans of black and white, and of few colours, lose their thin lines when made smaller as they are."""
    if given.mode not in ("1", "P"):
        return given
    return given.convert("RGBA" if given.has_transparency_data else "RGB")


def _on_white(given: Image.Image) -> Image.Image:
    """A new picture of colours alone: nothing that the file carried besides goes with it."""
    if given.mode.startswith("I"):
        given = given.convert("I").point(lambda value: value / 256).convert("L")
    sheet = Image.new("RGB", given.size, "white")
    if given.has_transparency_data:
        clear = given.convert("RGBA")
        sheet.paste(clear, mask=clear.getchannel("A"))
    else:
        sheet.paste(given.convert("RGB"))
    return sheet


_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def _upright(sheet: Image.Image, turn: int) -> Image.Image:
    """Turn it as the camera noted that it was held."""
    return sheet.transpose(_TURNS[turn]) if turn in _TURNS else sheet


def _check_contrast(picture: Image.Image, name: str) -> None:
    if contrast(picture) < LEAST_CONTRAST:
        raise Refused(
            _(
                "Nothing can be seen on “%(file)s”: it is too dark, too bright or blank. "
                "Take the photo again in good light."
            )
            % {"file": name}
        )


def contrast(picture: Image.Image) -> float:
    """How far light and dark lie apart: the standard deviation of a small grey copy."""
    grey = picture.convert("L")
    grey.thumbnail((500, 500), Image.Resampling.BOX)
    return ImageStat.Stat(grey).stddev[0]


def _check_sharpness(picture: Image.Image, name: str) -> None:
    if sharpness(picture) < LEAST_SHARPNESS:
        raise Refused(
            _(
                "“%(file)s” is blurred and cannot be read. "
                "Hold the phone still, let it focus, and take the photo again."
            )
            % {"file": name}
        )


def sharpness(picture: Image.Image) -> float:
    """The variance of the Laplacian in the sharpest tiles of a grey copy of full contrast.

    Only the sharpest count, so that a paper with little writing is not taken for a blurred one.
    """
    grey = picture.convert("L")
    grey.thumbnail((1200, 1200), Image.Resampling.BOX)
    low, high = cast(tuple[int, int], grey.getextrema())
    gain = min(255 / max(high - low, 1), MOST_GAIN)
    edges = grey.point(lambda value: (value - low) * gain).filter(_LAPLACIAN)
    # The filter leaves the outermost dots as they were.
    edges = edges.crop((1, 1, edges.width - 1, edges.height - 1))
    tiles = sorted(ImageStat.Stat(tile).var[0] for tile in _tiles(edges))
    sharpest = tiles[-len(tiles) // 10 :]
    return sum(sharpest) / len(sharpest)


def _tiles(picture: Image.Image) -> Iterator[Image.Image]:
    """The picture cut into ten by ten."""
    for x, y in product(range(10), range(10)):
        left, right = (picture.width * place // 10 for place in (x, x + 1))
        top, bottom = (picture.height * place // 10 for place in (y, y + 1))
        yield picture.crop((left, top, right, bottom))
