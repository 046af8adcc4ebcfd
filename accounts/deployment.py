"""Check what is right for a demo and wrong for an installation that others rely on: `manage.py check --deploy`.

Django's own checks cover DEBUG, the length of SECRET_KEY, cookies and redirects.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core import checks

EXAMPLES = frozenset({"admin", "change-me", "changeme", "example", "password", "portal", "postgres", "secret", "test"})
"""Passwords from examples, which everybody knows."""


@checks.register("installation", deploy=True)
def check(app_configs: object, **options: Any) -> list[checks.CheckMessage]:
    """Return a warning for each setting that leaves the portal open. Django defines the arguments."""
    return [
        checks.Warning(problem, hint=f"Set {name}; docs/operations.md lists all settings.", id=f"accounts.W{number:03}")
        for number, name, problem in problems()
    ]


def problems() -> Iterator[tuple[int, str, str]]:
    """Yield the number, the setting, and a sentence for each problem."""
    if not settings.RATE_LIMITS:
        yield 1, "RATE_LIMITS", "Rate limits are off: anybody can try passwords and start checks without end."
    if settings.WEBHOOK_ALLOW_PRIVATE:
        yield 2, "WEBHOOK_ALLOW_PRIVATE", "Webhooks reach private networks: every Project can send requests into yours."
    if not settings.REQUIRE_MFA:
        yield 3, "REQUIRE_MFA", "Reviewers and admins sign in without a second factor."
    if settings.EMAIL_BACKEND.endswith(".LogBackend"):
        yield 4, "EMAIL_HOST", "There is no mail server: mails, with their links for signing in, go into the log."
    if not settings.CERTIFICATE_KEYS:
        yield 5, "CERTIFICATE_KEYS", "Certificates have no signing key of their own: it changes with SECRET_KEY."
    if settings.PUBLIC_URL.startswith("http://"):
        yield 6, "PUBLIC_URL", "PUBLIC_URL begins with http://: links in mails and certificates are not encrypted."
    if "*" in settings.ALLOWED_HOSTS:
        yield 7, "ALLOWED_HOSTS", "Every host name is served, so links in mails may lead to somebody else's."
    if settings.DEMO:
        yield 8, "DEMO", "The demo is on: its accounts and their passwords are shown to everybody."
    for name, password in _passwords():
        if password.lower() in EXAMPLES:
            yield 9, name, f"The password in {name} is one from an example."
    if not settings.SECURITY_CONTACT:
        yield 10, "SECURITY_CONTACT", "Nobody can find out whom to tell of a vulnerability: there is no security.txt."
    if not settings.REQUIRE_MFA_TO_SUBMIT:
        yield (
            11,
            "REQUIRE_MFA_TO_SUBMIT",
            "A stolen password is enough to submit connectors or make API clients.",
        )


def _passwords() -> Iterator[tuple[str, str]]:
    yield "DATABASE_URL", str(settings.DATABASES["default"].get("PASSWORD") or "")
    yield "EMAIL_HOST_PASSWORD", settings.EMAIL_HOST_PASSWORD
