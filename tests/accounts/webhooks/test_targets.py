"""Which receivers may be reached, and how long they may take."""

from __future__ import annotations

import socket
import threading
import time
from typing import Any

import pytest

from accounts.webhooks import targets
from accounts.webhooks.targets import Refused, Unreachable
from tests.accounts.webhooks.conftest import Receiver

pytestmark = pytest.mark.security


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/hooks",
        "https://example.com:8443/hooks?tenant=1",
        "https://8.8.8.8/",
        "https://[2606:4700::1111]/",
    ],
)
def test_a_public_address_is_fine(url: str) -> None:
    assert targets.problem_of(url) is None


@pytest.mark.parametrize(
    "url",
    [
        "",
        "http://example.com/",
        "ftp://example.com/",
        "https://",
        "https://user:secret@example.com/",
        "https://example.com/#part",
        "https://exa mple.com/",
        "https://example.com:0/",
        "https://example.com:99999/",
        "https://localhost/",
        "https://intranet.local/",
        "https://metadata.google.internal/",
        "https://127.0.0.1/",
        "https://10.0.0.1/",
        "https://169.254.169.254/latest/meta-data",
        "https://[::1]/",
        "https://[::ffff:10.0.0.1]/",
        "https://[64:ff9b::a00:1]/",
        "https://0.0.0.0/",
        "https://[fe80::1]/",
        "https://[::10.0.0.1]/",
        "https://[fec0::1]/",
        "https://example.com/\r\nX: y",
        "https://example.com/" + "a" * 2100,
    ],
)
def test_everything_else_is_refused(url: str) -> None:
    assert targets.problem_of(url)


INSIDE = [
    # As usual, decimal, hexadecimal, octal, mixed and short (inet_aton).
    *("127.0.0.1", "2130706433", "0x7f000001", "0X7F000001", "017700000001", "0177.0.0.1", "0177.0x0.1", "0x7f.0.0.1"),
    *("127.1", "127.0.1", "0x7f.1", "0", "00", "0x0", "0.0.0.0", "1", "4294967295"),
    *("10.0.0.1", "10.1", "167772161", "012.0.0.1", "0xa.1", "172.16.0.1", "172.16.1", "0xac.16.1", "172.31.255.255"),
    *("192.168.0.1", "192.168.257", "3232235521", "0xc0a80001", "100.64.0.1", "1681915905"),
    *("169.254.169.254", "2852039166", "0xa9fea9fe", "0251.0376.0251.0376", "169.254.43518"),
    # For protocols, tests, documentation, groups and nobody.
    *("192.0.0.8", "192.0.0.170", "192.0.2.1", "192.88.99.1", "198.18.0.1", "198.51.100.1", "203.0.113.1"),
    *("224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255"),
    # IPv6: of this machine, of a link, a site, a group, for documentation, without a purpose.
    *("[::1]", "[0:0:0:0:0:0:0:1]", "[::]", "[fe80::1]", "[fec0::1]", "[fc00::1]", "[fd12:3456::1]", "[ff02::1]"),
    *("[2001:db8::1]", "[3fff::1]", "[100::1]", "[2001:2::1]", "[2001:10::1]", "[5f00::1]", "[4000::1]", "[8000::1]"),
    # IPv4 inside IPv6: mapped, compatible, translated, 6to4, Teredo, NAT64 of everybody and of a network.
    *("[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[0:0:0:0:0:ffff:a00:1]", "[::ffff:a9fe:a9fe]", "[::ffff:192.0.0.8]"),
    *("[::127.0.0.1]", "[::a00:1]", "[::ffff:0:127.0.0.1]", "[::ffff:0:a00:1]", "[2002:7f00:1::]", "[2002:a00:1::1]"),
    *("[2001:0:4136:e378:8000:63bf:f5ff:fffe]", "[64:ff9b::127.0.0.1]", "[64:ff9b::a9fe:a9fe]", "[64:ff9b::a00:1]"),
    *("[64:ff9b:1::7f00:1]", "[64:ff9b:1:0:7f:0:100:0]", "[64:ff9b:1::1]"),
]
"""Hosts of private places, in every way that a resolver understands."""

Connected = list[Any]


@pytest.fixture
def connected(monkeypatch: pytest.MonkeyPatch) -> Connected:
    """The addresses that the test connects to; nobody is reached."""
    addresses: Connected = []

    def connect(self: socket.socket, address: Any) -> None:
        addresses.append(address[0])
        raise OSError("nobody is reached in this test")

    monkeypatch.setattr(socket.socket, "connect", connect)
    return addresses


@pytest.mark.parametrize("host", INSIDE)
def test_a_private_address_is_refused_however_it_is_written(host: str, connected: Connected) -> None:
    for url in (f"https://{host}/", f"https://{host}:8443/hooks?tenant=1"):
        assert "private network" in (targets.problem_of(url) or "")
        with pytest.raises(Refused, match="private network"):
            targets.post(url, body=b"{}", headers={})

    assert connected == []


@pytest.mark.parametrize("host", [host for host in INSIDE if "[" not in host])
def test_a_dot_at_the_end_leads_nowhere_else(host: str, connected: Connected) -> None:
    with pytest.raises(Unreachable):
        targets.post(f"https://{host}./", body=b"{}", headers={})

    assert "private network" in (targets.problem_of(f"https://{host}./") or "")
    assert connected == []


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("8.8.8.8", "8.8.8.8"),
        ("134744072", "8.8.8.8"),
        ("0x08.010.2056", "8.8.8.8"),
        ("192.0.1.1", "192.0.1.1"),
        ("[2606:4700::1111]", "2606:4700::1111"),
        ("[64:ff9b::808:808]", "64:ff9b::808:808"),
        ("[::ffff:8.8.8.8]", "::ffff:8.8.8.8"),
        ("[2002:808:808::1]", "2002:808:808::1"),
    ],
)
def test_a_public_address_is_the_one_connected_to(host: str, address: str, connected: Connected) -> None:
    assert targets.problem_of(f"https://{host}/") is None
    with pytest.raises(Unreachable, match="connection failed"):
        targets.post(f"https://{host}/", body=b"{}", headers={})

    assert connected == [address]


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com@127.0.0.1/",
        "https://example.com:secret@127.0.0.1/",
        "https://8.8.8.8%40@127.0.0.1/",
        "https://@127.0.0.1/",
        "https://127.0.0.1:443@localhost/",
    ],
)
def test_a_name_before_the_host_hides_nothing(url: str, connected: Connected) -> None:
    assert targets.problem_of(url)
    with pytest.raises(Unreachable):
        targets.post(url, body=b"{}", headers={})

    assert connected == []


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1\\@8.8.8.8/",
        "https://8.8.8.8\\@127.0.0.1/",
        "https://127%2e0%2e0%2e1/",
        "https://１２７.0.0.1/",
        "https://127。0。0。1/",
        "https://[::1/",
        "https://[fe80::1%25eth0]/",
        "https://8.8.8.8:-1/",
        "https://8.8.8.8:+443/",
        "https://8.8.8.8:443443/",
        "https://8.8.8.8:４４３/",
        "https:///8.8.8.8/",
        "https:8.8.8.8",
        "//8.8.8.8/",
        "HTTP://8.8.8.8/",
    ],
)
def test_an_address_that_can_be_read_in_two_ways_is_not_stored(url: str) -> None:
    assert targets.problem_of(url)


@pytest.mark.parametrize("address", ["127.0.0.1", "10.1.2.3", "192.168.0.1", "169.254.169.254", "::1", "100.64.0.1"])
def test_a_public_name_that_leads_inside_is_refused_when_connecting(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(targets, "resolved", lambda host, port: ["93.184.216.34", address])

    with pytest.raises(Refused):
        targets.post("https://example.com/", body=b"{}", headers={})


def test_the_judged_address_is_the_one_connected_to(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def once(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["192.0.2.1"]

    monkeypatch.setattr(targets, "resolved", once)
    url = receiver.url.replace("127.0.0.1", "hooks.example.com")

    answer = targets.post(url, body=b"{}", headers={})

    assert answer.status == 204
    assert asked == ["hooks.example.com"]
    assert receiver.got[0][0]["host"].startswith("hooks.example.com:")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_an_answer_and_not_followed(receiver: Receiver, status: int) -> None:
    receiver.answer(status, Location=receiver.url)

    assert targets.post(receiver.url, body=b"{}", headers={}).status == status
    assert len(receiver.got) == 1


def test_a_long_answer_is_cut_and_control_characters_are_dropped(receiver: Receiver) -> None:
    receiver.answer(500, b"\x00bad\x1b[31m" + b"x" * 100_000)

    answer = targets.post(receiver.url, body=b"{}", headers={})

    assert len(answer.text) <= targets.LONGEST_ANSWER
    assert answer.text.startswith(" bad [31m")


def test_nobody_listening_is_unreachable(settings: Any) -> None:
    settings.WEBHOOK_ALLOW_PRIVATE = True

    with pytest.raises(Unreachable, match="connection failed"):
        targets.post("http://127.0.0.1:9/", body=b"{}", headers={})


def test_a_receiver_that_talks_slowly_is_left_in_time(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.WEBHOOK_ALLOW_PRIVATE = True
    monkeypatch.setattr(targets, "SECONDS", 1.0)
    listener = socket.create_server(("127.0.0.1", 0))

    def drip() -> None:
        connection, _ = listener.accept()
        try:
            for sign in b"HTTP/1.1 200 OK\r\n" + b"X: " + b"y" * 100:
                connection.sendall(bytes([sign]))
                time.sleep(0.1)
        except OSError:
            pass
        finally:
            connection.close()

    threading.Thread(target=drip, daemon=True).start()
    started = time.monotonic()

    with pytest.raises(Unreachable, match="did not answer"):
        targets.post(f"http://127.0.0.1:{listener.getsockname()[1]}/", body=b"{}", headers={})

    assert time.monotonic() - started < 5
    listener.close()
