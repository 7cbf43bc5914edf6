"""Pakistani mobile numbers in the one form they are stored in, E.164."""

import re

from degreetrack.kit.digits import latin

_NOISE = re.compile(r"[\s\-().]+")
_MOBILE = re.compile(r"(?:\+92|0092|92|0)?(3\d{9})")


def to_e164(typed: str) -> str | None:
    """Return `+923XXXXXXXXX` for any usual way to write a mobile number, or None where it is none."""
    match = _MOBILE.fullmatch(_NOISE.sub("", latin(typed)))
    return f"+92{match[1]}" if match else None


def masked(number: str) -> str:
    """Show a number to somebody who knows it already: `+92••••••4567`."""
    return f"{number[:3]}••••••{number[-4:]}" if number else ""
