"""One table says which addresses are public, and git and webhooks ask the same."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from accounts.webhooks import targets
from validator import public_addresses
from validator.public_addresses import is_public
from validator.source import transport
from validator.source.transport import AddressRefusedError

pytestmark = pytest.mark.security

REFUSED = [
    # IPv4: this machine and network, private, shared by carriers, of a link, groups, reserved.
    *("0.0.0.0", "0.1.2.3", "127.0.0.1", "127.255.255.254", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1"),
    *(
        "100.64.0.1",
        "100.127.255.254",
        "169.254.169.254",
        "224.0.0.1",
        "239.255.255.255",
        "240.0.0.1",
        "255.255.255.255",
    ),
    # Protocols, relays, measurements, documentation.
    *("192.0.0.1", "192.0.0.170", "192.88.99.1", "198.18.0.1", "198.19.255.255"),
    *("192.0.2.1", "198.51.100.7", "203.0.113.9"),
    # IPv6: unspecified, this machine, a link, a site, unique local, groups, documentation, discarded, unassigned.
    *(
        "::",
        "::1",
        "fe80::1",
        "fe80::1%eth0",
        "febf::1",
        "fec0::1",
        "feff::1",
        "fc00::1",
        "fdff::1",
        "ff02::1",
        "ff0e::1",
    ),
    *("2001:db8::1", "3fff::1", "3fff:fff::1", "100::1", "100:0:0:1::1", "5f00::1", "4000::1", "8000::1", "1::1"),
    *("2001:1::1", "2001:2::1", "2001:10::1", "2001:20::1", "2001:30::1", "2001:1ff::1"),
    # IPv4 inside: compatible, mapped, translated, 6to4, Teredo (server, client), NAT64, NAT64 of a network, ISATAP.
    *("::127.0.0.1", "::10.0.0.1", "::8.8.8.8", "::ffff:127.0.0.1", "::ffff:100.64.0.1", "::ffff:224.0.0.1"),
    *("::ffff:0:127.0.0.1", "::ffff:0:8.8.8.8", "2002:7f00:1::", "2002:a00:1::1", "2002:a9fe:a9fe::", "2002:e000:1::"),
    *("2001:0:7f00:1:8000:63bf:3fff:fdd2", "2001:0:4136:e378:8000:63bf:f5ff:fffe", "64:ff9b::127.0.0.1"),
    *("64:ff9b::192.168.0.1", "64:ff9b::100.64.0.1", "64:ff9b:1::7f00:1", "64:ff9b:1::808:808", "64:ff9b:1:fffe::1"),
    *("2606:4700::5efe:10.0.0.1", "2606:4700::200:5efe:127.0.0.1"),
]
PUBLIC = [
    *(
        "8.8.8.8",
        "140.82.121.4",
        "100.63.255.255",
        "100.128.0.1",
        "172.15.0.1",
        "172.32.0.1",
        "192.0.1.1",
        "198.20.0.1",
    ),
    *(
        "2606:50c0:8000::153",
        "2a01:4f8::1",
        "2001:4860:4860::8888",
        "2001:200::1",
        "::ffff:8.8.8.8",
        "64:ff9b::8.8.8.8",
    ),
    *("2002:808:808::1", "2606:4700::5efe:8.8.8.8"),
]


@pytest.mark.parametrize("address", REFUSED)
def test_git_and_webhooks_refuse_what_is_not_public(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    resolve(address, monkeypatch)

    assert not is_public(address)
    with pytest.raises(AddressRefusedError, match="private network"):
        transport.public_addresses("host.example")
    with pytest.raises(targets.Refused, match="private network"):
        targets.post("https://host.example/", body=b"", headers={})


@pytest.mark.parametrize("address", PUBLIC)
def test_what_is_public_may_be_contacted(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    resolve(address, monkeypatch)

    assert transport.public_addresses("host.example") == (address,)


def test_one_private_address_among_public_ones_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    resolve("8.8.8.8", monkeypatch, "fec0::1")

    with pytest.raises(AddressRefusedError):
        transport.public_addresses("host.example")


def test_there_is_one_function_for_both() -> None:
    assert transport.is_public is public_addresses.is_public
    assert targets.is_public is public_addresses.is_public


def resolve(address: str, monkeypatch: pytest.MonkeyPatch, *others: str) -> None:
    """Let every name lead to these addresses."""

    def found(*arguments: Any, **options: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, 443)) for one in (address, *others)]

    monkeypatch.setattr(socket, "getaddrinfo", found)
