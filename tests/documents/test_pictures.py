"""Pictures: what is kept of them, and which are refused."""

import struct
import zlib
from io import BytesIO

import pytest
from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageStat

from degreetrack.documents.pictures import sheet_of_picture
from degreetrack.documents.sheets import Format, format_of
from degreetrack.kit.refusals import Refused
from tests.documents.papers import encoded, photo_of_phone, sheet_of_text


def _kept(data: bytes) -> Image.Image:
    sheet = sheet_of_picture(data, name="photo.jpg", kind=format_of(data))
    picture = Image.open(BytesIO(sheet.data))
    assert picture.size == (sheet.width, sheet.height)
    return picture


def _refusal(data: bytes) -> str:
    with pytest.raises(Refused) as caught:
        sheet_of_picture(data, name="photo.jpg", kind=format_of(data))
    return str(caught.value)


def test_a_phones_photo_comes_out_upright_small_and_without_its_place():
    given = photo_of_phone()

    sheet = sheet_of_picture(given, name="photo.jpg", kind=Format.JPEG)

    picture = Image.open(BytesIO(sheet.data))
    assert len(given) > 3_000_000
    assert len(sheet.data) < 1_000_000
    assert (picture.format, picture.mode, picture.size) == ("JPEG", "RGB", (1500, 2000))
    assert picture.getpixel((70, 70))[0] < 80
    assert picture.getpixel((70, 1930))[0] > 180
    assert dict(picture.getexif()) == {}
    assert set(picture.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density", "dpi"}
    for trace in (b"Exif", b"Phone of Ayesha", b"at home", b"a profile"):
        assert trace not in sheet.data


@pytest.mark.parametrize("turn", range(1, 9))
def test_every_way_to_hold_a_camera_comes_out_upright(turn):
    upright = sheet_of_text()
    ImageDraw.Draw(upright).rectangle((0, 0, 200, 200), fill="black")
    back = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    exif = Image.Exif()
    exif[0x0112] = turn

    kept = _kept(encoded(upright.transpose(back[turn]) if turn in back else upright, exif=exif))

    assert kept.size == (1200, 1700)
    assert kept.getpixel((50, 50))[0] < 60


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_other_pictures_become_jpeg(kind):
    assert _kept(encoded(sheet_of_text(), kind)).format == "JPEG"


def test_what_is_transparent_becomes_white():
    clear = Image.new("RGBA", (1200, 1700), (0, 0, 0, 0))
    writing = sheet_of_text().convert("L").point(lambda value: 255 - value)
    clear.paste((0, 0, 0, 255), mask=writing)

    kept = _kept(encoded(clear, "PNG"))

    assert kept.getpixel((5, 5)) == (255, 255, 255)


@pytest.mark.parametrize("mode", ["L", "1", "P", "CMYK"])
def test_other_colours_are_read(mode):
    kind = "JPEG" if mode == "CMYK" else "PNG"

    assert _kept(encoded(sheet_of_text().convert(mode), kind)).mode == "RGB"


def test_a_scan_in_black_and_white_keeps_its_thin_lines():
    scan = sheet_of_text((2480, 3508)).convert("1")
    expected = scan.convert("L").resize((1414, 2000), Image.Resampling.LANCZOS)

    kept = _kept(encoded(scan, "PNG"))

    assert ImageStat.Stat(ImageChops.difference(kept.convert("L"), expected)).mean[0] < 2


def test_sixteen_bits_of_grey_are_read():
    deep = sheet_of_text().convert("L").convert("I").point(lambda value: value * 257)

    kept = _kept(encoded(deep.convert("I;16"), "PNG"))

    assert kept.getpixel((5, 5))[0] > 240
    assert kept.convert("L").getextrema()[0] < 30


@pytest.mark.parametrize("lines", [30, 3, 1])
def test_sharp_writing_passes_and_blurred_is_refused(lines):
    sheet = sheet_of_text((1500, 2000), lines=lines)

    assert _kept(encoded(sheet))
    assert _kept(encoded(sheet.filter(ImageFilter.GaussianBlur(1.5))))
    assert _refusal(encoded(sheet.filter(ImageFilter.GaussianBlur(6)))) == (
        "“photo.jpg” is blurred and cannot be read. "
        "Hold the phone still, let it focus, and take the photo again."
    )


def test_faint_writing_passes_when_sharp_and_not_when_blurred():
    faint = sheet_of_text().point(lambda value: 120 + value // 4)

    assert _kept(encoded(faint, quality=95))
    assert "is blurred" in _refusal(encoded(faint.filter(ImageFilter.GaussianBlur(6)), quality=95))


@pytest.mark.parametrize("colour", ["white", "#e8e8e8", "#050505"])
def test_a_sheet_on_which_nothing_is_seen_is_refused(colour):
    grain = Image.effect_noise((1200, 1700), 20).convert("RGB")
    empty = Image.blend(Image.new("RGB", (1200, 1700), colour), grain, 0.05)

    assert _refusal(encoded(empty)) == (
        "Nothing can be seen on “photo.jpg”: it is too dark, too bright or blank. "
        "Take the photo again in good light."
    )


def test_a_small_picture_is_refused_with_its_size():
    assert _refusal(encoded(sheet_of_text((560, 799)))) == (
        "“photo.jpg” is too small to be read: 560 × 799 dots. "
        "Take a photo of the whole paper, or scan it anew."
    )


@pytest.mark.parametrize(("width", "height"), [(8000, 8000), (12_000, 12_000), (60_000, 60_000)])
def test_a_bomb_is_refused_before_it_is_decoded(width, height):
    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack("!I", len(body)) + name + body + struct.pack("!I", zlib.crc32(name + body))

    head = chunk(b"IHDR", struct.pack("!IIBBBBB", width, height, 8, 0, 0, 0, 0))
    bomb = b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")

    assert _refusal(bomb) == (
        "“photo.jpg” has too many dots. Take the photo at a smaller size, or save a smaller copy."
    )


@pytest.mark.parametrize("left", [3, 30, 4000])
def test_a_broken_picture_is_refused(left):
    assert _refusal(encoded(sheet_of_text())[:left]) == (
        "“photo.jpg” is damaged and cannot be opened. Take or save the picture again."
    )


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"\xff\xd8\xff\xe0", Format.JPEG),
        (b"RIFF\0\0\0\0WEBPVP8 ", Format.WEBP),
        (b"RIFF\0\0\0\0WAVEfmt ", Format.OTHER),
        (b"\0\0\0\x18ftypheic\0\0", Format.HEIC),
        (b"\0\0\0\x18ftypavif\0\0", Format.OTHER),
        (b"\n\n%PDF-1.7", Format.PDF),
        (b"GIF89a", Format.OTHER),
        (b"", Format.OTHER),
    ],
)
def test_a_file_is_told_by_its_content(data, kind):
    assert format_of(data) is kind
