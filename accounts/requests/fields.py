"""Parse fields and parameters, and refuse unreadable ones, the same on every page."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from django.core.exceptions import BadRequest

INTEGER = 2**31 - 1
"""The largest number that fits an integer column."""

BIGINT = 2**63 - 1
"""The largest number that fits an id column."""


class UnreadableField(BadRequest):
    """A form field or query parameter cannot be read: which, why, and what to do. A 400."""

    def __init__(self, name: str, problem: str) -> None:
        super().__init__(f"The field “{name}” {problem}")


def whole(text: str | None, *, largest: int = BIGINT) -> int | None:
    """Return the number in a string of ASCII digits; None for anything else, and for more than `largest`."""
    if not text or not text.isascii() or not text.isdigit() or len(text) > len(str(BIGINT)):
        return None
    number = int(text)
    return number if number <= largest else None


def identifier(text: str) -> UUID | None:
    """Return the id in a string in its canonical form (RFC 9562, 4); None for anything else.

    Python also accepts braces, `urn:uuid:`, capitals, and hyphens anywhere or nowhere: one row would have many URLs.
    """
    try:
        found = UUID(text)
    except ValueError:
        return None
    return found if str(found) == text else None


def number(sent: Mapping[str, str], name: str, *, largest: int = BIGINT) -> int | None:
    """Return the whole number in a field, or None when it is empty; raise UnreadableField for anything else."""
    text = sent.get(name, "").strip()
    value = whole(text, largest=largest)
    if text and value is None:
        raise UnreadableField(name, f"is not a whole number from 0 to {largest}.")
    return value
