"""The types of messages that a webhook can ask for. The floors above say which there are, when they start."""

from __future__ import annotations

PING = "webhook.ping"

_KNOWN: dict[str, str] = {PING: "A test, sent by hand"}


def register(kind: str, *, title: str) -> None:
    """Make a type known, with a few words for people."""
    _KNOWN[kind] = title


def known() -> dict[str, str]:
    """Return every type that can be asked for, with its words; the test message is always sent."""
    return {kind: title for kind, title in _KNOWN.items() if kind != PING}
