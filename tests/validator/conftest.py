"""A repository, a server for it, and settings that lead there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.validator.repositories import GitServer, Repository, serving
from validator.results import EngineSettings

URL = "https://github.com/owner/name.git"


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """An empty bare repository, reached as https://github.com/owner/name.git."""
    (tmp_path / "served" / "owner").mkdir(parents=True)
    return Repository(tmp_path / "served" / "owner" / "name.git")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[GitServer]:
    """A Git server over HTTP for the repositories of this test."""
    (tmp_path / "served").mkdir(exist_ok=True)
    with serving(tmp_path / "served") as started:
        yield started


@pytest.fixture
def local(tmp_path: Path) -> EngineSettings:
    """Settings that read github.com from this machine's folder."""
    return EngineSettings(
        checkout_dir=tmp_path / "checkouts", url_rewrites={"https://github.com/": (tmp_path / "served").as_uri() + "/"}
    )


@pytest.fixture
def remote(local: EngineSettings, server: GitServer) -> EngineSettings:
    """Settings that read github.com from the server of this test."""
    return replace(local, url_rewrites={"https://github.com/": server.url})
