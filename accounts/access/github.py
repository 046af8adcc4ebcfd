"""Signing in with GitHub: its answers are read with suspicion, and without an OAuth app there are no such pages."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialApp, SocialLogin, SocialToken
from allauth.socialaccount.providers.base import ProviderException
from allauth.socialaccount.providers.github.views import GitHubOAuth2Adapter
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView, OAuth2LoginView
from django.http import Http404, HttpRequest, HttpResponse

from accounts import naming
from accounts.models import User

log = logging.getLogger(__name__)

View = Callable[[HttpRequest], HttpResponse]


class SocialAccountAdapter(DefaultSocialAccountAdapter):
    """Takes a new person's name over, and says in the log why signing in through another site failed."""

    def populate_user(self, request: HttpRequest, sociallogin: SocialLogin, data: Mapping[str, Any]) -> User:
        """Give a new person the name that the other site knows, or their login there; they change it themselves."""
        user: User = super().populate_user(request, sociallogin, data)
        user.name = _presentable(data.get("name")) or _presentable(data.get("username"))
        return user

    def on_authentication_error(
        self,
        request: HttpRequest,
        provider: Any,
        error: Any = None,
        exception: Exception | None = None,
        extra_context: dict[str, Any] | None = None,
    ) -> None:
        """Log the kind of failure only: the library's texts quote the answer, which may hold a token."""
        # An answer with a wrong state, and a person who said no, come without an exception.
        if exception is not None:
            log.warning("Signing in through another site failed: %s.", type(exception).__name__)


class GitHubAdapter(GitHubOAuth2Adapter):
    """GitHub's answers become a login, or a ProviderException, which the library shows as a page."""

    def get_access_token_data(self, *args: Any, **kwargs: Any) -> Any:
        """Return GitHub's answer to the code."""
        with _readable():
            return super().get_access_token_data(*args, **kwargs)

    def parse_token(self, data: Any) -> SocialToken:
        """Return the token in GitHub's answer."""
        with _readable():
            return super().parse_token(data)

    def complete_login(self, request: HttpRequest, app: Any, token: SocialToken, **kwargs: Any) -> SocialLogin:
        """Return who GitHub says this is."""
        with _readable():
            login = super().complete_login(request, app, token, **kwargs)
            _storable(login.account.extra_data)
        # The library writes any id as text: everybody without one would share the account "None".
        if not login.account.uid.isdecimal():
            raise ProviderException("GitHub's answer names nobody.")
        return login


def _presentable(text: object) -> str:
    """Return a foreign name as one line that the field holds, without signs that nobody sees."""
    if not isinstance(text, str):
        return ""
    visible = "".join(sign for sign in " ".join(text.split()) if sign.isprintable())
    name = visible.strip()[: User._meta.get_field("name").max_length].strip()
    return "" if naming.problem_of(name) else name


def _storable(answer: Mapping[str, object]) -> None:
    """Raise ValueError for texts that no database can store, however deep they stand."""
    text = json.dumps(answer, ensure_ascii=False)
    text.encode()
    # Without the backslashes that stand for themselves, what is left of them are escapes.
    if "\\u0000" in text.replace("\\\\", ""):
        raise ValueError("A text holds a NUL.")


@contextmanager
def _readable() -> Iterator[None]:
    """Turn an answer of another form than GitHub documents into a ProviderException."""
    try:
        yield
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ProviderException("GitHub's answer cannot be read.") from error


def _configured(view: View) -> View:
    def handle(request: HttpRequest) -> HttpResponse:
        try:
            return view(request)
        except SocialApp.DoesNotExist:
            raise Http404("Signing in with GitHub is not configured.") from None

    return handle


login = _configured(OAuth2LoginView.adapter_view(GitHubAdapter))
callback = _configured(OAuth2CallbackView.adapter_view(GitHubAdapter))
