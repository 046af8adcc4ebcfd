"""What every test may use. Sockets reach this machine only, and those of requests not even that."""

from __future__ import annotations

import importlib
import shutil
import socket
from collections.abc import Iterator
from ipaddress import ip_address
from typing import Any

import pytest
from django.apps import apps
from django.core.cache import cache
from django.db import connection
from pytest_django.plugin import DjangoDbBlocker

from tests import log_secrets, outside

MIGRATED = "var/tests/migrated.sqlite3"
COMMITTING = {"transactional_db", "live_server"}
DATABASE_FIXTURES = {"db", "django_db_serialized_rollback", "admin_user", *COMMITTING}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests that use the database, which pytest-django keeps away from all others.

    `-m database` repeats them on another one. A test that starts a portal of its own on it bears the mark itself.
    The longest test comes first, so that no other process waits for it at the end.
    """
    items.sort(key=lambda item: item.path.name != "test_openapi.py")
    for item in items:
        if uses_database(item):
            item.add_marker("database")


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, django_db_modify_db_settings: None
) -> None:
    """Keep SQLite in a file: in memory, threads get a lock error where a real database lets them wait.

    With --reuse-db it begins as a copy of `MIGRATED`, where that is, so that nobody waits for the migrations.
    """
    if connection.vendor == "sqlite":
        file, migrated = tmp_path_factory.mktemp("database") / "test.sqlite3", request.config.rootpath / MIGRATED
        if request.config.getoption("reuse_db") and migrated.exists():
            shutil.copyfile(migrated, file)
        connection.settings_dict["TEST"]["NAME"] = str(file)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    """Take the triggers of the event log away where the test runner empties tables by DELETE (SQLite)."""
    with django_db_blocker.unblock():
        if connection.vendor == "sqlite":
            append_only = importlib.import_module("accounts.migrations.0003_append_only")
            with connection.schema_editor() as editor:
                append_only.drop(None, editor)


@pytest.fixture(scope="session", autouse=True)
def secrets_watched() -> Iterator[None]:
    """Take down every secret that the tests make, and search what is logged for them."""
    patch = pytest.MonkeyPatch()
    log_secrets.watch(patch)
    yield
    patch.undo()


@pytest.fixture(autouse=True)
def no_secret_logged(secrets_watched: None) -> Iterator[None]:
    """Let a test fail that logged a secret."""
    yield
    logged, log_secrets.WATCH.found[:] = [*log_secrets.WATCH.found], []
    assert not logged, "a secret was logged by " + "; ".join(logged)


@pytest.fixture(autouse=True)
def only_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuse connections that leave this machine."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if self.family in {socket.AF_INET, socket.AF_INET6} and not ip_address(address[0]).is_loopback:
            raise AssertionError(f"a test tried to reach {address[0]}")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)


@pytest.fixture(autouse=True, scope="session")
def watched_requests() -> None:
    """Watch what requests reach for."""
    outside.watch()


@pytest.fixture(autouse=True)
def no_request_waits_for_others(watched_requests: None) -> Iterator[None]:
    """Fail a test whose requests reached for another machine, or started a process."""
    outside.refused.clear()
    yield
    outside.check()


@pytest.fixture(autouse=True)
def empty_cache(request: pytest.FixtureRequest, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Forget the counted attempts of a test that commits; those of any other test are rolled back."""
    yield
    if commits(request):
        with django_db_blocker.unblock():
            cache.clear()


@pytest.fixture(autouse=True)
def desk_as_installed(request: pytest.FixtureRequest) -> None:
    """Give each test with a database the desk that migrations set up: a test that commits ends with empty tables."""
    if commits(request):
        request.getfixturevalue("transactional_db")
    elif uses_database(request.node):
        request.getfixturevalue("db")
    else:
        return
    install_desk()


def install_desk() -> None:
    """Set the desk up as migrations do, where nothing of it is left."""
    if not apps.get_model("certification", "Criterion").objects.exists():
        importlib.import_module("certification.migrations.0003_first_desk").create(apps, None)


def commits(request: pytest.FixtureRequest) -> bool:
    """Return whether a test commits what it does."""
    mark = request.node.get_closest_marker("django_db")
    return bool(COMMITTING & set(request.fixturenames)) or bool(mark and mark.kwargs.get("transaction"))


def uses_database(item: pytest.Item) -> bool:
    """Return whether pytest-django lets a test use the database."""
    return bool(item.get_closest_marker("django_db") or DATABASE_FIXTURES & set(getattr(item, "fixturenames", ())))
