"""Read settings from the environment; a wrong one stops the program with its name."""

import json
import os
import re
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured


def text(name: str, default: str = "") -> str:
    """What NAME holds, or the file that NAME_FILE names, such as a credential that systemd hands over."""
    file = os.environ.get(f"{name}_FILE", "")
    if not file:
        return os.environ.get(name, default)
    if os.environ.get(name):
        raise ImproperlyConfigured(f"{name} and {name}_FILE: set one of them.")
    try:
        return Path(file).read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, ValueError) as error:
        raise ImproperlyConfigured(f"{name}_FILE cannot be read: {type(error).__name__}.") from None


def switch(name: str, *, on: bool = False) -> bool:
    """1 or 0."""
    value = text(name, "1" if on else "0")
    if value not in ("0", "1", ""):
        raise ImproperlyConfigured(f"{name} must be 1 or 0, not {value!r}.")
    return value == "1"


def number(name: str, default: int) -> int:
    """A whole number."""
    value = text(name, str(default))
    if not value.isdigit():
        raise ImproperlyConfigured(f"{name} must be a whole number, not {value!r}.")
    return int(value)


def names(name: str, default: str = "") -> list[str]:
    """Words with commas between."""
    return [part.strip() for part in text(name, default).split(",") if part.strip()]


def networks(name: str, default: str) -> list[IPv4Network | IPv6Network]:
    """Addresses and networks with commas between, such as 127.0.0.1,10.2.0.0/16."""
    try:
        return [ip_network(part) for part in names(name, default)]
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} must be addresses and networks: {error}.") from error


def hours(name: str, default: str) -> tuple[int, int] | None:
    """From which hour to which, or none."""
    value = text(name, default)
    if value == "none":
        return None
    found = re.fullmatch(r"([01]?[0-9]|2[0-3])-([01]?[0-9]|2[0-3])", value)
    if not found or int(found[1]) == int(found[2]):
        raise ImproperlyConfigured(f"{name} must be two hours such as 22-8, or none, not {value!r}.")
    return int(found[1]), int(found[2])


def one_of(name: str, allowed: tuple[str, ...]) -> str:
    """One of some words; the first where none is given."""
    value = text(name, allowed[0])
    if value not in allowed:
        raise ImproperlyConfigured(f"{name} must be one of {', '.join(allowed)}, not {value!r}.")
    return value


def fields(name: str, default: str = "{}") -> dict[str, str]:
    """A JSON object of texts; its values may hold secrets, so the error does not repeat them."""
    try:
        value = json.loads(text(name) or default)
    except ValueError:
        value = None
    if not isinstance(value, dict) or not all(isinstance(one, str) for one in value.values()):
        raise ImproperlyConfigured(f'{name} must be a JSON object of texts, such as {{"to": "{{number}}"}}.')
    return value


def pattern(name: str, default: str) -> str:
    """A regular expression."""
    value = text(name, default)
    try:
        re.compile(value)
    except re.error as error:
        raise ImproperlyConfigured(f"{name} is no regular expression: {error}.") from error
    return value


def payment_secrets() -> dict[str, list[str]]:
    """Each provider's secrets; one that changes its secret stands twice for a while."""
    secrets: dict[str, list[str]] = {}
    for place, pair in enumerate(names("PAYMENT_SECRETS"), start=1):
        provider, _colon, secret = pair.partition(":")
        if not re.fullmatch(r"[a-z0-9-]{1,20}", provider):
            raise ImproperlyConfigured(
                f"PAYMENT_SECRETS: pair {place} must be provider:secret; the provider has small letters,"
                " digits and dashes."
            )
        if len(secret) < 32:
            raise ImproperlyConfigured(f"PAYMENT_SECRETS: the secret of {provider} is under 32 characters.")
        secrets.setdefault(provider, []).append(secret)
    return secrets
