"""The access log."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.utils.functional import SimpleLazyObject

from accounts.logs import access, addresses
from accounts.projects import clients
from tests import api, factory

pytestmark = [pytest.mark.django_db, pytest.mark.security]

SECRET = "the-token-in-the-path"


@pytest.fixture
def facts(caplog: pytest.LogCaptureFixture) -> Callable[[], list[dict[str, Any]]]:
    """Return what tells the facts of every line of the access log."""
    caplog.set_level(logging.INFO, logger="access")
    return lambda: [vars(record)["facts"] for record in caplog.records if record.name == "access"]


def test_a_request_has_one_line_with_its_facts(facts: Any, caplog: pytest.LogCaptureFixture) -> None:
    user = factory.user("ann@portal.example")
    client = Client()
    client.force_login(user)

    client.get("/projects", {"q": SECRET}, REMOTE_ADDR="203.0.113.7")

    (line,) = facts()
    assert line.pop("ms") >= 0
    assert line == {
        "method": "GET",
        "route": "/projects",
        "status": 200,
        "user": str(user.pk),
        "client": "-",
        "address": "203.0.113.7",
    }
    assert SECRET not in caplog.text


def test_a_token_names_its_client(facts: Any) -> None:
    made = clients.create(factory.project(), by=factory.WORKER, scopes=[])

    Client().get("/connectors/drafts", headers={"Authorization": f"Bearer {api.token(made)}"})

    issued, used = facts()
    assert (issued["route"], issued["client"], issued["user"]) == ("/oauth/token", made.client_id, "-")
    assert (used["route"], used["client"], used["user"]) == ("/connectors/drafts", made.client_id, "-")


@pytest.mark.parametrize(
    ("path", "route"),
    [
        (f"/accounts/password/reset/key/1-{SECRET}/", "/accounts/password/reset/key/"),
        (f"/accounts/confirm-email/{SECRET}/", "/accounts/confirm-email/"),
        (f"/invitations/{SECRET}", "/invitations/<"),
        (f"/scans/{SECRET}", "/scans/<"),
        (f"/connectors/drafts/{SECRET}", "/connectors/drafts/<"),
        (f"/nowhere/{SECRET}", "-"),
        (f"/projects?key={SECRET}", "/projects"),
    ],
)
def test_neither_path_nor_query_is_logged(facts: Any, caplog: pytest.LogCaptureFixture, path: str, route: str) -> None:
    Client().get(path)

    assert facts()[0]["route"].startswith(route)
    assert SECRET not in caplog.text


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/static/no-such.css"])
def test_probes_and_static_files_have_none(facts: Any, path: str) -> None:
    Client().get(path)

    assert facts() == []


@pytest.mark.parametrize(
    ("setting", "address", "logged"),
    [
        ("full", "203.0.113.7", "203.0.113.7"),
        ("network", "203.0.113.7", "203.0.113.0/24"),
        ("network", "2001:db8:1:2::3", "2001:db8:1::/48"),
        ("network", "::ffff:203.0.113.7", "203.0.113.0/24"),
        ("none", "203.0.113.7", "-"),
        ("none", "nonsense", "-"),
        ("network", "nonsense", "-"),
    ],
)
def test_an_address_is_as_long_as_the_setting_says(settings: Any, setting: str, address: str, logged: str) -> None:
    settings.LOG_ADDRESS = setting

    assert addresses.shortened(address) == logged


def test_a_session_that_nobody_read_is_not_read_for_the_log(facts: Any) -> None:
    request = RequestFactory().get("/projects")
    request.user = SimpleLazyObject(lambda: pytest.fail("the session was read"))

    access.log(lambda _: HttpResponse())(request)

    assert facts()[0]["user"] == "-"


def test_a_line_costs_little() -> None:
    request = RequestFactory().get("/connectors/drafts")
    logged = access.log(lambda _: HttpResponse())
    handler, logger = logging.NullHandler(), access.logger
    level, propagates = logger.level, logger.propagate
    logger.addHandler(handler)
    logger.propagate = False
    try:
        logger.setLevel(logging.INFO)
        cost = min(_seconds(logged, request) for _ in range(5))
    finally:
        logger.removeHandler(handler)
        logger.propagate = propagates
        logger.setLevel(level)

    assert cost < 0.001


def _seconds(handle: Callable[[HttpRequest], HttpResponse], request: HttpRequest) -> float:
    began = time.process_time()
    for _ in range(200):
        handle(request)
    return (time.process_time() - began) / 200
