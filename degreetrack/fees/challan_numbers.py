"""Challan numbers: twelve digits, the last of which catches a wrong digit and a swap of neighbours."""

import re
import secrets

LENGTH = 12
_SEPARATORS = re.compile(r"[\s\-‐-―_.]+")
# H. M. Damm's quasigroup of order ten: no single wrong digit and no swap of neighbours passes.
_DAMM = (
    "0317598642",
    "7092154863",
    "4206871359",
    "1750983426",
    "6123045978",
    "3674209581",
    "5869720134",
    "8945362017",
    "9438617205",
    "2581436790",
)


def new() -> str:
    """Draw an unguessable number from the system's secure random source."""
    # A spreadsheet drops leading zeros, so no number has one.
    body = str(secrets.choice(range(10 ** (LENGTH - 2), 10 ** (LENGTH - 1))))
    return body + str(_check(body))


def normalise(typed: str) -> str:
    """Return the bare twelve digits, forgiving spaces, dashes and Urdu digits; "" if it is no number."""
    bare = _SEPARATORS.sub("", typed)
    if len(bare) != LENGTH or not bare.isdecimal():
        return ""
    return "".join(str(int(digit)) for digit in bare)


def is_sound(number: str) -> bool:
    """Tell whether twelve digits pass their own check."""
    return len(number) == LENGTH and number.isdecimal() and _check(number) == 0


def spaced(number: str) -> str:
    """The number in groups of four, as a person reads it aloud."""
    return " ".join(number[start : start + 4] for start in range(0, LENGTH, 4))


def _check(digits: str) -> int:
    interim = 0
    for digit in digits:
        interim = int(_DAMM[interim][int(digit)])
    return interim
