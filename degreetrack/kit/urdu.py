"""Urdu letters: Arabic look-alikes folded to Urdu, and keys by which names are searched."""

import unicodedata
from functools import lru_cache

_FOLD = str.maketrans({"ي": "ی", "ى": "ی", "ك": "ک", "ه": "ہ", "ة": "ۃ", "\u0640": None})


def fold(text: str) -> str:
    """Write Arabic yeh, kaf and heh as Urdu writes them; other characters stay."""
    return text.translate(_FOLD)


def search_key(name: str) -> str:
    """Reduce a name in either script to what it is searched by: no case, diacritics or double spaces."""
    if name.isascii():
        return " ".join(name.casefold().split())
    return " ".join(key for word in name.split() if (key := _word_key(word)))


@lru_cache(maxsize=20_000)
def _word_key(word: str) -> str:
    letters = (
        letter for letter in unicodedata.normalize("NFKD", fold(word)) if not unicodedata.combining(letter)
    )
    return " ".join(fold("".join(letters)).casefold().split())
