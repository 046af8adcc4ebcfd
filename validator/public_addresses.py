"""Which IP addresses are public: one table for everything that speaks to hosts that strangers name.

Git and webhooks ask here. It needs nothing but the standard library, so that floors that do not know each other may
share it. Source: the registries of IANA for special-purpose addresses of IPv4 and IPv6; RFC 4291 (2.5.5), 6052 (2.1),
3056, 4380 and 5214 for IPv4 inside IPv6.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from typing import Final

_REFUSED_4: Final = tuple(
    ipaddress.IPv4Network(text)
    for text in (
        *("0.0.0.0/8", "127.0.0.0/8", "255.255.255.255/32"),  # this network, this machine, everybody
        *("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"),  # private, shared by carriers (CGNAT)
        *("169.254.0.0/16", "224.0.0.0/4", "240.0.0.0/4"),  # of a link with metadata services, groups, reserved
        *("192.0.0.0/24", "192.88.99.0/24", "198.18.0.0/15"),  # protocols, old relays, measurements
        *("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24"),  # documentation
    )
)
_UNICAST: Final = ipaddress.IPv6Network("2000::/3")
"""All IPv6 addresses that were ever allocated for public use. Outside are this machine, links, sites, groups, IPv4 in
the old notation, NAT64 with a prefix of its own network (64:ff9b:1::/48) and everything without a purpose."""

_REFUSED_6: Final = tuple(
    ipaddress.IPv6Network(text)
    for text in ("2001::/23", "2001:db8::/32", "3fff::/20")  # protocols, documentation
)
_NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")
_ISATAP: Final = (0x5EFE, 0x0200_5EFE)


def is_public(address: str) -> bool:
    """Return whether an IP address is public, with each IPv4 address inside an IPv6 one; ValueError for anything else.

    A zone (`%eth0`) does not count: only addresses of a link have one, and these are not public.
    """
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv4Address):
        # Python knows what its release knew; the table is ours.
        return found.is_global and not any(found in network for network in _REFUSED_4)
    inner = list(_inside(found))
    if not all(is_public(str(one)) for one in inner):
        return False
    if found.ipv4_mapped or found.sixtofour or found.teredo or found in _NAT64:
        return True
    return found in _UNICAST and found.is_global and not any(found in network for network in _REFUSED_6)


def _inside(address: ipaddress.IPv6Address) -> Iterator[ipaddress.IPv4Address]:
    """Yield the IPv4 addresses that routers or relays take out of an IPv6 address."""
    if address.ipv4_mapped:
        yield address.ipv4_mapped
    if address.sixtofour:
        yield address.sixtofour
    if address.teredo:
        yield from address.teredo
    last = ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
    if address in _NAT64 or (int(address) >> 32 & 0xFFFF_FFFF) in _ISATAP:
        yield last
