"""Tracking IDs: 3-3-4 characters that a person can read aloud, the last of which checks the others."""

import re
import secrets

# No 0/O, 1/I/L, 5/S or U/V pair. Its size is prime, so that a weighted sum
# catches every single wrong character and every swap of two characters.
ALPHABET = "2346789ABCDEFGHJKMNPQRTVWXYZ5"
_VALUE = {character: value for value, character in enumerate(ALPHABET)}
_PRIME = len(ALPHABET)
_LENGTH = 10
_SEPARATORS = re.compile(r"[\s\-‐-―_.]+")


def new() -> str:
    """Draw an unguessable tracking ID from the system's secure random source."""
    body = "".join(secrets.choice(ALPHABET) for _ in range(_LENGTH - 1))
    return _dashed(body + _check_character(body))


def normalise(typed: str) -> str:
    """Return the 3-3-4 form of what was typed, forgiving case, spaces, dashes; "" if it is no ID."""
    bare = _SEPARATORS.sub("", typed).upper()
    if len(bare) != _LENGTH or not bare.isascii() or not bare.isalnum():
        return ""
    return _dashed(bare)


def is_sound(tracking_id: str) -> bool:
    """Tell whether a normalised ID passes its own check; the old register's IDs need not."""
    bare = tracking_id.replace("-", "")
    if len(bare) != _LENGTH or any(character not in _VALUE for character in bare):
        return False
    return _check_character(bare[:-1]) == bare[-1]


def _dashed(bare: str) -> str:
    return f"{bare[:3]}-{bare[3:6]}-{bare[6:]}"


def _check_character(body: str) -> str:
    total = sum(weight * _VALUE[character] for weight, character in enumerate(body, start=1))
    return ALPHABET[-total * pow(_LENGTH, -1, _PRIME) % _PRIME]
