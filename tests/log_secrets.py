"""Search what is logged while tests run for every secret that they use.

Secrets are taken down where they are made, by whichever code makes them: `watch` wraps those places. Each record of
each logger is searched when it is logged, as message, facts and traceback. `tests.conftest` lets the test fail that
logged one. For two of those places it reaches into django-allauth: nothing public makes its tokens and recovery codes.
"""

from __future__ import annotations

import json
import logging
import secrets
import traceback
from base64 import b64encode
from collections.abc import Callable
from typing import Any

import pytest
from allauth.idp.oidc.internal.oauthlib import server
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.contrib.sessions.backends.base import SessionBase
from django.core.mail import EmailMessage
from django.core.signing import Signer

from accounts import sealing

SHORTEST = 8
"""Characters: shorter ones, such as the wrong password "wrong", are part of many texts by chance."""

LINE = 40
"""Characters that a line of a mail has at least: shorter ones, such as a greeting, are no secret."""


class Watch:
    """The secrets, found in a text by their first characters, and where one was logged."""

    def __init__(self) -> None:
        self.by_start: dict[str, set[str]] = {}
        self.found: list[str] = []

    def take(self, secret: object, kind: str = "") -> None:
        """Take a secret down: a text, or bytes, which are logged as hex or base64."""
        if isinstance(secret, bytes):
            for form in (secret.hex(), b64encode(secret).decode()):
                self.take(form)
        elif isinstance(secret, str) and len(secret.strip()) >= SHORTEST:
            self.by_start.setdefault(secret[:SHORTEST], set()).add(secret)

    def holds(self, text: str) -> bool:
        """Return whether a text contains a secret."""
        for place in range(len(text) - SHORTEST + 1):
            known = self.by_start.get(text[place : place + SHORTEST])
            if known and any(text.startswith(secret, place) for secret in known):
                return True
        return False

    def search(self, record: logging.LogRecord) -> None:
        """Note a record that contains a secret, by its place in the code."""
        error = record.exc_info
        told = "".join(traceback.format_exception(*error)) if error and error[0] else ""
        facts = json.dumps(getattr(record, "facts", ""), ensure_ascii=False, default=str)
        if self.holds(f"{record.getMessage()}\n{facts}\n{told}"):
            self.found.append(f"{record.name} at {record.pathname}:{record.lineno}: {record.msg}")


WATCH = Watch()


def watch(patch: pytest.MonkeyPatch) -> None:
    """Wrap the places that make secrets, and what every logger logs with."""
    for name in ("token_urlsafe", "token_hex", "token_bytes"):
        _results(patch, secrets, name)
    _results(patch, server, "generate_opaque_token")
    _results(patch, SessionBase, "_get_new_session_key")
    _results(patch, PasswordResetTokenGenerator, "_make_token_with_timestamp")
    _results(patch, Signer, "sign")
    _results(patch, RecoveryCodes, "get_unused_codes")
    _arguments(patch, sealing, "seal")
    _arguments(patch, AbstractBaseUser, "set_password")
    _arguments(patch, AbstractBaseUser, "check_password")
    _mails(patch)
    _records(patch)
    for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        WATCH.take(key)
    WATCH.take(settings.DATABASES["default"].get("PASSWORD"))


def _results(patch: pytest.MonkeyPatch, owner: Any, name: str) -> None:
    """Take down what a function returns."""
    known = getattr(owner, name)

    def noted(*args: Any, **kwargs: Any) -> Any:
        made = known(*args, **kwargs)
        for secret in made if isinstance(made, list) else [made]:
            WATCH.take(secret)
        return made

    patch.setattr(owner, name, noted)


def _arguments(patch: pytest.MonkeyPatch, owner: Any, name: str) -> None:
    """Take down the texts that a function is given."""
    known = getattr(owner, name)

    def noted(*args: Any, **kwargs: Any) -> Any:
        for secret in args:
            WATCH.take(secret)
        return known(*args, **kwargs)

    patch.setattr(owner, name, noted)


def _mails(patch: pytest.MonkeyPatch) -> None:
    """Take down the long lines of every mail, and so its links."""
    known: Callable[..., Any] = EmailMessage.send

    def noted(self: EmailMessage, *args: Any, **kwargs: Any) -> Any:
        for line in str(self.body).splitlines():
            if len(line.strip()) >= LINE:
                WATCH.take(line.strip())
        return known(self, *args, **kwargs)

    patch.setattr(EmailMessage, "send", noted)


def _records(patch: pytest.MonkeyPatch) -> None:
    known = logging.Logger.handle

    def searched(self: logging.Logger, record: logging.LogRecord) -> None:
        WATCH.search(record)
        known(self, record)

    patch.setattr(logging.Logger, "handle", searched)
