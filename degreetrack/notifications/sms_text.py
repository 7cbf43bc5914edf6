"""How long an SMS is, as telephone companies count."""

import math

_BASIC = set(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENSION = set("^{}\\[~]|€\f")


def parts(text: str) -> int:
    """How many parts a text is sent in: 160 then 153 septets in GSM-7, else 70 then 67 UCS-2 units."""
    if all(letter in _BASIC or letter in _EXTENSION for letter in text):
        length, alone, joined = sum(2 if letter in _EXTENSION else 1 for letter in text), 160, 153
    else:
        # One Urdu letter makes the whole SMS UCS-2 and more than halves its room.
        length, alone, joined = len(text.encode("utf-16-be")) // 2, 70, 67
    return 1 if length <= alone else math.ceil(length / joined)
