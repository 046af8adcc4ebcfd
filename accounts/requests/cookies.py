"""The names of the portal's cookies.

Under HTTPS they begin with `__Host-`: browsers then take them only from this host over HTTPS, for all of its paths, so
that no other host of the domain can plant one (RFC 6265bis, 4.1.3.2). Plain HTTP keeps the plain names.
"""

from __future__ import annotations

from django.conf import settings
from django.contrib.messages.storage.cookie import CookieStorage
from django.contrib.messages.storage.fallback import FallbackStorage
from django.contrib.messages.storage.session import SessionStorage


def named(name: str) -> str:
    """Return the name of a cookie as this installation sets it."""
    return f"{settings.COOKIE_PREFIX}{name}"


class _Cookie(CookieStorage):
    """Django's storage of messages in a cookie, under our name."""

    @property
    def cookie_name(self) -> str:  # type: ignore[override]
        return named("messages")


class MessageStorage(FallbackStorage):
    """Django's storage of messages, in a cookie or else in the session."""

    storage_classes = (_Cookie, SessionStorage)
