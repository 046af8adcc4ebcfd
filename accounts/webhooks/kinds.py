"""The registry of webhook message types. Other apps register theirs at startup."""

from __future__ import annotations

PING = "webhook.ping"

_KNOWN: dict[str, str] = {PING: "A test message, sent manually"}


def register(kind: str, *, title: str) -> None:
    """Register a type with a short description."""
    _KNOWN[kind] = title


def known() -> dict[str, str]:
    """Return every type that can be selected, with its description; the test message is always sent."""
    return {kind: title for kind, title in _KNOWN.items() if kind != PING}
