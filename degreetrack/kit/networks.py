"""What one home or phone is known by: of IPv6 it has a whole /64 to choose from."""

from functools import lru_cache
from ipaddress import IPv6Address, IPv6Network


@lru_cache(maxsize=10_000)
def network_of(address: str) -> str:
    """The address, or for IPv6 its /64; what is no address stays as it is, cut short."""
    try:
        told = IPv6Address(address)
    except ValueError:
        return address[:60]
    return str(told.ipv4_mapped or IPv6Network((int(told), 64), strict=False))
