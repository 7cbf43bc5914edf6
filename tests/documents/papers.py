"""Papers as people hand them in, made by the tests."""

import random
from functools import cache
from io import BytesIO

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, ImageDraw, ImageFont
from reportlab.pdfgen.canvas import Canvas


def sheet_of_text(size: tuple[int, int] = (1200, 1700), *, lines: int = 30, seed: int = 1) -> Image.Image:
    """A white sheet with black writing; other seeds write other words."""
    words = random.Random(seed)
    sheet = Image.new("RGB", size, "white")
    draw, height = ImageDraw.Draw(sheet), max(size) // 65
    font = ImageFont.load_default(height)
    for line in range(lines):
        letters = "".join(words.choice("abcdefghijk lmnopqrst uvwxyz") for _ in range(70))
        draw.text((size[0] // 14, size[1] // 14 + line * height * 1.6), letters, fill="black", font=font)
    return sheet


def encoded(picture: Image.Image, kind: str = "JPEG", **options) -> bytes:
    """The picture as a file."""
    made = BytesIO()
    picture.save(made, kind, **options)
    return made.getvalue()


@cache
def photo_of_phone() -> bytes:
    """Some 4 MB of JPEG, held upright by a phone that notes so, and where it was; dark in its upper left."""
    upright = sheet_of_text((3024, 4032))
    ImageDraw.Draw(upright).rectangle((0, 0, 300, 300), fill="black")
    grain = Image.effect_noise(upright.size, 60).convert("RGB")
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "Phone of Ayesha"
    exif.get_ifd(0x8825).update({1: "N", 2: (33.0, 41.0, 2.0), 3: "E", 4: (73.0, 3.0, 5.0)})
    lying = Image.blend(upright, grain, 0.1).transpose(Image.Transpose.ROTATE_90)
    return encoded(lying, quality=92, exif=exif, comment=b"at home", icc_profile=b"a profile")


@cache
def pdf(pages: int = 1) -> bytes:
    """A PDF of some pages."""
    made = BytesIO()
    canvas = Canvas(made)
    for number in range(1, pages + 1):
        canvas.drawString(100, 700, f"Page {number}")
        canvas.showPage()
    canvas.save()
    return made.getvalue()


def file(name: str, data: bytes, declared: str = "application/octet-stream") -> SimpleUploadedFile:
    """A file as a form brings it."""
    return SimpleUploadedFile(name, data, declared)


def photo(name: str = "photo.jpg", **sheet) -> SimpleUploadedFile:
    """A photo that is taken in."""
    return file(name, _photo(**sheet))


@cache
def _photo(**sheet) -> bytes:
    return encoded(sheet_of_text(**sheet))
