"""A caller of the API as clients are: over HTTP, with a bearer token, and every answer compared with the contract."""

from __future__ import annotations

import base64
import json
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.test import Client

from accounts.projects.clients import Credentials
from tests import contract

FORM = "application/x-www-form-urlencoded"


class Answer:
    """What came back: status, headers, and the JSON value."""

    def __init__(self, response: HttpResponse) -> None:
        self.status = response.status_code
        self.headers = response.headers
        self.text = response.content.decode()
        self.json: Any = json.loads(self.text) if self.text else None

    @property
    def codes(self) -> list[str]:
        """The codes of the error envelope."""
        return [error["code"] for error in self.json["errors"]]

    @property
    def problems(self) -> list[str]:
        """The detailed messages of the error envelope."""
        return [error["detailedErrorMessage"] for error in self.json["errors"]]


class Api:
    """Calls with the token of an API client, or with none."""

    def __init__(self, token: str | None = None, **headers: str) -> None:
        self.token = token
        self.headers = headers
        # The checks that a real browser request would pass or fail are on: no view may rely on a test's leniency.
        self.client = Client(enforce_csrf_checks=True, raise_request_exception=False)

    def get(self, path: str, *query: tuple[str, Any], **headers: str) -> Answer:
        """Send GET; `query` are pairs, so that a name can stand twice."""
        return self.send("GET", f"{path}?{urlencode(query)}" if query else path, **headers)

    def post(self, path: str, body: object, **headers: str) -> Answer:
        """Send POST with a JSON body."""
        return self.send("POST", path, json.dumps(body).encode(), **headers)

    def delete(self, path: str, *query: tuple[str, Any]) -> Answer:
        """Send DELETE."""
        return self.send("DELETE", f"{path}?{urlencode(query)}" if query else path)

    def send(
        self, method: str, path: str, body: bytes = b"", *, content_type: str = "application/json", **headers: str
    ) -> Answer:
        """Send anything, and compare the answer with the schema of what was asked."""
        sent = {**({"Authorization": f"Bearer {self.token}"} if self.token else {}), **self.headers, **headers}
        response = self.client.generic(method, path, body, content_type=content_type, headers=sent)
        answer = Answer(response)
        assert response.headers["X-Correlation-ID"]
        if answer.text:
            assert response.headers["Content-Type"] == "application/json", response.headers["Content-Type"]
        if method not in {"HEAD", "OPTIONS"}:
            contract.validate(schema_of(method, path.partition("?")[0], answer.status), answer.json)
        if answer.status >= 400 and answer.text:
            assert answer.json["statusCode"] == answer.status
            assert answer.json["message"] == answer.json["errors"][0]["message"]
            assert set(answer.codes) <= set(known_codes())
        return answer


def schema_of(method: str, path: str, status: int) -> str:
    """Return the schema of an answer."""
    if status >= 400:
        return "ErrorResponse.json"
    if path.startswith("/oauth/"):
        return {"/oauth/token": "TokenResponse.json", "/oauth/introspect": "IntrospectionResponse.json"}[path]
    if path == "/connectors/drafts" and method == "GET":
        return "ConnectorStagedPagedQueryResponse.json"
    if path == "/connectors/search":
        return "ConnectorSearchPagedQueryResponse.json"
    return "ConnectorStaged.json" if path.startswith("/connectors/drafts") else "Connector.json"


def known_codes() -> list[str]:
    """Return the error codes that the contract names."""
    return list(contract.registry().contents(contract.BASE + "ErrorResponse.json")["$defs"]["KnownErrorCode"]["enum"])


def basic(client_id: str, secret: str) -> str:
    """Return the Authorization header of HTTP Basic."""
    return "Basic " + base64.b64encode(f"{client_id}:{secret}".encode()).decode()


def token_request(credentials: Credentials, **fields: str) -> HttpResponse:
    """Ask for a token as the official clients do: Basic, and a form whose colons and spaces are not encoded."""
    form = "&".join(f"{name}={value}" for name, value in {"grant_type": "client_credentials", **fields}.items())
    return Client(enforce_csrf_checks=True).generic(
        "POST",
        "/oauth/token",
        form,
        content_type=FORM,
        headers={"Authorization": basic(credentials.client_id, credentials.client_secret)},
    )


def token(credentials: Credentials, **fields: str) -> str:
    """Return a new access token."""
    answer = Answer(token_request(credentials, **fields))
    contract.validate("TokenResponse.json", answer.json)
    return str(answer.json["access_token"])


def signed_in(credentials: Credentials, **fields: str) -> Api:
    """Return a caller with a new token of this API client."""
    return Api(token(credentials, **fields))
