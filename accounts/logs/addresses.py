"""How much of a caller's address is logged."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

from django.conf import settings

from accounts.logs.lines import NOTHING

FULL, NETWORK, NONE = "full", "network", "none"
BITS = {4: 24, 6: 48}
"""How many bits of an address are its network."""


def shortened(address: str) -> str:
    """Return an address as LOG_ADDRESS says: in full, its network, or `-`."""
    if settings.LOG_ADDRESS == FULL:
        return address or NOTHING
    try:
        parsed = ip_address(address)
    except ValueError:
        return NOTHING
    if settings.LOG_ADDRESS == NONE:
        return NOTHING
    parsed = getattr(parsed, "ipv4_mapped", None) or parsed
    return str(ip_network((parsed, BITS[parsed.version]), strict=False))
