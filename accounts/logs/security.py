"""Events that matter for security, in the log: their names are those of OWASP's logging vocabulary, and no others.

The event log in the database (`accounts.events`) is the memory of the portal; these lines are for the collector that
watches it. What a stranger typed is not logged, because it may be a password in the wrong field.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from django.http import HttpRequest

from accounts.logs.callers import caller_of

logger = logging.getLogger("security")


class Name(StrEnum):
    """Every name of an event."""

    SIGN_IN = "authn_login_success"
    SIGN_IN_FAILED = "authn_login_fail"
    PROVED_AGAIN = "authn_reauthentication_success"
    PROVED_AGAIN_FAILED = "authn_reauthentication_fail"
    SIGN_OUT = "authn_logout"
    PASSWORD_CHANGED = "authn_password_change"  # noqa: S105
    TOKEN_ISSUED = "authn_token_created"  # noqa: S105
    TOKEN_REFUSED = "authn_token_refused"  # noqa: S105
    TOKEN_REVOKED = "authn_token_revoked"  # noqa: S105
    PERMISSIONS_CHANGED = "privilege_permissions_changed"
    REFUSED = "authz_fail"
    LIMIT_EXCEEDED = "excess_rate_limit_exceeded"
    USER_CREATED = "user_created"
    USER_UPDATED = "user_updated"
    SENSITIVE_CREATED = "sensitive_create"
    SENSITIVE_UPDATED = "sensitive_update"
    SENSITIVE_DELETED = "sensitive_delete"


FAILURES = frozenset(
    {Name.SIGN_IN_FAILED, Name.PROVED_AGAIN_FAILED, Name.TOKEN_REFUSED, Name.REFUSED, Name.LIMIT_EXCEEDED}
)
"""Logged as warnings."""

RECORDED = {
    "user:created": Name.USER_CREATED,
    "member:invited": Name.PERMISSIONS_CHANGED,
    "project:created": Name.SENSITIVE_CREATED,
    "client:created": Name.SENSITIVE_CREATED,
    "client:disabled": Name.SENSITIVE_DELETED,
    "deploy-key:created": Name.SENSITIVE_CREATED,
    "deploy-key:removed": Name.SENSITIVE_DELETED,
    "webhook:created": Name.SENSITIVE_CREATED,
    "webhook:removed": Name.SENSITIVE_DELETED,
    "project:handed-over": Name.PERMISSIONS_CHANGED,
}
"""Events of the event log that are logged under another name than that of their noun."""

NOUNS = {
    "user": Name.USER_UPDATED,
    "member": Name.PERMISSIONS_CHANGED,
    "project": Name.SENSITIVE_UPDATED,
    "client": Name.SENSITIVE_UPDATED,
    "deploy-key": Name.SENSITIVE_UPDATED,
    "webhook": Name.SENSITIVE_UPDATED,
}
"""The nouns of the event log whose every event is logged."""

DETAILS = ("role", "from", "to", "scopes")
"""What is logged of an event's details, when it is no address."""


NO_FACTS: Mapping[str, str] = MappingProxyType({})


def name_of(event: str) -> Name | None:
    """Return the name for an event of the event log, None for one that does not matter for security."""
    return RECORDED.get(event) or NOUNS.get(event.partition(":")[0])


def note(name: Name, facts: Mapping[str, str] = NO_FACTS, *, request: HttpRequest | None = None) -> None:
    """Log an event: who caused it, by ids, and `facts` about it, which hold no secret and no text of a stranger."""
    all_facts = {"event": name.value, **caller_of(request), **facts}
    words = " ".join(f"{key}={value}" for key, value in all_facts.items() if key != "event")
    level = logging.WARNING if name in FAILURES else logging.INFO
    logger.log(level, "%s %s", name.value, words, extra={"facts": all_facts})


def shown(details: Mapping[str, object]) -> dict[str, str]:
    """Return what is logged of an event's details: roles and scopes."""
    found = {name: details[name] for name in DETAILS if details.get(name)}
    texts = {name: " ".join(value) if isinstance(value, list) else str(value) for name, value in found.items()}
    return {name: text for name, text in texts.items() if "@" not in text}
