"""Refuse passwords that were used most often in published breaches, from a list that ships with the portal."""

from __future__ import annotations

import gzip
from functools import cache
from pathlib import Path

from django.core.exceptions import ValidationError

LIST = Path(__file__).with_name("breached-passwords.txt.gz")
"""Lowercase, one a line; the page beside it says where it comes from."""

REFUSAL = "This password appears in published data breaches, so attackers try it first. Choose another one."


class BreachedPasswordValidator:
    """A validator for `AUTH_PASSWORD_VALIDATORS`. Case and outer spaces make no difference, as in Django's."""

    def validate(self, password: str, user: object = None) -> None:
        """Raise ValidationError for a password of the list."""
        if is_breached(password):
            raise ValidationError(REFUSAL, code="password_breached")

    def get_help_text(self) -> str:
        """Return what a page says beforehand."""
        return "Your password can’t be one that appears in published data breaches."


def is_breached(password: str) -> bool:
    """Return whether a password is in the list."""
    wanted = password.strip().lower().encode(errors="replace")
    return bool(wanted) and b"\n" not in wanted and b"\n%b\n" % wanted in _passwords()


@cache
def _passwords() -> bytes:
    """Return the list between line breaks: one block of 1.2 MB, read when the first password is chosen.

    A search through it takes less than a millisecond; a set of its words would take ten times the memory.
    """
    return b"\n" + gzip.decompress(LIST.read_bytes())
