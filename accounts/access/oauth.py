"""The token service: client credentials, introspection (RFC 7662) and revocation (RFC 7009) at `/oauth/*`.

django-allauth implements the protocol; this adds what the Connect API needs: its error envelope next to the OAuth
fields, a limit on failed attempts, the Basic challenge of RFC 6749 5.2, and fast hashes for generated secrets.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from typing import Any

from allauth.idp.oidc.adapter import DefaultOIDCAdapter
from allauth.idp.oidc.models import Token
from allauth.idp.oidc.views import IntrospectView, RevokeView, TokenView
from django.contrib.auth.hashers import BasePasswordHasher, mask_hash
from django.core.exceptions import BadRequest, RequestDataTooBig, SuspiciousOperation
from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.csrf import csrf_exempt

from accounts.access import bad_attempts
from accounts.limits import counting
from accounts.limits.table import TOKEN_CHECKS, TOKENS
from accounts.logs import callers, security
from accounts.models import ApiClient
from accounts.requests import envelope
from accounts.requests.nul import NUL

FORM = "application/x-www-form-urlencoded"
BASIC_CHALLENGE = 'Basic realm="connect", charset="UTF-8"'


class Adapter(DefaultOIDCAdapter):
    """Client secrets that need no quoting in a shell, a URL or a form."""

    def generate_client_secret(self) -> str:
        """Return 256 random bits as URL-safe text."""
        return secrets.token_urlsafe(32)


class ApiSecretHasher(BasePasswordHasher):
    """Salted SHA-256, for generated secrets only: a slow hash would not protect 256 random bits any better.

    It is never used for a person's password, because `make_password` uses it only by name.
    """

    algorithm = "apisecret_sha256"

    def encode(self, password: str, salt: str) -> str:
        digest = hashlib.sha256(f"{salt}{password}".encode()).hexdigest()
        return f"{self.algorithm}${salt}${digest}"

    def decode(self, encoded: str) -> dict[str, Any]:
        algorithm, salt, digest = encoded.split("$", 2)
        return {"algorithm": algorithm, "salt": salt, "hash": digest}

    def verify(self, password: str, encoded: str) -> bool:
        return constant_time_compare(encoded, self.encode(password, self.decode(encoded)["salt"]))

    def safe_summary(self, encoded: str) -> Any:
        decoded = self.decode(encoded)
        return {
            "algorithm": decoded["algorithm"],
            "salt": mask_hash(decoded["salt"]),
            "hash": mask_hash(decoded["hash"]),
        }

    def must_update(self, encoded: str) -> bool:
        return False

    def harden_runtime(self, password: str, encoded: str) -> None:
        """Do nothing: there are no rounds to equalize."""


def client_id_of(request: HttpRequest) -> str:
    """Return the client id that the request claims, from Basic authentication or the form; "" when there is none.

    Like the library, a header that has no secret, or cannot be read, counts as none: both have to find the same client.
    """
    scheme, _, value = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
    if scheme.lower() == "basic":
        try:
            client_id, _, secret = base64.b64decode(value).decode().partition(":")
        except ValueError:
            client_id = secret = ""
        if client_id and secret:
            return client_id
    return request.POST.get("client_id", "")


def problem_of(request: HttpRequest) -> HttpResponse | None:
    """Refuse requests before they reach the library: another method or encoding, too much data, NUL, RFC 8707."""
    if request.method != "POST":
        response = refuse(405, "invalid_request", f"{request.method} is not allowed here; use POST.")
        response["Allow"] = "POST"
        return response
    if request.content_type != FORM:
        return refuse(400, "invalid_request", f"Send the parameters as {FORM}.")
    if request.META.get("QUERY_STRING"):
        return refuse(400, "invalid_request", "Send the parameters in the body, not in the URL.")
    try:
        sent = [text for name, values in request.POST.lists() for text in (name, *values)]
    except RequestDataTooBig:
        return refuse(413, "invalid_request", "The request body is too large.")
    except (SuspiciousOperation, BadRequest):
        return refuse(400, "invalid_request", "The request body cannot be read.")
    # No client has a NUL in its id or secret, and the database cannot store one: treat it as wrong credentials.
    credentials = (client_id_of(request), request.POST.get("client_secret", ""))
    if any(NUL in text for text in credentials):
        return refuse(401, "invalid_client", DESCRIPTIONS["invalid_client"])
    if any(NUL in text for text in sent):
        return refuse(400, "invalid_request", "A parameter contains a NUL character.")
    if "resource" in request.POST:
        return refuse(400, "invalid_target", "The parameter `resource` is not supported.")
    return None


def without_empty(sent: QueryDict) -> QueryDict:
    """Return the form without empty parameters, which count as omitted (RFC 6749, 3.2)."""
    kept = QueryDict(mutable=True)
    for name, values in sent.lists():
        if filled := [value for value in values if value]:
            kept.setlist(name, filled)
    return kept


@method_decorator(csrf_exempt, name="dispatch")
class Enveloped(View):
    """Puts every failure of the library's view into the contract's envelope, and counts wrong credentials.

    `limit` counts what one client gets done.
    """

    limit = TOKEN_CHECKS

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Handle a POST with a form body; answer anything else with an error."""
        if problem := problem_of(request):
            return problem
        request.POST = without_empty(request.POST)  # type: ignore[assignment]
        client_id = client_id_of(request)
        if held := bad_attempts.limit_that_holds(request, client_id=client_id, also=self.limit):
            limit, seconds = held
            return refuse(429, "invalid_request", str(counting.refused(limit, seconds=seconds)))
        answer = super().dispatch(request, *args, **kwargs)
        if answer.status_code < 400 or not isinstance(answer, HttpResponse):
            counting.count(self.limit, of=client_id)
            callers.name_client(request, client_id)
            self.succeeded(request, client_id)
            answer["Cache-Control"] = "no-store"
            return answer
        note_refusal(request, client_id, status=answer.status_code)
        if answer.status_code == 401:
            bad_attempts.failed(request, client_id=client_id)
        return wrapped(answer)

    def succeeded(self, request: HttpRequest, client_id: str) -> None:
        """Hook for a successful request; does nothing by default."""


class ConnectTokenView(Enveloped, TokenView):
    """`POST /oauth/token` with `grant_type=client_credentials` and an optional `scope`."""

    limit = TOKENS

    def succeeded(self, request: HttpRequest, client_id: str) -> None:
        """Record when the client was last used, and log the token."""
        security.note(security.Name.TOKEN_ISSUED, request=request)
        ApiClient.objects.filter(client_id=client_id).update(last_used_at=timezone.now())


class ConnectIntrospectView(Enveloped, IntrospectView):
    """`POST /oauth/introspect`: return whether a client's own token is active."""


class ConnectRevokeView(Enveloped, RevokeView):
    """`POST /oauth/token/revoke`: revoke a token; an unknown token counts as success."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Revoke a token of the calling client (RFC 7009 2.1); one of another client counts as unknown."""
        sent = request.POST.copy()
        if Token.objects.by_value(sent.get("token", "")).exclude(client_id=client_id_of(request)).exists():
            sent["token"] = "of-another-client"  # noqa: S105
        request.POST = sent  # type: ignore[assignment]
        return super().post(request, *args, **kwargs)

    def succeeded(self, request: HttpRequest, client_id: str) -> None:
        """Log the end of a token."""
        security.note(security.Name.TOKEN_REVOKED, request=request)


def note_refusal(request: HttpRequest, client_id: str, *, status: int) -> None:
    """Log a refused request, with the id of the client if there is such a one: anything may be sent as an id."""
    is_known = NUL not in client_id and ApiClient.objects.filter(client_id=client_id).exists()
    facts = {"what": str(status), **({"client": client_id} if is_known else {})}
    security.note(security.Name.TOKEN_REFUSED, facts, request=request)


def refuse(status: int, error: str, description: str) -> HttpResponse:
    """Return an OAuth error inside the envelope, which has only the contract's codes."""
    code = error if error in CODES else "invalid_request"
    response = envelope.answer(status, code, description, error=error, error_description=description)
    response["Cache-Control"] = "no-store"
    if status == 401:
        response["WWW-Authenticate"] = BASIC_CHALLENGE
    return response


def wrapped(answer: HttpResponse) -> HttpResponse:
    """Return the library's error response inside the envelope."""
    try:
        content = json.loads(answer.content)
    except ValueError:
        content = {}
    error = str(content.get("error") or "invalid_request")
    description = str(content.get("error_description") or DESCRIPTIONS.get(error) or "The request is not valid.")
    # The library answers 400 to a wrong secret in a form body; RFC 6749 5.2 and the official client expect 401.
    status = 401 if error == "invalid_client" else answer.status_code
    return refuse(status, error, description)


CODES = frozenset({"invalid_client", "invalid_scope", "unsupported_grant_type", "invalid_request"})
DESCRIPTIONS = {
    "invalid_client": "The client id or the secret is wrong, or the client was disabled.",
    "invalid_scope": "The client does not have this scope.",
    "unsupported_grant_type": "Use grant_type=client_credentials.",
    "unauthorized_client": "This client may not use that grant type.",
    "invalid_request": "The request is not valid.",
}
