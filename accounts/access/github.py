"""Sign-in with GitHub: responses are validated, and without an OAuth app its pages do not exist."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialApp, SocialLogin, SocialToken
from allauth.socialaccount.providers.base import ProviderException
from allauth.socialaccount.providers.base.constants import AuthProcess
from allauth.socialaccount.providers.github.views import GitHubOAuth2Adapter
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView, OAuth2LoginView
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import resolve_url

from accounts import naming
from accounts.models import User
from accounts.sessions import github_proof, proofs

log = logging.getLogger(__name__)

View = Callable[[HttpRequest], HttpResponse]


class SocialAccountAdapter(DefaultSocialAccountAdapter):
    """Copies a new person's name, and logs why a sign-in through another site failed."""

    def populate_user(self, request: HttpRequest, sociallogin: SocialLogin, data: Mapping[str, Any]) -> User:
        """Set a new person's name to that on the other site, or to their login there; they can change it later."""
        user: User = super().populate_user(request, sociallogin, data)
        user.name = _presentable(data.get("name")) or _presentable(data.get("username"))
        return user

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """End a round trip here that only proves who somebody is, and one that connects after the proof is old."""
        if github_proof.is_one(sociallogin):
            raise ImmediateHttpResponse(github_proof.complete(request, sociallogin))
        if sociallogin.state.get("process") == AuthProcess.CONNECT and not proofs.is_recent(request):
            raise ImmediateHttpResponse(proofs.ask(request, here=resolve_url("socialaccount_connections")))

    def on_authentication_error(
        self,
        request: HttpRequest,
        provider: Any,
        error: Any = None,
        exception: Exception | None = None,
        extra_context: dict[str, Any] | None = None,
    ) -> None:
        """Log only the kind of failure: the library's messages quote the response, which may contain a token."""
        # A response with a wrong state, and a person who declined, come without an exception.
        if exception is not None:
            log.warning("Sign-in through another site failed: %s.", type(exception).__name__)


class GitHubAdapter(GitHubOAuth2Adapter):
    """Turns GitHub's responses into a login, or a ProviderException, which the library shows as a page."""

    def get_access_token_data(self, *args: Any, **kwargs: Any) -> Any:
        """Return GitHub's response to the authorization code."""
        with _readable():
            return super().get_access_token_data(*args, **kwargs)

    def parse_token(self, data: Any) -> SocialToken:
        """Return the token in GitHub's response."""
        with _readable():
            return super().parse_token(data)

    def complete_login(self, request: HttpRequest, app: Any, token: SocialToken, **kwargs: Any) -> SocialLogin:
        """Return the person that GitHub identified."""
        with _readable():
            login = super().complete_login(request, app, token, **kwargs)
            _storable(login.account.extra_data)
        # The library converts any id to a string: everybody without one would share the account "None".
        if not login.account.uid.isdecimal():
            raise ProviderException("GitHub's response has no user.")
        return login


def _presentable(text: object) -> str:
    """Return an external name as one line that fits the field, without invisible characters."""
    if not isinstance(text, str):
        return ""
    visible = "".join(char for char in " ".join(text.split()) if char.isprintable())
    name = visible.strip()[: User._meta.get_field("name").max_length].strip()
    return "" if naming.problem_of(name) else name


def _storable(answer: Mapping[str, object]) -> None:
    """Raise ValueError for strings that no database can store, at any depth."""
    text = json.dumps(answer, ensure_ascii=False)
    text.encode()
    # Without escaped backslashes, every remaining backslash begins an escape.
    if "\\u0000" in text.replace("\\\\", ""):
        raise ValueError("A string contains a NUL.")


@contextmanager
def _readable() -> Iterator[None]:
    """Raise ProviderException for a response that is not in GitHub's documented format."""
    try:
        yield
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ProviderException("GitHub's response cannot be read.") from error


def _configured(view: View) -> View:
    def handle(request: HttpRequest) -> HttpResponse:
        try:
            return view(request)
        except SocialApp.DoesNotExist:
            raise Http404("Signing in with GitHub is not configured.") from None

    return handle


login = _configured(OAuth2LoginView.adapter_view(GitHubAdapter))
callback = _configured(OAuth2CallbackView.adapter_view(GitHubAdapter))
