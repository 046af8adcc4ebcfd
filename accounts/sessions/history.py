"""The history of an account's security, as its page lists it: what happened, when, from where, and with what.

The libraries and the event log tell; nothing here decides anything. Only an existing account hears of a failed sign-in.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from allauth.account import signals as account
from allauth.account.adapter import get_adapter
from allauth.account.authentication import get_authentication_records
from allauth.core import context
from allauth.mfa import signals as mfa
from allauth.mfa.models import Authenticator
from allauth.socialaccount import signals as social
from django.conf import settings
from django.contrib.auth import signals as auth
from django.db import transaction
from django.db.models import Q
from django.dispatch import Signal, receiver
from django.http import HttpRequest

from accounts.actors import ActorKind
from accounts.models import Event, SecurityEvent, User
from accounts.signals import event_recorded, swept

BY_OPERATOR = "changed-by-operator"
KINDS: Mapping[str, tuple[str, str]] = {
    "signed-in": ("Signed in", "login"),
    "sign-in-failed": ("Sign-in failed", "alert-triangle"),
    "new-browser": ("Signed in with a new browser", "device-laptop"),
    "signed-out-others": ("Signed out of all other sessions", "logout"),
    "proved-again": ("Access confirmed", "shield-check"),
    "proof-failed": ("Confirming access failed", "alert-triangle"),
    "password-changed": ("Password changed", "lock-password"),
    "password-set": ("Password added", "lock-password"),
    "password-reset": ("Password reset", "lock-password"),
    "address-added": ("Email address added", "mail"),
    "address-confirmed": ("Email address confirmed", "mail-check"),
    "address-changed": ("Primary email address changed", "mail"),
    "address-removed": ("Email address removed", "mail"),
    "factor-added": ("Second factor added", "shield-lock"),
    "factor-removed": ("Second factor removed", "shield-off"),
    "factor-reset": ("Recovery codes replaced", "shield-lock"),
    "connected": ("Connection added", "link"),
    "disconnected": ("Connection removed", "unlink"),
    "client:created": ("API client created", "api"),
    "client:rotated": ("Secret of an API client replaced", "api"),
    "client:disabled": ("API client revoked", "api"),
    "deploy-key:created": ("Deploy key created", "key"),
    "deploy-key:removed": ("Deploy key removed", "key"),
    "webhook:created": ("Webhook created", "webhook"),
    "webhook:changed": ("Webhook changed", "webhook"),
    "webhook:rotated": ("Secret of a webhook replaced", "webhook"),
    "webhook:disabled": ("Webhook disabled", "webhook"),
    "webhook:enabled": ("Webhook enabled", "webhook"),
    "webhook:removed": ("Webhook removed", "webhook"),
    "member:invited": ("Member invited", "user-plus"),
    "member:role-changed": ("Role of a member changed", "users"),
    "member:removed": ("Member removed", "users"),
    "member:left": ("Left a Project", "users"),
    BY_OPERATOR: ("Account changed by an operator", "user-search"),
    "project:handed-over": ("Project handed over", "users"),
}
"""Each kind with its words and its icon; those with a colon are events of the event log."""

FACTORS = {"totp": "Authenticator app", "webauthn": "Passkey or security key", "recovery_codes": "Recovery codes"}
METHODS = {"password": "password", "socialaccount": "GitHub", "mfa": "second factor"}
SITES = {"github": "GitHub"}
NOBODY = 0


def record(user: User | int, kind: str, *, what: str = "", project_key: str = "", by_others: bool = False) -> None:
    """Add a row to somebody's history, with the address and the browser of the request that is being answered.

    What others do shows neither: the page does not tell people where operators are.
    """
    request = None if by_others else context.request
    browser = request.headers.get("User-Agent", "") if request else ""
    SecurityEvent.objects.create(
        user_id=user if isinstance(user, int) else user.pk,
        kind=kind,
        what=what[:256],
        project_key=project_key,
        address=get_adapter().get_client_ip(request)[:45] if request else "",
        browser=browser[:200].replace("\0", ""),
    )


@receiver(swept)
def prune(now: datetime, **_: Any) -> None:
    """Delete what is older than the installation keeps it."""
    SecurityEvent.objects.filter(at__lt=now - timedelta(days=settings.SECURITY_EVENTS_DAYS)).delete()


# Signing in


@receiver(auth.user_logged_in)
def signed_in(request: HttpRequest, user: User, **_: Any) -> None:
    """Add a sign-in, and with what."""
    found = [METHODS.get(row["method"], "") for row in get_authentication_records(request, user)]
    record(user, "signed-in", what=" and ".join(dict.fromkeys(filter(None, found))).capitalize())


@receiver(auth.user_login_failed)
def refused(credentials: Mapping[str, Any], request: HttpRequest | None = None, **_: Any) -> None:
    """Add a wrong password to the history of the account that it was tried for; for an unknown address add nothing.

    An unknown address costs the same statements, which are undone, so that the time tells nothing.
    """
    address = str(credentials.get("email") or credentials.get("username") or "").strip().lower()
    known = Q(email=address) | Q(emailaddress__email=address, emailaddress__verified=True)
    user_id = User.objects.filter(known).values_list("pk", flat=True).first() or NOBODY
    again = request is not None and getattr(request, "user", None) is not None and request.user.is_authenticated
    with transaction.atomic():
        record(user_id, "proof-failed" if again else "sign-in-failed", what="Password")
        if user_id == NOBODY:
            transaction.set_rollback(True)


@receiver(mfa.authentication_failed)
def wrong_code(user: User, reauthentication: bool = False, **_: Any) -> None:
    """Add a wrong second factor."""
    record(user, "proof-failed" if reauthentication else "sign-in-failed", what="Second factor")


@receiver(account.authentication_step_completed)
def proved_again(user: User, method: str, reauthenticated: bool = False, **_: Any) -> None:
    """Add a confirmation by somebody who was signed in."""
    if reauthenticated:
        record(user, "proved-again", what=METHODS.get(method, "").capitalize())


# Changes of the account


def listen() -> None:
    """Connect the signals of the libraries that differ only in what they tell."""
    for kind, signal in {
        "password-changed": account.password_changed,
        "password-set": account.password_set,
        "password-reset": account.password_reset,
        "factor-added": mfa.authenticator_added,
        "factor-removed": mfa.authenticator_removed,
        "factor-reset": mfa.authenticator_reset,
        "address-added": account.email_added,
        "address-changed": account.email_changed,
        "address-removed": account.email_removed,
    }.items():
        _connect(signal, kind)


def _connect(signal: Signal, kind: str) -> None:
    def tell(user: User, **told: Any) -> None:
        record(user, kind, what=_subject(told))

    signal.connect(tell, weak=False, dispatch_uid=f"accounts.sessions.history:{kind}")


def _subject(told: Mapping[str, Any]) -> str:
    """Return what a signal is about: a second factor, or an address."""
    factor: Authenticator | None = told.get("authenticator")
    if factor is not None:
        return FACTORS.get(factor.type, "")
    address = told.get("to_email_address") or told.get("email_address")
    return str(address.email) if address is not None else ""


@receiver(account.email_confirmed)
def confirmed(email_address: Any, **_: Any) -> None:
    """Add that an address was confirmed."""
    record(email_address.user, "address-confirmed", what=email_address.email)


@receiver(social.social_account_added)
def connected(sociallogin: Any, **_: Any) -> None:
    """Add a connection."""
    record(sociallogin.user, "connected", what=SITES.get(sociallogin.account.provider, ""))


@receiver(social.social_account_removed)
def disconnected(socialaccount: Any, **_: Any) -> None:
    """Add the end of a connection."""
    record(socialaccount.user, "disconnected", what=SITES.get(socialaccount.provider, ""))


# Changes of Projects


@receiver(event_recorded)
def recorded(event: Event, **_: Any) -> None:
    """Add what a person changed of how others and programs get into a Project."""
    if event.name in KINDS and event.actor_kind == ActorKind.USER:
        record(int(event.actor_id), event.name, what=_named(event), project_key=event.project_key)


@receiver(event_recorded)
def changed_by_operator(event: Event, **_: Any) -> None:
    """Add which fields of somebody's account an operator changed, without their values."""
    if event.subject_type != "user" or event.actor_kind != ActorKind.USER or event.actor_id == event.subject_id:
        return
    if changes := event.details.get("changes"):
        user = User.objects.filter(pk=event.subject_id).first()
        if user is not None:
            record(user, BY_OPERATOR, what=", ".join(changes), by_others=True)


def _named(event: Event) -> str:
    """Return what an event is about. Of a webhook only the host: the rest of its address may be a secret."""
    if event.subject_type == "webhook":
        return urlsplit(event.subject_label).hostname or ""
    if event.subject_type == "client":
        return event.subject_label
    return str(event.details.get("member") or event.details.get("repository") or "")
