"""How a name sounds, roughly: one key for its spellings in Latin letters and in Urdu.

Vowels go, but for a mark where a name begins with one; so do h, w and y within it; of consonants that
one letter or another stands for in different hands, one is kept. "Mohammed" and "محمد" both are "mmd".
"""

import re
from functools import lru_cache

from degreetrack.kit.urdu import search_key

_URDU = str.maketrans(
    dict(
        zip(
            "بپتٹطۃثسصجچخدڈذزضظژرڑشغفقکگلمنںحہھوؤیےئعاآءأ",
            "bpttttsssjckddzzzzzrrxgfkkglmnnhhhwwyyyaaaaa",
            strict=True,
        )
    )
)
_LATIN = re.compile("kh|gh|sh|ch|th|dh|ph|bh|zh|ck|[cqvoeiu]")
_ONE = {
    "kh": "k", "gh": "g", "sh": "x", "ch": "C", "th": "t", "dh": "d", "ph": "f", "bh": "b", "zh": "z",
    "ck": "k", "c": "k", "q": "k", "v": "w", "o": "a", "e": "a", "i": "a", "u": "a",
}  # fmt: skip
_TWICE = re.compile(r"(.)\1+")


@lru_cache(maxsize=20_000)
def sound(word: str) -> str:
    """The key of one word of a name; empty where nothing of it sounds."""
    word = search_key(word)
    if word.isascii():
        # An x of Latin letters is two sounds; ours is "sh".
        said = _LATIN.sub(lambda found: _ONE[found[0]], word.replace("x", "ks"))
        said = said.replace("C", "c")
    else:
        said = word.translate(_URDU)
    said = re.sub("[^a-z]", "", _TWICE.sub(r"\1", said))
    return (said[:1] + re.sub("[ahwy]", "", said[1:]))[:30]


def sounds(name: str) -> list[str]:
    """The keys of a name's words, each once, in one order for any order of the words."""
    return sorted({key for word in name.split() if (key := sound(word))})


def forms(key: str) -> set[str]:
    """A key, and what is left of it where one letter is missing: keys with a mistake between share one."""
    return {key, *(key[:place] + key[place + 1 :] for place in range(len(key)) if len(key) > 1)}


def near(one: str, other: str) -> bool:
    """Whether two keys differ by one letter at most: left out, put in, changed or swapped with the next."""
    if one == other:
        return True
    if abs(len(one) - len(other)) > 1:
        return False
    start = 0
    while start < min(len(one), len(other)) and one[start] == other[start]:
        start += 1
    a, b = one[start:], other[start:]
    return a[1:] == b[1:] or a[1:] == b or a == b[1:] or (a[:2] == b[:2][::-1] and a[2:] == b[2:])
