"""Check settings with which a process starts but requests fail, before the first request.

`manage.py check` and the start of the web server report them, and `/readyz` fails.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from email.utils import parseaddr
from importlib.util import find_spec
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core import checks
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.module_loading import import_string
from django_tasks.backends.base import BaseTaskBackend

WEB = {"http", "https"}
CONTACTS = ("mailto:", "https://")
REDIS = {"redis", "rediss", "unix"}


@checks.register("installation")
def check(app_configs: object, **options: Any) -> list[checks.CheckMessage]:
    """Return an error for each problem, but to `migrate` none that only keeps a server from starting."""
    # Django defines the arguments: `migrate` names the databases that it is about to change.
    found = problems() if options.get("databases") else [*refusals(), *problems()]
    return [checks.Error(problem, hint="See docs/operations.md.", id="accounts.E001") for problem in found]


def problems() -> list[str]:
    """Return a sentence for each problem, with the name of its setting."""
    return [*_cache(), *_queue(), *_addresses(), *_security_contact(), *_github_login()]


def refusals() -> list[str]:
    """Return a sentence for each problem with which neither web server nor worker starts."""
    if settings.EMAIL_BACKEND.endswith(".LogBackend") and not settings.MAIL_TO_LOG:
        return [
            "EMAIL_HOST is not set: without a mail server, nobody can confirm an address or reset a password. To read "
            "mails in the log instead, with their links for signing in, set MAIL_TO_LOG=on."
        ]
    return []


def _cache() -> Iterator[str]:
    cache: dict[str, Any] = settings.CACHES["default"]
    if not cache["BACKEND"].endswith(".RedisCache"):
        return
    if find_spec("redis") is None:
        yield "REDIS_URL is set, but the Python package redis is not installed."
    for url in re.split(r"[;,]", cache["LOCATION"]):
        if urlsplit(url.strip()).scheme not in REDIS:
            yield "REDIS_URL must begin with redis://, rediss:// or unix://."


def _queue() -> Iterator[str]:
    path = str(settings.TASKS["default"]["BACKEND"])
    try:
        backend = import_string(path)
    except ImportError:
        backend = None
    if not (isinstance(backend, type) and issubclass(backend, BaseTaskBackend)):
        yield f"TASKS_BACKEND is not an installed queue backend: {path}."


def _addresses() -> Iterator[str]:
    for name in ("PUBLIC_URL", "OSV_API_URL", "GITHUB_API_URL", "SECURITY_POLICY_URL"):
        url = getattr(settings, name)
        if url and not _leads_somewhere(url):
            yield f"{name} must be an address such as https://portal.example.com, not {url!r}."
    try:
        validate_email(parseaddr(settings.DEFAULT_FROM_EMAIL)[1])
    except ValidationError:
        yield f"DEFAULT_FROM_EMAIL must contain an e-mail address, not {settings.DEFAULT_FROM_EMAIL!r}."


def _security_contact() -> Iterator[str]:
    for address in settings.SECURITY_CONTACT:
        if not address.startswith(CONTACTS):
            yield f"SECURITY_CONTACT must have addresses that begin with mailto: or https://, not {address!r}."


def _leads_somewhere(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in WEB and bool(parts.hostname)


def _github_login() -> Iterator[str]:
    providers: dict[str, Any] = settings.SOCIALACCOUNT_PROVIDERS
    if any(not app["secret"] for app in providers.get("github", {}).get("APPS", [])):
        yield "GITHUB_LOGIN_CLIENT_ID is set, but GITHUB_LOGIN_CLIENT_SECRET is not."
