from hypothesis import given
from hypothesis import strategies as st

from degreetrack.kit import tracking_ids
from degreetrack.kit.tracking_ids import ALPHABET

bodies = st.text(alphabet=ALPHABET, min_size=9, max_size=9)


def _issued(body: str) -> str:
    return tracking_ids.normalise(body + tracking_ids._check_character(body))


def test_new_ids_are_sound_and_differ():
    ids = {tracking_ids.new() for _ in range(1000)}

    assert len(ids) == 1000
    assert all(tracking_ids.is_sound(one) for one in ids)


def test_the_alphabet_has_no_look_alikes():
    assert len(ALPHABET) == len(set(ALPHABET)) == 29
    assert not set(ALPHABET) & set("01ILOSU")


@given(bodies, st.integers(0, 9), st.sampled_from(ALPHABET))
def test_every_single_wrong_character_is_caught(body, place, wrong):
    bare = _issued(body).replace("-", "")
    typed = bare[:place] + wrong + bare[place + 1 :]

    assert tracking_ids.is_sound(tracking_ids.normalise(typed)) is (typed == bare)


@given(bodies, st.integers(0, 8))
def test_every_swap_of_neighbours_is_caught(body, place):
    bare = _issued(body).replace("-", "")
    typed = bare[:place] + bare[place + 1] + bare[place] + bare[place + 2 :]

    assert tracking_ids.is_sound(tracking_ids.normalise(typed)) is (typed == bare)


def test_case_spaces_and_dashes_are_forgiven():
    for typed in ("EBN-AGZ-2G33", "ebnagz2g33", " ebn agz 2g33 ", "EBN–AGZ–2G33"):
        assert tracking_ids.normalise(typed) == "EBN-AGZ-2G33"


def test_what_cannot_be_an_id_is_told_apart():
    for typed in ("", "BO680724", "EBN-AGZ-2G3", "EBN-AGZ-2G334", "ای بی این ۱۲۳", "EBN/AGZ/2G33"):
        assert tracking_ids.normalise(typed) == ""
    assert tracking_ids.is_sound("LZB-UL6-R9GD") is False
    assert tracking_ids.is_sound("SHORT") is False
