"""Ask somebody to prove again who they are, before what opens an account or a Project to somebody else.

A borrowed session is not an account. Views bear `required`; the library's pages are in `LIBRARY`; in the admin every
change asks. Signing in is a proof, and so is each confirmation on the library's pages or at GitHub. The request that
was asked about waits in the session meanwhile, and goes on afterwards as it was sent.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from time import time
from typing import Any, TypeVar, cast
from urllib.parse import urlencode

from allauth.account import app_settings as account_settings
from allauth.account.adapter import get_adapter
from allauth.account.signals import authentication_step_completed
from allauth.core.exceptions import ReauthenticationRequired
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.signals import user_logged_in
from django.contrib.auth.views import redirect_to_login
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, resolve_url
from django.urls import ResolverMatch, resolve
from django.utils.crypto import get_random_string
from django.views.decorators.cache import never_cache

GetResponse = Callable[[HttpRequest], HttpResponse]
View = TypeVar("View", bound=Callable[..., HttpResponseBase])

PROVED_AT = "proved_at"
"""The session's key of the moment of the last proof, in seconds."""

WAITS = "waits_for_a_proof"
"""The session's key of the form that waits."""

LONGEST_WAIT = 600
"""Seconds for which a request waits for its proof."""

LARGEST_WAIT = 100_000
"""Characters of a form that waits; a larger one has to be sent again."""

ASKS = "asks_for_a_proof"

WHOLE_PAGES = frozenset(
    {"account_change_password", "account_set_password", "mfa_view_recovery_codes", "mfa_download_recovery_codes"}
)
"""The library's pages with passwords and codes: they ask before they are shown, and nothing typed there is kept."""

LIBRARY = WHOLE_PAGES | {
    "account_email",
    "mfa_activate_totp",
    "mfa_deactivate_totp",
    "mfa_generate_recovery_codes",
    "mfa_add_webauthn",
    "mfa_edit_webauthn",
    "mfa_remove_webauthn",
    "socialaccount_connections",
}
"""The library's pages that change how somebody gets in."""

CONNECT = ("github_login", "connect")
"""The page and the process that connect an account of another site."""

NO_WAY = (
    "Your account has no password and no second factor to confirm with. Choose a password first, then sign in with it."
)


def required(view: View) -> View:
    """Let a view's POST pass only shortly after a proof; the middleware below asks for one."""

    @wraps(view)
    def marked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return view(request, *args, **kwargs)

    setattr(marked, ASKS, True)
    return cast(View, marked)


def is_recent(request: HttpRequest) -> bool:
    """Return whether the last proof in this session is recent enough (`ACCOUNT_REAUTHENTICATION_TIMEOUT`)."""
    age = time() - float(request.session.get(PROVED_AT, 0))
    return age < int(account_settings.REAUTHENTICATION_TIMEOUT)


@receiver(user_logged_in)
def remember_sign_in(request: HttpRequest, **_: Any) -> None:
    """Count signing in as a proof."""
    request.session[PROVED_AT] = time()


@receiver(authentication_step_completed)
def remember_proof(request: HttpRequest, *, reauthenticated: bool = False, **_: Any) -> None:
    """Count a confirmation as a proof; the steps of signing in count when they are complete."""
    if reauthenticated:
        request.session[PROVED_AT] = time()


class Proofs:
    """Middleware that asks for a proof where one is needed, and where the library finds that one is."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Callable[..., HttpResponseBase], *_: Any) -> HttpResponse | None:
        """Ask before the view, which has then changed nothing."""
        if not asks(request, view) or not request.user.is_authenticated or is_recent(request):
            return None
        return ask(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Ask where the library does."""
        return ask(request) if isinstance(exception, ReauthenticationRequired) else None


def asks(request: HttpRequest, view: Callable[..., HttpResponseBase]) -> bool:
    """Return whether a request to this view needs a recent proof."""
    match = request.resolver_match
    if match is None or (request.method != "POST" and match.view_name not in WHOLE_PAGES):
        return False
    if hasattr(view, ASKS) or match.view_name in LIBRARY or _is_change_in_admin(match):
        return True
    return (match.view_name, request.GET.get("process")) == CONNECT


def _is_change_in_admin(match: ResolverMatch) -> bool:
    return match.namespace == "admin" and match.url_name not in {"login", "logout"}


def ask(request: HttpRequest, *, here: str = "") -> HttpResponse:
    """Keep what was sent, and return the redirect to the first way of proving who one is; from there it goes on.

    `here` is the page to return to where it is not that of the request.
    """
    if not request.user.is_authenticated:
        return redirect_to_login(here or request.get_full_path())
    then = here or _keep(request)
    ways = get_adapter().get_reauthentication_methods(request.user)
    if not ways:
        messages.warning(request, NO_WAY)
    target = f"{ways[0]['url'] if ways else resolve_url('account_reset_password')}?{urlencode({'next': then})}"
    if "HX-Request" in request.headers:
        return HttpResponse(headers={"HX-Redirect": target})
    return redirect(target)


def _keep(request: HttpRequest) -> str:
    """Keep a form in the session; return the address at which it goes on, or that of the page."""
    here, sent, match = request.get_full_path(), request.POST.urlencode(), request.resolver_match
    request.session.pop(WAITS, None)
    if request.method != "POST" or match is None or match.view_name in WHOLE_PAGES or request.FILES:
        return here
    if len(sent) > LARGEST_WAIT:
        return here
    key = get_random_string(16)
    request.session[WAITS] = {
        "key": key,
        "here": here,
        "path": request.path_info,
        "query": request.GET.urlencode(),
        "sent": sent,
        "at": time(),
    }
    return f"{resolve_url('go_on')}?{urlencode({'key': key})}"


@login_required
@never_cache
def go_on(request: HttpRequest) -> HttpResponseBase:
    """Answer the form that waited, after a proof, as if it came now; it passed the check of its token before.

    The key, which only the one who was asked has, keeps others from sending it. Where the form is refused, the page
    shows it here as it was typed, and what is then sent to this address goes the same way.
    """
    waits = request.session.get(WAITS)
    if waits is None or waits["key"] != request.GET.get("key"):
        return redirect("home")
    if not is_recent(request) or time() - waits["at"] > LONGEST_WAIT:
        return redirect(waits["here"])
    del request.session[WAITS]
    answer = _answered(request, waits)
    if not 300 <= answer.status_code < 400:
        request.session[WAITS] = {**waits, "at": time()}
    return answer


def _answered(request: HttpRequest, waits: Mapping[str, Any]) -> HttpResponseBase:
    if request.method != "POST":
        request.method, request.POST = "POST", QueryDict(waits["sent"])  # type: ignore[assignment]
    request.path, request.path_info = waits["here"].partition("?")[0], waits["path"]
    request.GET = QueryDict(waits["query"])  # type: ignore[assignment]
    request.resolver_match = match = resolve(waits["path"])
    answer: HttpResponseBase = match.func(request, *match.args, **match.kwargs)
    return answer
