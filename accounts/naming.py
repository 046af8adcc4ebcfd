"""Rules for names and other single lines of text: visible, and not misleading.

They apply to the API, forms, the admin, commands and data from identity providers.
"""

from __future__ import annotations

import unicodedata

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

DIRECTIONS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""The characters with the property Bidi_Control (Unicode Standard Annex 9): they change the order of the text after
them."""

BLANKS = frozenset("\u115f\u1160\u2800\u3164\uffa0\U0001d159")
"""Letters and symbols without a visible glyph: Hangul fillers, the empty braille pattern, a null note head."""

RULE = "At least one visible character, and no character that controls the direction of writing."


class InvalidName(ValueError):
    """A name is not allowed; the message says why."""


def control_in(text: str, *, allowed: frozenset[str] = frozenset()) -> str | None:
    """Return the first control character or lone surrogate as `U+0000`, or None."""
    if text.isascii() and text.isprintable():
        return None
    for char in text:
        if char not in allowed and unicodedata.category(char) in {"Cc", "Cs"}:
            return f"U+{ord(char):04X}"
    return None


def is_visible(char: str) -> bool:
    """Return whether a character is visible by itself: a letter, digit, punctuation or symbol, not a lone mark."""
    return unicodedata.category(char)[0] in "LNPS" and char not in BLANKS


def problem_of(name: str) -> str | None:
    """Return what is wrong with a name, or None."""
    if control := control_in(name):
        return f"The control character {control} is not allowed."
    for char in name if not name.isascii() else "":
        if char in DIRECTIONS:
            return (
                f"The direction control U+{ord(char):04X} is not allowed: it changes the order in which text is read."
            )
    return None if any(map(is_visible, name)) else "Expected at least one visible character."


def is_address(text: str) -> bool:
    """Return whether a text is an e-mail address with only visible characters: mail servers drop some others."""
    try:
        validate_email(text)
    except ValidationError:
        return False
    return text.isprintable() and BLANKS.isdisjoint(text)


def require(name: str) -> None:
    """Raise InvalidName for a name that is not allowed."""
    if problem := problem_of(name):
        raise InvalidName(problem)


def validate(name: str) -> None:
    """Raise ValidationError for a name that is not allowed. A field validator, so it never gets an empty value."""
    if problem := problem_of(name):
        raise ValidationError(problem)
