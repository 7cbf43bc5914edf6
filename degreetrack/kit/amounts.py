"""Amounts of rupees in words, as cheques and bank slips write them: by lakh and crore."""

_ENGLISH_WORDS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen"
    " seventeen eighteen nineteen"
)
_ENGLISH_TENS_WORDS = "- - twenty thirty forty fifty sixty seventy eighty ninety"
# Each number below a hundred has its own word; none can be put together from others.
_URDU_WORDS = (
    "صفر ایک دو تین چار پانچ چھ سات آٹھ نو"
    " دس گیارہ بارہ تیرہ چودہ پندرہ سولہ سترہ اٹھارہ انیس"
    " بیس اکیس بائیس تئیس چوبیس پچیس چھبیس ستائیس اٹھائیس انتیس"
    " تیس اکتیس بتیس تینتیس چونتیس پینتیس چھتیس سینتیس اڑتیس انتالیس"
    " چالیس اکتالیس بیالیس تینتالیس چوالیس پینتالیس چھیالیس سینتالیس اڑتالیس انچاس"
    " پچاس اکاون باون ترپن چون پچپن چھپن ستاون اٹھاون انسٹھ"
    " ساٹھ اکسٹھ باسٹھ تریسٹھ چونسٹھ پینسٹھ چھیاسٹھ سڑسٹھ اڑسٹھ انہتر"
    " ستر اکہتر بہتر تہتر چوہتر پچہتر چھہتر ستتر اٹھہتر اناسی"
    " اسی اکیاسی بیاسی تراسی چوراسی پچاسی چھیاسی ستاسی اٹھاسی نواسی"
    " نوے اکانوے بانوے ترانوے چورانوے پچانوے چھیانوے ستانوے اٹھانوے ننانوے"
)
_ENGLISH, _ENGLISH_TENS, _URDU = _ENGLISH_WORDS.split(), _ENGLISH_TENS_WORDS.split(), _URDU_WORDS.split()
_STEPS = (
    (1_000_000_000, "arab", "ارب"),
    (10_000_000, "crore", "کروڑ"),
    (100_000, "lakh", "لاکھ"),
    (1_000, "thousand", "ہزار"),
    (100, "hundred", "سو"),
)
MOST = 100_000_000_000


def in_words(amount: int, language: str) -> str:
    """Return the amount of rupees in words in `en` or `ur`; whole rupees, 0 to below a hundred arab."""
    if not 0 <= amount < MOST:
        raise ValueError(f"{amount} is no amount that can be written in words")
    parts = []
    rest = amount
    for size, english, urdu in _STEPS:
        count, rest = divmod(rest, size)
        if count:
            parts.append(f"{_below_hundred(count, language)} {urdu if language == 'ur' else english}")
    if rest or not amount:
        parts.append(_below_hundred(rest, language))
    words = " ".join(parts)
    if language == "ur":
        return f"صرف {words} {'روپیہ' if amount == 1 else 'روپے'}"
    return f"{words[0].upper()}{words[1:]} {'rupee' if amount == 1 else 'rupees'} only"


def _below_hundred(number: int, language: str) -> str:
    if language == "ur":
        return _URDU[number]
    if number < 20:
        return _ENGLISH[number]
    tens, ones = divmod(number, 10)
    return f"{_ENGLISH_TENS[tens]}-{_ENGLISH[ones]}" if ones else _ENGLISH_TENS[tens]
