"""Numbers as people type them: Urdu and Arabic digits are digits, and marks that nobody sees are none."""

import unicodedata

# Marks of direction come along when a number is copied from an Urdu page.
_UNSEEN = dict.fromkeys([*range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2066, 0x206A), 0xFEFF])


def latin(typed: str) -> str:
    """Return the text with every script's digits as 0 to 9, and without marks of direction."""
    if typed.isascii():
        return typed
    return "".join(
        str(unicodedata.digit(letter)) if unicodedata.category(letter) == "Nd" else letter
        for letter in typed.translate(_UNSEEN)
    )
