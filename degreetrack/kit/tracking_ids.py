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


def wrong_places(tracking_id: str) -> list[int]:
    """The places, from 1, of characters that no tracking ID of this system has."""
    bare = tracking_id.replace("-", "")
    return [place for place, character in enumerate(bare, start=1) if character not in _VALUE]


def near(tracking_id: str) -> dict[str, int]:
    """Sound IDs that differ in one character or by one swap, each with the place of the difference."""
    bare, wrong = tracking_id.replace("-", ""), wrong_places(tracking_id)
    found: dict[str, int] = {}
    if len(bare) != _LENGTH or len(wrong) > 1:
        return found
    rest = sum(weight * _VALUE.get(character, 0) for weight, character in enumerate(bare, start=1))
    for place in wrong or range(1, _LENGTH + 1):
        value = (_VALUE.get(bare[place - 1], 0) - rest * pow(place, -1, _PRIME)) % _PRIME
        found[_dashed(bare[: place - 1] + ALPHABET[value] + bare[place:])] = place
    for place in range(1, _LENGTH) if not wrong else ():
        swapped = bare[: place - 1] + bare[place] + bare[place - 1] + bare[place + 1 :]
        if is_sound(swapped):
            found[_dashed(swapped)] = place
    found.pop(_dashed(bare), None)
    return found
