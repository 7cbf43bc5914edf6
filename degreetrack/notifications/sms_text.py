"""An SMS as telephone companies see it: its alphabet, its length, and its parts."""

_BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENSION = {10: "\f", 20: "^", 40: "{", 41: "}", 47: "\\", 60: "[", 61: "~", 62: "]", 64: "|", 101: "€"}
_CODES = {letter: bytes([code]) for code, letter in enumerate(_BASIC) if letter != "\x1b"}
_CODES |= {letter: b"\x1b" + bytes([code]) for code, letter in _EXTENSION.items()}
GSM7, UCS2 = 0, 8


def encoded(text: str) -> tuple[int, list[bytes]]:
    """The data coding of a text, and each letter in it: septets, one to a byte, or UCS-2."""
    if all(letter in _CODES for letter in text):
        return GSM7, [_CODES[letter] for letter in text]
    # One Urdu letter makes the whole SMS UCS-2 and more than halves its room.
    return UCS2, [letter.encode("utf-16-be") for letter in text]


def split(text: str) -> tuple[int, list[bytes]]:
    """The data coding, and the parts: 160 septets alone or 153 joined, else 140 bytes or 134.

    No letter is cut in two.
    """
    coding, letters = encoded(text)
    alone, joined = (160, 153) if coding == GSM7 else (140, 134)
    whole = b"".join(letters)
    if len(whole) <= alone:
        return coding, [whole]
    pieces = [b""]
    for letter in letters:
        if len(pieces[-1]) + len(letter) > joined:
            pieces.append(b"")
        pieces[-1] += letter
    return coding, pieces


def parts(text: str) -> int:
    """How many parts a text is sent, and paid for, in."""
    return len(split(text)[1])


def decoded(coding: int, raw: bytes) -> str:
    """The text of an SMS that came in; what cannot be read is left out."""
    if coding == UCS2:
        return raw.decode("utf-16-be", errors="ignore")
    if coding == 3:
        return raw.decode("latin-1")
    letters, escaped = [], False
    for code in raw:
        if code == 0x1B:
            escaped = True
            continue
        table = _EXTENSION if escaped else dict(enumerate(_BASIC))
        letters.append(table.get(code, ""))
        escaped = False
    return "".join(letters)
