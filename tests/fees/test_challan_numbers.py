from hypothesis import given
from hypothesis import strategies as st

from degreetrack.fees import challan_numbers as numbers

drawn = st.builds(numbers.new)


@given(drawn)
def test_a_new_number_has_twelve_digits_and_passes_its_own_check(number):
    assert (len(number), number.isdecimal(), number[0] != "0") == (12, True, True)
    assert numbers.is_sound(number)


@given(drawn, st.integers(0, 11), st.integers(1, 9))
def test_one_wrong_digit_is_caught(number, place, step):
    wrong = number[:place] + str((int(number[place]) + step) % 10) + number[place + 1 :]

    assert not numbers.is_sound(wrong)


@given(drawn, st.integers(0, 10))
def test_a_swap_of_neighbours_is_caught(number, place):
    swapped = number[:place] + number[place + 1] + number[place] + number[place + 2 :]

    assert numbers.is_sound(swapped) == (swapped == number)


def test_spaces_dashes_and_urdu_digits_are_forgiven():
    assert numbers.normalise(" 1234-5678 – 9012 ") == "123456789012"
    assert numbers.normalise("۱۲۳۴۵۶۷۸۹۰۱۲") == "123456789012"
    assert numbers.normalise("12345678901") == numbers.normalise("12345678901x") == ""
    assert numbers.spaced("123456789012") == "1234 5678 9012"
    assert not numbers.is_sound("12")
