"""Callers of the API."""

from __future__ import annotations

import pytest

from tests import factory
from tests.api import Api, signed_in


@pytest.fixture
def api(db: None) -> Api:
    """Return a caller that may do everything in the Project acme."""
    return signed_in(factory.api_client())


@pytest.fixture
def reader(db: None) -> Api:
    """Return a caller that may only read in the Project acme."""
    return signed_in(factory.api_client(scopes=["view_connectors"]))


@pytest.fixture
def other(db: None) -> Api:
    """Return a caller that may do everything in another Project."""
    return signed_in(factory.api_client(factory.project("other")))


@pytest.fixture
def nobody(db: None) -> Api:
    """Return a caller without a token."""
    return Api()
