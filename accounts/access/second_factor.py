"""Require two-factor authentication of everybody with a portal role or access to the admin.

The library asks for the second factor at each sign-in once somebody has one; this makes sure that they have one before
any other page opens.
"""

from __future__ import annotations

from collections.abc import Callable

from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.models import AnonymousUser
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from accounts.factors.second_factors import FACTORS, has_one
from accounts.models import User
from accounts.requests import envelope

OPEN = ("/accounts/", settings.STATIC_URL)
"""The pages for somebody without a second factor: to set one up, and to sign out."""

GetResponse = Callable[[HttpRequest], HttpResponse]


def needed_by(user: User | AnonymousUser) -> bool:
    """Return whether somebody needs two-factor authentication."""
    if not settings.REQUIRE_MFA or not isinstance(user, User):
        return False
    return bool(user.role) or user.is_staff or user.is_superuser


@receiver(authenticator_added)
def end_sessions_without(request: HttpRequest, user: User, authenticator: Authenticator, **more: object) -> None:
    """Sign somebody out everywhere else when they add their first second factor: those sessions began without one.

    Otherwise somebody with only the password, who is already signed in, would stay signed in.
    """
    if authenticator.type not in FACTORS or has_one(user, but=authenticator):
        return
    for session in UserSession.objects.filter(user=user).exclude(session_key=request.session.session_key):
        session.end()


def demand(get_response: GetResponse) -> GetResponse:
    """Redirect people who need a second factor but have none to its setup."""

    def handle(request: HttpRequest) -> HttpResponse:
        if request.path_info.startswith(OPEN) or envelope.is_api(request):
            return get_response(request)
        # Django passes a lazy object; only its attributes may be read.
        user = request.user
        if not user.is_authenticated or not _needs(user) or has_one(user):  # type: ignore[arg-type]
            return get_response(request)
        messages.warning(request, "Your role needs a second factor. Set up an authenticator app or a passkey first.")
        return redirect(reverse("mfa_index"))

    return handle


def _needs(user: object) -> bool:
    wrapped = getattr(user, "_wrapped", user)
    return isinstance(wrapped, User) and needed_by(wrapped)
