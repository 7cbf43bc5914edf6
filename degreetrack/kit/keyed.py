"""Digests that only this installation can make; those made with a key that is being replaced hold on."""

from django.conf import settings
from django.utils.crypto import constant_time_compare, salted_hmac


def digest(salt: str, value: str) -> str:
    """The digest to keep, made with today's SECRET_KEY."""
    return salted_hmac(salt, value, algorithm="sha256").hexdigest()


def is_digest(kept: str, salt: str, value: str) -> bool:
    """Whether a kept digest is of this value, by SECRET_KEY or one of SECRET_KEY_FALLBACKS."""
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    made = [salted_hmac(salt, value, secret=key, algorithm="sha256").hexdigest() for key in keys]
    return any(constant_time_compare(kept, one) for one in made)
