"""Every migration goes back and forth over a database in which there is something of everything."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.migrations.loader import MigrationLoader

from accounts.models import Event
from certification.models import Criterion, PreparedAnswer, Round, TimeLimit
from connectors.drafts.rebuild import Wrong, mend
from connectors.models import Connector, ConnectorStaged
from tests import factory
from tests.config import everything

FLOORS = {"accounts": "0004", "connectors": "0002", "certification": "0002"}
"""Down to here a way back keeps the rows; the first migration of each app takes tables of the others along."""

KEPT = (Event, Criterion, PreparedAnswer, TimeLimit, Connector, ConnectorStaged, Round)


@pytest.fixture
def own_database(transactional_db: None) -> Iterator[None]:
    """Give the test a copy of the tests' database, so that a migration that fails leaves the others theirs."""
    theirs = connections[DEFAULT_DB_ALIAS]
    theirs.close()  # SQLite writes what it wrote beside the file into it, and PostgreSQL copies idle ones only.
    theirs.creation.clone_test_db("migrations", verbosity=0)
    own = theirs.copy()
    own.settings_dict["NAME"] = theirs.creation.get_test_db_clone_settings("migrations")["NAME"]
    theirs.close()
    connections[DEFAULT_DB_ALIAS] = own
    yield
    own.close()
    connections[DEFAULT_DB_ALIAS] = theirs
    theirs.creation.destroy_test_db(suffix="migrations", verbosity=0)


def migrations_of(app: str) -> list[str]:
    """Return the names of an app's migrations, the last one first."""
    return sorted((name for label, name in MigrationLoader(None).disk_migrations if label == app), reverse=True)


def kept() -> dict[str, list[object]]:
    return {model.__name__: list(model.objects.order_by("pk").values_list("pk", flat=True)) for model in KEPT}


@pytest.mark.parametrize("app", FLOORS)
def test_migrations_go_back_and_forth_with_something_in_every_table(
    app: str, own_database: None, tmp_path: Path
) -> None:
    with everything.made(tmp_path):
        before = kept()
    _, *earlier = migrations_of(app)
    floor = next(name for name in earlier if name.startswith(FLOORS[app]))

    for name in earlier[: earlier.index(floor) + 1]:
        call_command("migrate", app, name, verbosity=0)
    call_command("migrate", verbosity=0)

    assert kept() == before
    assert mend(store=False) == Wrong(0, 0, 0)

    call_command("migrate", app, earlier[-1], verbosity=0)
    call_command("migrate", verbosity=0)

    factory.draft(factory.project("later"))
    assert mend(store=False) == Wrong(0, 0, 0)
