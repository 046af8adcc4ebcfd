"""Adapt django-allauth to the portal."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from allauth.core import context
from allauth.core.exceptions import ImmediateHttpResponse, ReauthenticationRequired
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.usersessions.adapter import DefaultUserSessionsAdapter
from allauth.usersessions.models import UserSession
from django.contrib.auth.models import AnonymousUser
from django.contrib.sites.shortcuts import get_current_site
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from accounts import sealing
from accounts.access import allauth_rate_limits, known_browsers, second_factor
from accounts.factors import second_factors
from accounts.limits import counting
from accounts.limits.table import MAILS
from accounts.mail import account_mails, outbox
from accounts.models import User
from accounts.sessions import github_proof, history, proofs

logger = logging.getLogger(__name__)

PURPOSE = "second factor"
LONGEST_BROWSER = 200
"""How many characters of a browser's user agent are shown in a mail."""


class AccountAdapter(DefaultAccountAdapter):
    """Sign-up is open; a caller's IP address is taken from the connection when no proxy is trusted.

    The mails are ours (`accounts.mail.account_mails`), selected by the library's template names.
    """

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "too_many_login_attempts": "Too many wrong codes. Wait five minutes, then try again; nothing is locked.",
    }

    def get_client_ip(self, request: HttpRequest) -> str:
        """Return the caller's address, or an empty string where there is none (a unit test, a Unix socket)."""
        try:
            return str(super().get_client_ip(request))
        except PermissionDenied:
            return ""

    def send_mail(self, template_prefix: str, email: str, context: Mapping[str, Any]) -> None:
        """Queue a mail about an account for the worker.

        Anyone who knows an address can trigger these mails, so only a few of a kind are sent per hour. The page looks
        the same either way, so that it reveals nothing about another person's account.
        """
        address = hashlib.sha256(email.strip().lower().encode()).hexdigest()
        if not counting.count(MAILS, of=f"{template_prefix}:{address}", told=False):
            logger.warning("A mail was not sent, because its address has reached the limit: %s", template_prefix)
            return
        told = {"request": self.request, "email": email, "current_site": get_current_site(self.request), **context}
        outbox.post(self.render_mail(template_prefix, email, told))

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Count an attempt to sign in with a password; too many are answered like any other rate limit.

        Somebody who is signed in and confirms their password is counted by the page, for themselves: strangers who
        guess must not keep them from it.
        """
        user = getattr(request, "user", None)
        if user is not None and user.is_authenticated and user.email == credentials.get("email"):
            self._login_failed_rl_usage = None
            return
        try:
            super().pre_authenticate(request, **credentials)
        except ValidationError as error:
            answer = allauth_rate_limits.refuse(request, action=allauth_rate_limits.FAILED_LOGIN)
            raise ImmediateHttpResponse(answer) from error

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """Return what attempts are counted by: the account. The library adds the host name, which callers choose."""
        return str(credentials.get("email", credentials.get("username", ""))).strip().lower()

    def is_reauthentication_required(self, *, app: str, **more: Any) -> bool:
        """Ask by the portal's rule (`proofs`) on every page of the library that can ask.

        Its own rule counts accounts with neither password nor second factor as proved; raising leaves it out.
        """
        if not proofs.is_recent(self.request):
            raise ReauthenticationRequired
        return False

    def get_reauthentication_methods(self, user: User | AnonymousUser) -> list[dict[str, Any]]:
        """Return the ways to prove who one is; those who have no other do it at GitHub, where they sign in."""
        ways: list[dict[str, Any]] = super().get_reauthentication_methods(user)
        return ways or github_proof.ways(user)

    def login(self, request: HttpRequest, user: User) -> None:
        """Sign somebody in, and notify them of a new browser, except at the very first sign-in."""
        if user.last_login is not None and not known_browsers.knows(request, user):
            self.send_notification_mail(account_mails.NEW_BROWSER, user)
            history.record(user, "new-browser")
        super().login(request, user)

    def post_login(self, request: HttpRequest, user: User, **how: Any) -> HttpResponse:
        """Return the response to a sign-in, with the cookie that marks the browser as known."""
        response: HttpResponse = super().post_login(request, user, **how)
        known_browsers.remember(request, response, user)
        return response

    def render_mail(self, template_prefix: str, email: str, context: Mapping[str, Any]) -> EmailMultiAlternatives:
        """Return the mail for the library's template name."""
        return account_mails.compose(template_prefix, to=email, told=_told(context))

    def send_notification_mail(
        self, template_prefix: str, user: User, context: Mapping[str, Any] | None = None, email: str | None = None
    ) -> None:
        """Notify somebody of a change in their account, after the commit, by the worker."""
        to = email or EmailAddress.objects.get_primary_email(user)
        told = _told({"user": user, **(context or {})})
        facts = [
            ["When", f"{timezone.now():%Y-%m-%d %H:%M} UTC"],
            ["From", self.get_client_ip(self.request) or "an unknown address"],
            ["With", self.get_http_user_agent(self.request)[:LONGEST_BROWSER]],
        ]
        transaction.on_commit(partial(account_mails.send_notice.enqueue, template_prefix, to, told, facts))


def _told(context: Mapping[str, Any]) -> dict[str, str]:
    """Return the library's context for a mail as strings: values, the account, and the identity provider."""
    told = {name: value for name, value in context.items() if isinstance(value, str)}
    if user := context.get("user"):
        told["account"] = user.email
    if provider := context.get("provider"):
        login = context["account"].extra_data.get("login")
        told |= {
            "provider": provider.name,
            "provider_account": f"The {provider.name} account {login}" if login else f"A {provider.name} account",
        }
    return told


class UserSessionsAdapter(DefaultUserSessionsAdapter):
    """Sessions of a person; that they were ended is a security event."""

    def end_sessions(self, sessions: Iterable[UserSession]) -> None:
        """End these sessions of the person who is signed in."""
        ended = list(sessions)
        super().end_sessions(ended)
        if ended:
            history.record(context.request.user, "signed-out-others")


class MfaAdapter(DefaultMFAAdapter):
    """Second factors: their secrets are encrypted, and people who need one cannot remove the last one."""

    def encrypt(self, text: str) -> str:
        """Return a secret as it is stored."""
        return sealing.seal(text, purpose=PURPOSE)

    def decrypt(self, encrypted_text: str) -> str:
        """Return a stored secret."""
        return sealing.unseal(encrypted_text, purpose=PURPOSE)

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        """Refuse to remove the last second factor of somebody whose role needs one."""
        user = authenticator.user
        if authenticator.type not in second_factors.FACTORS or not second_factor.needed_by(user):
            return True
        return second_factors.has_one(user, but=authenticator)
