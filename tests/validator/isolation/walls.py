"""The walls that a test needs: where one cannot be built, the test is skipped, but never in the gate."""

from __future__ import annotations

import os

import pytest

from validator.isolation import choice

IN_GATE = os.environ.get("CI") == "true"


def _param(name: str) -> object:
    found = choice.chosen(name)
    missing = not found.isolates and not IN_GATE
    return pytest.param(name, marks=pytest.mark.skipif(missing, reason=f"This machine offers no isolation: {found}."))


WALLS = [_param("bubblewrap"), _param("sandlock")]
