"""Log what the libraries and the event log tell of sign-ins, passwords, second factors, roles and keys."""

from __future__ import annotations

from typing import Any

from allauth.account import signals as account
from allauth.mfa import signals as mfa
from django.contrib.auth import get_user_model
from django.contrib.auth import signals as auth
from django.dispatch import Signal, receiver
from django.http import HttpRequest

from accounts.logs import security
from accounts.logs.callers import caller_of
from accounts.logs.lines import NOTHING
from accounts.logs.security import Name
from accounts.signals import event_recorded

TOLD: dict[str, tuple[Signal, Name]] = {
    "signed-up": (account.user_signed_up, Name.USER_CREATED),
    "password-changed": (account.password_changed, Name.PASSWORD_CHANGED),
    "password-set": (account.password_set, Name.PASSWORD_CHANGED),
    "password-reset": (account.password_reset, Name.PASSWORD_CHANGED),
    "address-added": (account.email_added, Name.USER_UPDATED),
    "address-changed": (account.email_changed, Name.USER_UPDATED),
    "address-removed": (account.email_removed, Name.USER_UPDATED),
    "factor-added": (mfa.authenticator_added, Name.USER_UPDATED),
    "factor-removed": (mfa.authenticator_removed, Name.USER_UPDATED),
    "factor-reset": (mfa.authenticator_reset, Name.USER_UPDATED),
}
"""Signals of the library that carry a person and a request, with what is logged of each."""


def listen() -> None:
    """Connect the signals that are logged alike."""
    for what, (signal, name) in TOLD.items():
        signal.connect(_teller(what, name), weak=False, dispatch_uid=f"accounts.logs:{what}")


def _teller(what: str, name: Name) -> Any:
    def tell(request: HttpRequest | None = None, user: Any = None, **_: Any) -> None:
        security.note(name, {**_person(user), "what": what}, request=request)

    return tell


@receiver(auth.user_logged_in)
def signed_in(request: HttpRequest | None, user: Any, **_: Any) -> None:
    """Log a sign-in."""
    security.note(Name.SIGN_IN, _person(user), request=request)


@receiver(auth.user_logged_out)
def signed_out(request: HttpRequest | None, user: Any, **_: Any) -> None:
    """Log the end of a session, whatever ended it."""
    if user is not None:
        security.note(Name.SIGN_OUT, _person(user), request=request)


@receiver(auth.user_login_failed)
def refused(credentials: dict[str, Any], request: HttpRequest | None = None, **_: Any) -> None:
    """Log a wrong password, with the person whose address it was tried for, if there is one.

    Somebody who is signed in was asked for it again.
    """
    name = Name.SIGN_IN_FAILED if caller_of(request)["user"] == NOTHING else Name.PROVED_AGAIN_FAILED
    address = credentials.get("email") or credentials.get("username") or ""
    found = get_user_model().objects.filter(email=str(address).strip().lower()).first()
    security.note(name, {**_person(found), "what": "password"}, request=request)


@receiver(mfa.authentication_failed)
def wrong_code(request: HttpRequest, user: Any, reauthentication: bool = False, **_: Any) -> None:
    """Log a wrong second factor."""
    name = Name.PROVED_AGAIN_FAILED if reauthentication else Name.SIGN_IN_FAILED
    security.note(name, {**_person(user), "what": "second-factor"}, request=request)


@receiver(account.authentication_step_completed)
def proved_again(request: HttpRequest, user: Any, method: str, reauthenticated: bool = False, **_: Any) -> None:
    """Log that somebody who was signed in has given a password or a second factor again."""
    if reauthenticated:
        security.note(Name.PROVED_AGAIN, {**_person(user), "what": method}, request=request)


@receiver(event_recorded)
def recorded(event: Any, **_: Any) -> None:
    """Log an event of the event log that matters for security, without names and addresses."""
    name = security.name_of(event.name)
    if name is None:
        return
    facts = {
        **({event.actor_kind: event.actor_id} if event.actor_kind in {"user", "client"} else {}),
        "what": event.name,
        "project": event.project_key or NOTHING,
        "subject": f"{event.subject_type}:{event.subject_id}",
        **security.shown(event.details),
    }
    security.note(name, facts)


def _person(user: Any) -> dict[str, str]:
    return {"user": str(user.pk)} if user is not None and user.pk else {}
