"""Codes of authenticator apps: RFC 6238 with SHA-1, six digits, thirty seconds, as every app speaks it."""

import base64
import hashlib
import hmac
import secrets
from datetime import datetime
from urllib.parse import quote, urlencode

STEP = 30
DIGITS = 6
# A phone's clock may be one step off.
DRIFT = 1


def new_secret() -> str:
    """160 random bits in base 32, as people may have to type them."""
    return base64.b32encode(secrets.token_bytes(20)).decode()


def step_at(now: datetime) -> int:
    """The number of the thirty seconds in which a moment lies."""
    return int(now.timestamp()) // STEP


def code_of(secret: str, step: int) -> str:
    """The six digits of a step."""
    digest = hmac.digest(base64.b32decode(secret), step.to_bytes(8), hashlib.sha1)
    at = digest[-1] & 0x0F
    number = int.from_bytes(digest[at : at + 4]) & 0x7FFFFFFF
    return f"{number % 10**DIGITS:0{DIGITS}}"


def step_of(secret: str, code: str, *, now: datetime) -> int | None:
    """The step that a code belongs to, where it is one of those that hold now."""
    middle = step_at(now)
    steps = range(middle - DRIFT, middle + DRIFT + 1)
    # As bytes: of texts only ASCII may be compared, and a person may type anything.
    typed = code.encode()
    return next((step for step in steps if hmac.compare_digest(code_of(secret, step).encode(), typed)), None)


def address(secret: str, *, account: str, issuer: str) -> str:
    """What the QR holds: the address that an authenticator app takes in."""
    return f"otpauth://totp/{quote(issuer)}:{quote(account)}?" + urlencode(
        {"secret": secret, "issuer": issuer}
    )
