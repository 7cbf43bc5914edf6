"""Where a request came from."""

from django.conf import settings
from django.http import HttpRequest

from degreetrack.kit.networks import network_of


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


def client_network(request: HttpRequest) -> str:
    """What limits count by: whoever holds an IPv6 network has too many addresses to be counted by one."""
    return network_of(client_address(request))
