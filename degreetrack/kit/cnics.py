"""National identity card numbers in the one form they are stored in, 5-7-1."""

import re

from degreetrack.kit.digits import latin


def to_cnic(typed: str) -> str | None:
    """Return `61101-1234567-1` for any usual way to write it, or None where it is none."""
    digits = re.sub(r"[\s-]", "", latin(typed))
    if not re.fullmatch(r"[0-9]{13}", digits):
        return None
    return f"{digits[:5]}-{digits[5:12]}-{digits[12]}"
