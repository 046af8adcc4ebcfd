"""What a name may be, and every other line that people read: it shows something, and what it shows is what it says.

The same for the API, forms, the admin, commands and what other sites tell of a person.
"""

from __future__ import annotations

import unicodedata

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

DIRECTIONS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""The characters with the property Bidi_Control (Unicode Standard Annex 9): what follows one reads in another order."""

BLANKS = frozenset("\u115f\u1160\u2800\u3164\uffa0\U0001d159")
"""Letters and symbols that are drawn as nothing: fillers of Hangul, the empty braille pattern, a null note head."""

RULE = "At least one visible character, and no character that controls the direction of writing."


class InvalidName(ValueError):
    """A name that cannot be; the message says why."""


def control_in(text: str, *, allowed: frozenset[str] = frozenset()) -> str | None:
    """Return the first control character or lone surrogate as `U+0000`, or None."""
    if text.isascii() and text.isprintable():
        return None
    for char in text:
        if char not in allowed and unicodedata.category(char) in {"Cc", "Cs"}:
            return f"U+{ord(char):04X}"
    return None


def is_visible(char: str) -> bool:
    """Tell whether a character shows something by itself: a letter, digit, punctuation or symbol, not a mark alone."""
    return unicodedata.category(char)[0] in "LNPS" and char not in BLANKS


def problem_of(name: str) -> str | None:
    """Say what is wrong with a name, or None."""
    if control := control_in(name):
        return f"The control character {control} is not allowed."
    for char in name if not name.isascii() else "":
        if char in DIRECTIONS:
            return (
                f"The direction control U+{ord(char):04X} is not allowed: it changes the order in which text is read."
            )
    return None if any(map(is_visible, name)) else "Expected at least one visible character."


def is_address(text: str) -> bool:
    """Tell whether a text is an e-mail address of which every character is seen: some are dropped on the way."""
    try:
        validate_email(text)
    except ValidationError:
        return False
    return text.isprintable() and BLANKS.isdisjoint(text)


def require(name: str) -> None:
    """Raise InvalidName for what is no name."""
    if problem := problem_of(name):
        raise InvalidName(problem)


def validate(name: str) -> None:
    """Raise ValidationError for what is no name. A validator of fields, which ask it for no empty value."""
    if problem := problem_of(name):
        raise ValidationError(problem)
