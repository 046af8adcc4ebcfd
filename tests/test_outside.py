"""Every test fails whose requests reach for another machine, in whatever way."""

from __future__ import annotations

import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.core.mail import EmailMessage, get_connection, send_mail
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import clear_url_caches, path
from pytest_django.live_server_helper import LiveServer

from connectors.runs import engine
from tests import outside, repositories
from validator.source import git

pytestmark = pytest.mark.security


def runs_git(address: str) -> None:
    git.probe(repositories.URL, settings=engine.settings_of_portal())


def sends_by_smtp(address: str) -> None:
    port = int(address.rstrip("/").rpartition(":")[2])
    server = get_connection("django.core.mail.backends.smtp.EmailBackend", host="127.0.0.1", port=port, timeout=1)
    server.send_messages([EmailMessage("Hello", "Hello", to=["a@example.com"])])


def sends_a_mail(address: str) -> None:
    send_mail("Hello", "Hello", None, ["a@example.com"])


def uses_httpx(address: str) -> None:
    httpx.get(address, timeout=1)


def looks_a_name_up(address: str) -> None:
    httpx.get("http://receiver.example/", timeout=1)


def starts_a_process(address: str) -> None:
    subprocess.run(["true"], check=True)


def leaves_it_to_a_thread(address: str) -> None:
    thread = threading.Thread(target=suppressed(uses_httpx), args=(address,))
    thread.start()
    thread.join()


def suppressed(act: Callable[[str], None]) -> Callable[[str], None]:
    """Return the same, by somebody who handles every error."""

    def acts(address: str) -> None:
        with suppress(Exception, AssertionError):
            act(address)

    return acts


WAYS = [runs_git, sends_by_smtp, sends_a_mail, uses_httpx, looks_a_name_up, starts_a_process, leaves_it_to_a_thread]
ways = pytest.mark.parametrize("way", WAYS)
urlpatterns: list[Any] = []


@pytest.fixture
def host(settings: Any, tmp_path: Path) -> Iterator[str]:
    """A server that accepts and never answers, where all repositories are."""
    settings.CHECKOUT_DIR = tmp_path
    with repositories.silent_server() as address:
        settings.GIT_URL_REWRITES = {"https://github.com/": address}
        yield address


@pytest.fixture
def shown(settings: Any, host: str) -> Callable[[Callable[[str], None]], None]:
    """Give the portal a page at / that acts so before it answers."""
    settings.ROOT_URLCONF = __name__
    settings.MIDDLEWARE = []

    def show(act: Callable[[str], None]) -> None:
        def page(request: HttpRequest) -> HttpResponse:
            act(host)
            return HttpResponse("Done.")

        urlpatterns[:] = [path("", page)]
        clear_url_caches()

    return show


@ways
def test_a_view_that_reaches_for_the_outside_fails_its_test(
    client: Client, shown: Callable[..., None], way: Callable[[str], None]
) -> None:
    shown(way)

    with suppress(AssertionError):
        client.get("/")

    with pytest.raises(AssertionError, match="a request reached for the outside"):
        outside.check()


@ways
def test_a_view_that_swallows_the_refusal_fails_its_test_too(
    client: Client, shown: Callable[..., None], way: Callable[[str], None]
) -> None:
    shown(suppressed(way))

    assert client.get("/").content == b"Done."

    with pytest.raises(AssertionError, match="a request reached for the outside"):
        outside.check()


@pytest.mark.parametrize("way", [runs_git, sends_by_smtp, uses_httpx])
def test_the_server_of_browsers_is_watched_as_well(
    live_server: LiveServer, shown: Callable[..., None], way: Callable[[str], None]
) -> None:
    shown(suppressed(way))

    assert httpx.get(live_server.url).text == "Done."

    with pytest.raises(AssertionError, match="a request reached for the outside"):
        outside.check()


def test_what_a_test_does_itself_is_its_own_business(client: Client, shown: Callable[..., None], host: str) -> None:
    shown(lambda address: None)

    assert client.get("/").content == b"Done."
    starts_a_process(host)
    sends_a_mail(host)

    outside.check()


def test_one_address_can_be_let_through(client: Client, shown: Callable[..., None], host: str) -> None:
    port = int(host.rstrip("/").rpartition(":")[2])
    shown(lambda address: socket.create_connection(("127.0.0.1", port)).close())

    with outside.allowed("127.0.0.1", port):
        assert client.get("/").content == b"Done."

    outside.check()
