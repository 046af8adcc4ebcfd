"""Sign-in with GitHub: responses are validated, and without an OAuth app its pages do not exist.

Exchanging the code is the only time that a request waits for another machine: for `SECONDS` at most in all, and in
`AT_ONCE` requests of a process.
"""

from __future__ import annotations

import json
import logging
import math
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial
from typing import Any

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialApp, SocialLogin, SocialToken
from allauth.socialaccount.providers.base import ProviderException
from allauth.socialaccount.providers.base.constants import AuthProcess
from allauth.socialaccount.providers.github.views import GitHubOAuth2Adapter
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView, OAuth2LoginView
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render, resolve_url

from accounts import naming
from accounts.models import User
from accounts.sessions import github_proof, proofs

log = logging.getLogger(__name__)

View = Callable[[HttpRequest], HttpResponse]

SECONDS = 5.0
AT_ONCE = 2

_places = threading.BoundedSemaphore(AT_ONCE)


class Exchange:
    """One exchange of a code: it holds one of the process's places, and ends in time whatever GitHub does.

    A time limit of the HTTP client starts again with every byte, so each call has a thread, which the request leaves
    behind when its time is over. The place is free when both have ended.
    """

    def __init__(self) -> None:
        self._deadline = time.monotonic() + SECONDS
        self._holders = 1
        self._lock = threading.Lock()

    def call(self, send: Callable[[], Any]) -> Any:
        """Return what `send` returns. Raises what it raises, or ProviderException when the time is over."""
        answer: Future[Any] = Future()
        with self._lock:
            self._holders += 1
        threading.Thread(target=self._run, args=(send, answer), name="github", daemon=True).start()
        try:
            return answer.result(timeout=max(0.0, self._deadline - time.monotonic()))
        except TimeoutError:
            raise ProviderException("GitHub answered too late.") from None

    def leave(self) -> None:
        """Give the place back, unless a call still waits."""
        with self._lock:
            self._holders -= 1
            if not self._holders:
                _places.release()

    def _run(self, send: Callable[[], Any], answer: Future[Any]) -> None:
        try:
            answer.set_result(send())
        except BaseException as error:
            answer.set_exception(error)
        finally:
            self.leave()


_exchange: ContextVar[Exchange] = ContextVar("exchange")


class SocialAccountAdapter(DefaultSocialAccountAdapter):
    """Limits how long another site is waited for, copies a new person's name, and logs why a sign-in failed."""

    def get_requests_session(self) -> Any:
        """Return an HTTP client that waits no longer than what is left of the exchange."""
        session = super().get_requests_session()
        send, exchange = session.request, _exchange.get()
        session.request = lambda *args, **kwargs: exchange.call(partial(send, *args, **kwargs))
        return session

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

    exchange: Exchange | None = None

    def get_access_token_data(self, *args: Any, **kwargs: Any) -> Any:
        """Return GitHub's response to the authorization code; begins the exchange."""
        if not _places.acquire(blocking=False):
            raise ImmediateHttpResponse(_busy(self.request))
        self.exchange = Exchange()
        _exchange.set(self.exchange)
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


class GitHubCallback(OAuth2CallbackView):
    """The page that GitHub leads back to."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Exchange the code and sign in."""
        try:
            answer: HttpResponse = super().dispatch(request, *args, **kwargs)
            return answer
        finally:
            if self.adapter.exchange is not None:
                self.adapter.exchange.leave()


def _busy(request: HttpRequest) -> HttpResponse:
    answer = render(request, "socialaccount/busy.html", status=503)
    answer["Retry-After"] = str(math.ceil(SECONDS))
    return answer


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
callback = _configured(GitHubCallback.adapter_view(GitHubAdapter))
