"""A server on this machine in GitHub's place, for signing in."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from allauth.socialaccount.providers.github.views import GitHubOAuth2Adapter

from tests import outside

ADDRESS = "octo@example.com"


class GitHub:
    """GitHub's three answers, as bytes with a type and a status, and what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []
        self.before: Callable[[], object] = lambda: None
        self.trickle: threading.Event | None = None
        self.answers: dict[str, tuple[int, str | None, bytes]] = {}
        self.answer("/token", {"access_token": "gho_test", "token_type": "bearer", "scope": "user:email"})
        self.answer("/user", {"id": 583231, "login": "octo", "name": "Octo Cat", "email": None})
        self.answer("/emails", [{"email": ADDRESS, "primary": True, "verified": True}])

    def answer(self, path: str, body: Any, *, status: int = 200, kind: str | None = "application/json") -> None:
        """Set the answer for this path."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.answers[path] = (status, kind, content)


@pytest.fixture
def github(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[GitHub]:
    """A server in GitHub's place, and the portal configured to sign in with it."""
    fake = GitHub()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(self.headers.get("Authorization", ""))

        def do_POST(self) -> None:
            self._answer(self.rfile.read(int(self.headers["Content-Length"])).decode())

        def _answer(self, told: str) -> None:
            fake.asked.append((self.path, told))
            fake.before()
            status, kind, content = fake.answers[self.path]
            self.send_response(status)
            if kind:
                self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            while fake.trickle is not None and not fake.trickle.wait(0.1):
                self.wfile.write(b" ")
            self.wfile.write(content)

        def log_message(self, *args: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_address[1]}"
    monkeypatch.setattr(GitHubOAuth2Adapter, "access_token_url", f"{address}/token")
    monkeypatch.setattr(GitHubOAuth2Adapter, "profile_url", f"{address}/user")
    monkeypatch.setattr(GitHubOAuth2Adapter, "emails_url", f"{address}/emails")
    settings.SOCIALACCOUNT_PROVIDERS = {
        "github": {**settings.GITHUB_LOGIN, "APPS": [{"client_id": "portal", "secret": "hush"}]}
    }
    with outside.allowed("127.0.0.1", server.server_address[1]):
        yield fake
    server.shutdown()
    server.server_close()
