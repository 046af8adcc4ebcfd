"""Prove who one is at GitHub: for people who sign in there and have neither a password nor a second factor here.

The round trip is that of signing in, and has to end with a GitHub account that is connected with the person's own.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from allauth.account.signals import authentication_step_completed
from allauth.account.views import BaseReauthenticateView
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.models import SocialAccount, SocialLogin
from allauth.socialaccount.providers.base.constants import AuthProcess
from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from accounts.models import User

PROVIDER = "github"
PROVES = "proves"
"""The key in the state of a round trip that only proves something: the id of the person."""

OTHER = "This GitHub account isn’t connected to your account here. Confirm with the one that you sign in with."


def ways(user: User | AnonymousUser) -> list[dict[str, Any]]:
    """Return the way through GitHub, in the library's form, for somebody who has connected it; else nothing."""
    if PROVIDER not in settings.SOCIALACCOUNT_PROVIDERS or not isinstance(user, User):
        return []
    if not SocialAccount.objects.filter(user=user, provider=PROVIDER).exists():
        return []
    url = reverse("reauthenticate_github")
    return [{"id": "reauthenticate_github", "description": "Confirm with GitHub", "url": url}]


class GitHubProofView(BaseReauthenticateView):  # type: ignore[misc]
    """The page that says why, with the button that leads to GitHub."""

    form_class = forms.Form
    template_name = "account/reauthenticate_github.html"

    def form_valid(self, form: forms.Form) -> HttpResponse:
        """Send the browser to GitHub. The account is selected there, so that one in the background is not enough."""
        provider = get_adapter().get_provider(self.request, PROVIDER)
        proves = {PROVES: str(self.request.user.pk), "auth_params": {"prompt": "select_account"}}
        answer: HttpResponse = provider.redirect(
            self.request, AuthProcess.REDIRECT, next_url=self.get_success_url(), **proves
        )
        return answer


prove = login_required(GitHubProofView.as_view())


def is_one(login: SocialLogin) -> bool:
    """Return whether a round trip only proves who somebody is."""
    return PROVES in (login.state or {})


def complete(request: HttpRequest, login: SocialLogin) -> HttpResponse:
    """Go on after a proof, or ask again when another GitHub account came back."""
    user, url = request.user, login.state.get("next") or reverse("home")
    if not user.is_authenticated or login.state[PROVES] != str(user.pk):
        return redirect(f"{reverse('account_login')}?{urlencode({'next': url})}")
    if not login.is_existing or login.user.pk != user.pk:
        messages.error(request, OTHER)
        return redirect(f"{reverse('reauthenticate_github')}?{urlencode({'next': url})}")
    authentication_step_completed.send(
        sender=User, request=request, user=user, method="socialaccount", reauthenticated=True
    )
    return redirect(url)
