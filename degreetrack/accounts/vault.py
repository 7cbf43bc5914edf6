"""Text that must not be read where it is kept: sealed with a key that SECRET_KEY and its fallbacks give."""

import base64
import hashlib
from typing import TYPE_CHECKING

from django.conf import settings

if TYPE_CHECKING:
    from cryptography.fernet import Fernet, MultiFernet


class Broken(Exception):
    """What was sealed elsewhere, for something else, too long ago or by nobody."""


def seal(text: str, *, purpose: str) -> str:
    """The text encrypted and signed by the newest key; what is sealed for one purpose serves no other."""
    return _keys(purpose).encrypt(text.encode()).decode()


def unseal(sealed: str, *, purpose: str, seconds: int | None = None) -> str:
    """The text again, by any key that still holds; Broken where it is not ours or is too old."""
    from cryptography.fernet import InvalidToken

    try:
        return _keys(purpose).decrypt(sealed, ttl=seconds).decode()
    except (InvalidToken, ValueError) as error:
        # Letters beyond ASCII are no token at all.
        raise Broken from error


def _keys(purpose: str) -> "MultiFernet":
    from cryptography.fernet import MultiFernet

    return MultiFernet(
        [_key(secret, purpose) for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)]
    )


def _key(secret: str | bytes, purpose: str) -> "Fernet":
    """One key for each purpose: SECRET_KEY is long and random, so that one keyed hash parts its uses."""
    from cryptography.fernet import Fernet

    long = hashlib.sha512(secret.encode() if isinstance(secret, str) else secret).digest()
    return Fernet(
        base64.urlsafe_b64encode(hashlib.blake2b(purpose.encode(), key=long, digest_size=32).digest())
    )
