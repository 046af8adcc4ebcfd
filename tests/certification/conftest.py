"""What the tests of the review share."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from accounts.models import User
from tests.certification.world import World


@pytest.fixture
def world(tmp_path: Path, settings: Any, db: None) -> World:
    """An empty repository and nobody in the portal."""
    return World(tmp_path, settings)


@pytest.fixture
def reviewer(world: World) -> User:
    """A reviewer who belongs to no Project."""
    return world.person("Rita")
