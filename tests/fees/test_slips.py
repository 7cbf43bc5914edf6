"""The slip on paper and its barcode."""

import re
from io import BytesIO

import pytest
from pypdf import PdfReader
from reportlab.graphics.barcode.code128 import Code128

from degreetrack.fees import barcodes
from degreetrack.fees.challan_numbers import new, spaced
from degreetrack.fees.challan_pdf import render
from degreetrack.fees.challans import make_challan

CSP_BREAKERS = ("style", "<script", "onload", "href")


def _modules(markup: str) -> str:
    """The barcode as bars (1) and spaces (0), one for each module."""
    whole = int(re.search(r'viewBox="0 0 (\d+) 50"', markup)[1])
    drawn = ["0"] * whole
    for place, width in re.findall(r"M(\d+) 0h(\d+)v50h-\2z", markup):
        for module in range(int(place), int(place) + int(width)):
            drawn[module] = "1"
    return "".join(drawn).strip("0")


def _drawn_by_others(number: str) -> str:
    other = Code128(number)
    other.validate()
    other.encode()
    other.decompose()
    widths = {"A": "1", "B": "11", "C": "111", "D": "1111", "a": "0", "b": "00", "c": "000", "d": "0000"}
    return "".join(widths[stripe] for stripe in other.decomposed)


@pytest.mark.parametrize(
    "number", ["123456789012", "000000000000", "999999999999", *(new() for _ in range(20))]
)
def test_the_barcode_has_the_bars_that_others_draw(number):
    assert _modules(barcodes.svg(number)) == _drawn_by_others(number)


def test_the_barcode_is_safe_markup_without_style():
    markup = barcodes.svg("123456789012")

    assert hasattr(markup, "__html__")
    assert markup.startswith("<svg ")
    assert 'aria-label="123456789012"' in markup
    assert [word for word in CSP_BREAKERS if word in markup] == []


@pytest.mark.parametrize("number", ["123", "12a4", "۱۲"])
def test_only_pairs_of_digits_make_a_barcode(number):
    with pytest.raises(ValueError, match="no even count of digits"):
        barcodes.svg(number)


@pytest.mark.django_db
def test_the_slip_says_three_times_what_to_pay_and_nothing_private(a_challan, aiou, student):
    challan = a_challan(121_600)

    pages = PdfReader(BytesIO(render(challan, institution=aiou))).pages

    text = pages[0].extract_text()
    said = [
        "Allama Iqbal Open University",
        spaced(challan.number),
        "Ayesha Siddiqa",
        f"{challan.due_on:%d %B %Y}",
        "Degree, Original",
        "PKR 121,600",
        "One lakh twenty-one thousand six hundred rupees only",
    ]
    flat = " ".join(text.split())
    assert len(pages) == 1
    assert {word: flat.count(word) for word in said} == dict.fromkeys(said, 3)
    assert [title in flat for title in ("Bank's copy", "University's copy", "Applicant's copy")] == [True] * 3
    private = [student.cnic, student.mobile, student.email, student.registration_no, "BO7"]
    assert [word for word in private if word in flat] == []


@pytest.mark.django_db
def test_a_slip_with_many_long_lines_stays_on_its_page(student, aiou):
    lines = [("A long label of a line that needs two lines on the slip, or more", "لمبی سطر", 300)]
    lines += [("R/E", "R/E", 300)] * 25
    challan = make_challan(student, subject="draft/1", purpose="application", lines=lines)

    pages = PdfReader(BytesIO(render(challan, institution=aiou))).pages

    heights: list[float] = []
    text = pages[0].extract_text(visitor_text=lambda text, cm, tm, *_: text.strip() and heights.append(tm[5]))
    assert (len(pages), text.count("Bank's stamp"), min(heights) > 20) == (1, 3, True)
