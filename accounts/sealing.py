"""Encrypt short secrets that must be read again, such as credentials for a test shop.

Sealed values are useless without SECRET_KEY. A rotated key still opens what it sealed while it is in
SECRET_KEY_FALLBACKS.
"""

from __future__ import annotations

import base64
import hashlib

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings


class Broken(Exception):
    """The text was sealed with an unknown key, or was changed."""


def seal(text: str, *, purpose: str) -> str:
    """Return a text encrypted for storage. The same `purpose` is needed to open it."""
    return _box(purpose).encrypt(text.encode()).decode("ascii")


def unseal(sealed: str, *, purpose: str) -> str:
    """Return the text that was sealed for the same purpose. Raises Broken."""
    try:
        return _box(purpose).decrypt(sealed.encode("ascii")).decode()
    except (InvalidToken, UnicodeEncodeError) as error:
        raise Broken("This was sealed with another SECRET_KEY.") from error


def derive(secret: str, *, purpose: str) -> bytes:
    """Return 32 secret bytes for one purpose; SECRET_KEY is long and random, so one round of a hash is enough."""
    master = hashlib.sha256(secret.encode()).digest()
    return hashlib.blake2b(purpose.encode(), key=master, digest_size=32).digest()


def _box(purpose: str) -> MultiFernet:
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(derive(key, purpose=purpose))) for key in keys])
