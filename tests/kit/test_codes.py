"""What scanners type, read: our codes in every dress, damaged ones, foreign ones."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from degreetrack.kit import tracking_ids
from degreetrack.kit.codes import Code, Sort, read

ID = "EBN-AGZ-2G33"
SOUND = "EBN-AGZ-2G3K"
HOSTS = {"degrees.example.edu"}


@pytest.mark.parametrize(
    "typed",
    [
        ID,
        "ebn-agz-2g33",
        "EBNAGZ2G33",
        "  ebn agz 2g33 ",
        f"DT:{ID}",
        "dt:ebn-agz-2g33",
        "DT;EBN-AGZ-2G33",
        f"]Q1DT:{ID}",
        f"]C0{ID}",
        f"\x02DT:{ID}\x03",
        f"*{ID}*",
        f"%% DT:{ID}\t#",
        f"https://degrees.example.edu/status/{ID}/",
        "HTTPS://DEGREES.EXAMPLE.EDU/status/ebn-agz-2g33",
        "degrees.example.edu/status/EBN-AGZ-2G33/".join(["https://", "?from=mail"]),
        "EBN-AGZ-۲G۳۳",
        "EBN-AGZ-٢G٣٣",
        "دت؛عبن-اگز-۲گ۳۳",
        "ڈٹ:عبں-آغذ-2غ33",
        "\u200fEBN-AGZ-2G33\u200e",
        "ＥＢＮ－ＡＧＺ－２Ｇ３３",
    ],
)
def test_a_tracking_id_is_read_in_every_dress(typed):
    assert read(typed, hosts=HOSTS) == Code(Sort.OURS, ID)


@pytest.mark.parametrize(
    ("typed", "sort"),
    [
        ("", Sort.EMPTY),
        (" \t\r\n", Sort.EMPTY),
        ("8961014123454", Sort.FOREIGN),
        ("96385074", Sort.FOREIGN),
        ("0140449132", Sort.FOREIGN),
        ("6110112345671", Sort.FOREIGN),
        ("BO680724", Sort.FOREIGN),
        ("https://degrees.example.com/status/EBN-AGZ-2G33/", Sort.FOREIGN),
        ("https://degrees.example.edu.evil.example/status/EBN-AGZ-2G33/", Sort.FOREIGN),
        ("https://degrees.example.edu/in-process/", Sort.FOREIGN),
        ("www.example.org", Sort.FOREIGN),
        ("https://[", Sort.FOREIGN),
        ("WIFI:S:office;T:WPA;P:secret;;", Sort.FOREIGN),
        ("EBN-AGZ-2G3", Sort.DAMAGED),
        ("DT:EBN-AGZ-2G333", Sort.DAMAGED),
        ("DT:", Sort.DAMAGED),
        ("عبن-اگز", Sort.KEYBOARD),
        ("کتاب", Sort.KEYBOARD),
    ],
)
def test_what_is_not_ours_is_told_apart(typed, sort):
    assert read(typed, hosts=HOSTS) == Code(sort)


def test_every_single_wrong_character_and_every_swap_leads_back():
    bare = SOUND.replace("-", "")
    for place in range(1, 11):
        for character in tracking_ids.ALPHABET + "0OILSU1V":
            typed = tracking_ids.normalise(bare[: place - 1] + character + bare[place:])
            if typed != SOUND:
                assert tracking_ids.near(typed)[SOUND] == place
    for place in range(1, 10):
        swapped = bare[: place - 1] + bare[place] + bare[place - 1] + bare[place + 1 :]
        if swapped != bare:
            assert tracking_ids.near(tracking_ids.normalise(swapped))[SOUND] == place


def test_what_leads_back_is_sound_and_short():
    near = tracking_ids.near("EBN-AGZ-2G33")

    assert near[SOUND] == 10
    assert all(tracking_ids.is_sound(one) for one in near)
    assert len(near) <= 19
    assert tracking_ids.near("0BN-0GZ-2G33") == {}
    assert tracking_ids.wrong_places("0BN-0GZ-2G33") == [1, 4]


@given(st.text(max_size=60))
def test_whatever_is_typed_is_read_without_a_fault(typed):
    code = read(typed, hosts=HOSTS)

    assert bool(code.tracking_id) is (code.sort is Sort.OURS)


@given(st.from_regex(r"[^A-Za-z0-9:;]{0,5}", fullmatch=True), st.sampled_from(["", "\r", "\t", "#", "~*"]))
def test_signs_before_and_after_change_nothing(before, after):
    if "/" not in before and before.isascii():
        assert read(f"{before}DT:{ID}{after}") == Code(Sort.OURS, ID)
