"""Commit statuses on GitHub."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from accounts import events
from accounts.models import Event
from certification.decisions import failure
from certification.desk import claims
from certification.notifications.channels import commit_status
from tests import factory
from tests.certification.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def github(settings: Any) -> Iterator[list[tuple[str, str, dict[str, str]]]]:
    """A server in the place of GitHub's API; returns what it was asked (path, token, body)."""
    asked: list[tuple[str, str, dict[str, str]]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            asked.append((self.path, self.headers["Authorization"], body))
            self.send_response(404 if "/missing/" in self.path else 201)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *args: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    settings.GITHUB_API_URL = f"http://127.0.0.1:{server.server_address[1]}"
    settings.GITHUB_STATUS_TOKEN = "token-of-the-test"
    yield asked
    server.shutdown()
    server.server_close()


def failed(world: World) -> Event:
    row = world.submitted()
    claims.start(row.pk, by=world.person("Rita"))
    failure.fail(row.pk, by=world.person("Rita"), reason="quality", message="No tests.")
    return Event.objects.get(name="certification:failed")


def test_a_decision_sets_the_status_of_the_pinned_commit(
    world: World, github: list[tuple[str, str, dict[str, str]]]
) -> None:
    event = failed(world)

    assert commit_status.post(event.pk) == "set"

    ((path, token, body),) = github
    assert path == f"/repos/acme/payments/statuses/{event.commit}"
    assert token == "Bearer token-of-the-test"
    assert (body["state"], body["context"]) == ("failure", "connector-certification")
    assert body["target_url"].endswith(event.subject_id)
    assert "Rita" not in str(body)


@pytest.mark.parametrize(("state", "status"), [("failed", "failure"), ("errored", "error")])
def test_a_fault_of_ours_is_an_error_and_no_failure(
    world: World, github: list[tuple[str, str, dict[str, str]]], state: str, status: str
) -> None:
    row = world.submitted()
    event = events.record(
        "connector:rejected",
        by=factory.WORKER,
        subject_type="connector",
        subject_id=row.pk,
        commit=factory.COMMIT,
        details={"state": state},
    )

    assert commit_status.post(event.pk) == "set"

    ((_, _, body),) = github
    assert body["state"] == status
    assert ("fault on our side" in body["description"]) is (state == "errored")


def test_without_a_token_nobody_is_asked(world: World, settings: Any) -> None:
    event = failed(world)

    assert not commit_status.applies(event)
    assert commit_status.post(event.pk) == "nothing to do"


def test_a_refusal_is_an_answer_and_no_error(
    world: World, github: list[tuple[str, str, dict[str, str]]], settings: Any
) -> None:
    settings.GITHUB_API_URL += "/missing"
    event = failed(world)

    assert commit_status.post(event.pk) == "refused with 404"
