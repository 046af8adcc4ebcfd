from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bin.demo import Demo


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Demo]:
    found = Demo(tmp_path)
    yield found
    if found.process and found.process.poll() is None:
        os.killpg(found.process.pid, signal.SIGTERM)
        found.process.wait(40)
