"""What somebody sent in a field that no page can read, whatever the page."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from django.core.exceptions import BadRequest

INTEGER = 2**31 - 1
"""The largest number that an integer column holds."""

BIGINT = 2**63 - 1
"""The largest number that a column of ids holds."""


class UnreadableField(BadRequest):
    """A field of a form, or a parameter of an address, cannot be read: which, why, and what to do. A 400."""

    def __init__(self, name: str, problem: str) -> None:
        super().__init__(f"The field “{name}” {problem}")


def whole(text: str | None, *, largest: int = BIGINT) -> int | None:
    """Return the number that some ASCII digits spell; None for anything else, and for more than `largest`."""
    if not text or not text.isascii() or not text.isdigit() or len(text) > len(str(BIGINT)):
        return None
    number = int(text)
    return number if number <= largest else None


def identifier(text: str) -> UUID | None:
    """Return the id that a text spells in the form in which ids are given out (RFC 9562, 4); None for anything else.

    Python also takes braces, `urn:uuid:`, capitals, and hyphens anywhere or nowhere: one thing would have many names.
    """
    try:
        found = UUID(text)
    except ValueError:
        return None
    return found if str(found) == text else None


def number(sent: Mapping[str, str], name: str, *, largest: int = BIGINT) -> int | None:
    """Return the whole number in a field, None where nothing is in it; raise UnreadableField for anything else."""
    text = sent.get(name, "").strip()
    value = whole(text, largest=largest)
    if text and value is None:
        raise UnreadableField(name, f"is not a whole number from 0 to {largest}.")
    return value
