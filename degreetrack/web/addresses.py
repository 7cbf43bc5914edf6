"""Where a request came from."""

from django.conf import settings
from django.http import HttpRequest


def client_address(request: HttpRequest) -> str:
    """The caller's address, as told by the last of our own proxies; a caller cannot choose it."""
    if settings.TRUSTED_PROXIES:
        told = [
            part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",") if part.strip()
        ]
        if len(told) >= settings.TRUSTED_PROXIES:
            return told[-settings.TRUSTED_PROXIES]
    address: str = request.META["REMOTE_ADDR"]
    return address
