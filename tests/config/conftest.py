"""The world that walks over the URL configuration happen in."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import transaction
from pytest_django.plugin import DjangoDbBlocker

from tests.config import everything
from tests.config.everything import Everything


@pytest.fixture(scope="module")
def world(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Everything]:
    """One world for all tests of the module; each undoes what it did, and in the end all of it goes."""
    folder = tmp_path_factory.mktemp("world")
    with django_db_blocker.unblock(), transaction.atomic(), everything.made(folder) as world:
        yield world
        transaction.set_rollback(True)
