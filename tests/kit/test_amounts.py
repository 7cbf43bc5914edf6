from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from degreetrack.kit import amounts
from degreetrack.kit.amounts import in_words


@pytest.mark.parametrize(
    ("amount", "english", "urdu"),
    [
        (0, "Zero rupees only", "صرف صفر روپے"),
        (1, "One rupee only", "صرف ایک روپیہ"),
        (19, "Nineteen rupees only", "صرف انیس روپے"),
        (23, "Twenty-three rupees only", "صرف تئیس روپے"),
        (79, "Seventy-nine rupees only", "صرف اناسی روپے"),
        (100, "One hundred rupees only", "صرف ایک سو روپے"),
        (1_600, "One thousand six hundred rupees only", "صرف ایک ہزار چھ سو روپے"),
        (12_055, "Twelve thousand fifty-five rupees only", "صرف بارہ ہزار پچپن روپے"),
        (120_000, "One lakh twenty thousand rupees only", "صرف ایک لاکھ بیس ہزار روپے"),
        (30_00_000, "Thirty lakh rupees only", "صرف تیس لاکھ روپے"),
        (
            9_99_99_999,
            "Nine crore ninety-nine lakh ninety-nine thousand nine hundred ninety-nine rupees only",
            "صرف نو کروڑ ننانوے لاکھ ننانوے ہزار نو سو ننانوے روپے",
        ),
        (2_000_000_001, "Two arab one rupees only", "صرف دو ارب ایک روپے"),
    ],
)
def test_an_amount_is_written_in_words(amount, english, urdu):
    assert (in_words(amount, "en"), in_words(amount, "ur")) == (english, urdu)


@pytest.mark.parametrize("amount", [-1, amounts.MOST])
def test_what_is_no_amount_is_refused(amount):
    with pytest.raises(ValueError, match="no amount that can be written"):
        in_words(amount, "en")


def test_every_number_below_a_hundred_has_its_own_word():
    for language in ("en", "ur"):
        assert len({in_words(number, language) for number in range(100)}) == 100


def _read_back(words: list[str], number_of: Callable[[str], int | None], steps: dict[str, int]) -> int:
    total = count = 0
    for word in words:
        if word in steps:
            total, count = total + count * steps[word], 0
        else:
            count += number_of(word)
    return total + count


@given(st.integers(min_value=0, max_value=amounts.MOST - 1))
def test_what_is_written_reads_back_as_the_same_amount(amount):
    english = {in_words(n, "en").lower().split()[0]: n for n in range(100)}
    urdu = {in_words(n, "ur").split()[1]: n for n in range(100)}
    by_english = {english_name: size for size, english_name, _urdu in amounts._STEPS}
    by_urdu = {urdu_name: size for size, _english, urdu_name in amounts._STEPS}

    assert _read_back(in_words(amount, "en").lower().split()[:-2], english.get, by_english) == amount
    assert _read_back(in_words(amount, "ur").split()[1:-1], urdu.get, by_urdu) == amount
