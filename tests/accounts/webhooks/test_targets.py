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


def test_a_redirect_is_an_answer_and_not_followed(receiver: Receiver) -> None:
    receiver.answer(302, Location="http://127.0.0.1:1/")

    assert targets.post(receiver.url, body=b"{}", headers={}).status == 302
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
