"""Read settings from environment variables; an invalid one stops the start with a message that names it."""

from __future__ import annotations

import base64
import json
import os
import re
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured
from psycopg.conninfo import conninfo_to_dict

TRUE = {"1", "true", "yes", "on"}
FALSE = {"0", "false", "no", "off"}


def text(name: str, default: str = "") -> str:
    """Return the variable, or the default when it is unset or blank."""
    return os.environ.get(name, "").strip() or default


def flag(name: str, default: bool = False) -> bool:
    """Return a yes/no variable, or the default when it is unset or blank."""
    value = text(name)
    if not value:
        return default
    word = value.lower()
    if word in TRUE:
        return True
    if word in FALSE:
        return False
    raise ImproperlyConfigured(f"{name} must be on or off, not {value!r}.")


def choice(name: str, default: str, allowed: Sequence[str]) -> str:
    """Return one of a few words."""
    value = text(name, default)
    if value not in allowed:
        raise ImproperlyConfigured(f"{name} must be one of {', '.join(allowed)}, not {value!r}.")
    return value


def number(name: str, default: float, *, smallest: float = 0, largest: float | None = None) -> float:
    """Return a number that is not negative, or within the given limits."""
    value = text(name)
    if not value:
        return default
    try:
        result = float(value)
    except ValueError:
        raise ImproperlyConfigured(f"{name} must be a number, not {value!r}.") from None
    if not (smallest <= result < float("inf") and (largest is None or result <= largest)):
        limits = f"of {smallest:g} or more" if largest is None else f"from {smallest:g} to {largest:g}"
        raise ImproperlyConfigured(f"{name} must be a number {limits}, not {value!r}.")
    return result


def whole(name: str, default: int, *, smallest: int = 0, largest: int | None = None) -> int:
    """Return a whole number that is not negative, or within the given limits."""
    value = number(name, default, smallest=smallest, largest=largest)
    if value != int(value):
        raise ImproperlyConfigured(f"{name} must be a whole number, not {text(name)!r}.")
    return int(value)


def words(name: str, default: str = "") -> list[str]:
    """Return a comma-separated list without blanks."""
    return [word.strip() for word in text(name, default).split(",") if word.strip()]


def secrets(name: str) -> list[bytes]:
    """Return a comma-separated list of 32 secret bytes each, written in base64 of either alphabet."""
    return [_secret(name, word) for word in words(name)]


def _secret(name: str, word: str) -> bytes:
    # Errors about a secret do not show it.
    problem = ImproperlyConfigured(
        f"{name} must be 32 random bytes in base64, such as `openssl rand -base64 32` writes."
    )
    try:
        value = base64.b64decode(word.rstrip("=").replace("-", "+").replace("_", "/") + "=", validate=True)
    except ValueError:
        raise problem from None
    if len(value) != 32:
        raise problem
    return value


def mapping(name: str) -> dict[str, str]:
    """Return a JSON object of strings."""
    value = text(name)
    if not value:
        return {}
    try:
        result = json.loads(value)
    except ValueError:
        raise ImproperlyConfigured(f'{name} must be JSON like {{"https://github.com/": "https://mirror/"}}.') from None
    if not isinstance(result, dict) or not all(isinstance(v, str) for v in result.values()):
        raise ImproperlyConfigured(f"{name} must be a JSON object whose values are strings.")
    return result


def numbers(name: str, known: Collection[str]) -> dict[str, int]:
    """Return a comma-separated list of `name=number`, each name of the known ones and each number 1 or more."""
    found = {}
    for word in words(name):
        what, _, value = (part.strip() for part in word.partition("="))
        if what not in known or not re.fullmatch("[1-9][0-9]{0,8}", value):
            raise ImproperlyConfigured(f"{name} must be like drafts=600,runs=300, with names of docs/limits.md.")
        found[what] = int(value)
    return found


def rows(name: str) -> list[dict[str, Any]]:
    """Return a JSON list of objects."""
    value = text(name, "[]")
    try:
        result = json.loads(value)
    except ValueError:
        raise ImproperlyConfigured(f"{name} must be a JSON list of objects.") from None
    if not isinstance(result, list) or not all(isinstance(row, dict) for row in result):
        raise ImproperlyConfigured(f"{name} must be a JSON list of objects.")
    return result


def database(url: str, *, base: Path, pool: int = 0, prepare: bool = True) -> dict[str, Any]:
    """Translate a DATABASE_URL into one entry of Django's DATABASES.

    `sqlite:///relative.db`, `sqlite:////absolute.db` and every URL that libpq accepts
    (`postgresql://user:password@host:port/name?sslmode=require`) are understood. `pool` is the largest number of pooled
    PostgreSQL connections of one process; 0 keeps one for each thread. `prepare` lets PostgreSQL keep the plans of
    repeated statements; a pooler that changes connections between transactions may need it off.
    """
    scheme = urlsplit(url).scheme
    if scheme == "sqlite":
        name = url.partition("///")[2]
        if not name:
            raise ImproperlyConfigured("DATABASE_URL: write sqlite:///file.db or sqlite:////absolute/file.db.")
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": name if name == ":memory:" else base / name,
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
            },
        }
    if scheme not in {"postgres", "postgresql"}:
        raise ImproperlyConfigured("DATABASE_URL must begin with sqlite:///, postgres:// or postgresql://.")
    try:
        parts: dict[str, Any] = dict(conninfo_to_dict(url))
    except Exception as error:
        raise ImproperlyConfigured("DATABASE_URL is not a connection URL that PostgreSQL understands.") from error
    entry = {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.pop("dbname", "") or "",
        "USER": parts.pop("user", "") or "",
        "PASSWORD": parts.pop("password", "") or "",
        "HOST": parts.pop("host", "") or "",
        "PORT": str(parts.pop("port", "") or ""),
        "CONN_MAX_AGE": 0 if pool else 60,
        "CONN_HEALTH_CHECKS": True,
        # A transaction pooler loses them.
        "DISABLE_SERVER_SIDE_CURSORS": True,
        "OPTIONS": parts,
    }
    if not entry["NAME"]:
        raise ImproperlyConfigured("DATABASE_URL must name a database: postgresql://host/name.")
    # Only a statement whose values go beside its text can be prepared.
    parts["server_side_binding"] = True
    if prepare:
        parts["prepare_threshold"] = 3
    if pool:
        entry["OPTIONS"] = {**parts, "pool": {"min_size": 1, "max_size": pool, "timeout": 10}}
    return entry
