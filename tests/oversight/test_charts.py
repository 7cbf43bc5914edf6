"""Charts are sound SVG, say what they show, and begin at the side where reading begins."""

from datetime import date, timedelta
from xml.etree import ElementTree

import pytest
from django.utils import translation

from degreetrack.oversight.charts import Bar, lines, ranges, stacked, weekly

SVG = "{http://www.w3.org/2000/svg}"
WEEKS = [date(2026, 11, 2) + timedelta(weeks=place) for place in range(4)]
MARKS = ["2 Nov", "9 Nov", "16 Nov", "now"]


def _parsed(svg: str) -> ElementTree.Element:
    return ElementTree.fromstring(svg.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1))


def _all(svg: str, tag: str) -> list[dict[str, str]]:
    return [one.attrib for one in _parsed(svg).iter(f"{SVG}{tag}")]


def _words(svg: str) -> list[str]:
    return [one.text for one in _parsed(svg).iter(f"{SVG}text")]


def _every() -> dict[str, str]:
    return {
        "stacked": stacked("stacked", "Some bars", [Bar("One", (3, 1)), Bar("Two", (8, 0))]),
        "ranges": ranges(
            "ranges", "Some ranges", [Bar("One", (3, 9), "3 to 9 days"), Bar("Two", (), "none")]
        ),
        "weekly": weekly("weekly", "Some weeks", WEEKS, [[1, 2, 3, 0], [4, 5, 6, 1]], MARKS),
        "lines": lines("lines", "Some shares", WEEKS, [[50, None, 75.5, 100], [0, 10, 20, 30]], MARKS),
    }


@pytest.mark.parametrize("name", ["stacked", "ranges", "weekly", "lines"])
@pytest.mark.parametrize("language", ["en", "ur"])
def test_a_chart_is_a_picture_with_a_name_and_without_style(name, language):
    with translation.override(language):
        root = _parsed(_every()[name])

    assert (root.attrib["role"], root.attrib["aria-labelledby"]) == ("img", f"{name}-title")
    title = root.find(f"{SVG}title")
    assert (title.attrib["id"], title.text) == (f"{name}-title", f"Some {title.text.split()[1]}")
    assert not [one for one in root.iter() if "style" in one.attrib]
    assert float(root.attrib["font-size"]) >= 14


def test_bars_lie_end_to_end_in_patterns_of_their_own_with_their_sum():
    svg = stacked("s", "T", [Bar("One", (3, 1)), Bar("Two", (8, 0))])

    rows = [(one["x"], one["width"], one["fill"]) for one in _all(svg, "rect")]
    assert rows == [
        ("0.00%", "31.50%", "url(#fill-0)"),
        ("31.50%", "10.50%", "url(#fill-1)"),
        ("0.00%", "84.00%", "url(#fill-0)"),
    ]
    assert _words(svg) == ["One", "4", "Two", "8"]


def test_in_urdu_a_chart_begins_at_the_right():
    bars = [Bar("One", (3, 1))]
    left = stacked("s", "T", bars)
    with translation.override("ur"):
        right = stacked("s", "T", bars)

    for before, after in zip(_all(left, "rect"), _all(right, "rect"), strict=True):
        x, width, mirrored = (float(text.rstrip("%")) for text in (before["x"], before["width"], after["x"]))
        assert mirrored == pytest.approx(100 - x - width)
    assert [one["text-anchor"] for one in _all(right, "text")] == ["start", "start"]
    assert _all(right, "text")[0]["x"] == "100.00%"


def test_an_early_end_is_full_and_a_late_one_hollow():
    svg = ranges("r", "T", [Bar("One", (5, 10), "5 to 10")])

    assert [(one["cx"], one["fill"]) for one in _all(svg, "circle")] == [
        ("49.50%", "#084d2a"),
        ("98.00%", "#fff"),
    ]
    assert _words(svg) == ["One", "5 to 10"]


def test_heights_of_weeks_are_true_to_their_numbers():
    svg = weekly("w", "T", WEEKS, [[0, 25, 50, 100], [10, 0, 0, 100]], MARKS)

    heights = [float(one["height"]) for one in _all(svg, "rect")]
    assert heights == [20, 50, 100, 200, 200]
    assert _words(svg) == ["0", "50", "100", "2 Nov", "9 Nov", "now"]


def test_a_week_without_any_breaks_the_line():
    svg = lines("l", "T", WEEKS, [[50, None, 75, 100]], MARKS)

    drawn = [one for one in _all(svg, "line") if one["stroke-width"] == "2"]
    assert len(drawn) == 1
    assert (drawn[0]["y1"], drawn[0]["y2"]) == ("62.0", "12.0")
    assert len(_all(svg, "circle")) == 3


def test_long_words_go_on_another_line_and_nothing_becomes_markup():
    svg = stacked("s", "<b>T</b>", [Bar("A reason of so many words that no telephone shows it <i>", (1,))])

    words = _words(svg)
    assert words == ["A reason of so many words that no", "telephone shows it <i>", "1"]
    assert "<b>" not in svg


@pytest.mark.parametrize("name", ["stacked", "ranges", "weekly", "lines"])
def test_a_chart_of_nothing_is_still_a_chart(name):
    nothing = {
        "stacked": stacked(name, "T", []),
        "ranges": ranges(name, "T", []),
        "weekly": weekly(name, "T", WEEKS, [[0, 0, 0, 0]], MARKS),
        "lines": lines(name, "T", WEEKS, [[None] * 4], MARKS),
    }[name]

    assert _all(nothing, "rect") == _all(nothing, "circle") == []
