"""A running portal for the official clients, a good connector for it to fetch, and the clients themselves."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from devtools.demo import repositories
from tests import portal
from tests.portal import REGION, Portal

HERE = Path(__file__).resolve().parent


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


@pytest.fixture(scope="session")
def node_modules() -> Path:
    """Install the packages of the lock file once, beside it, and return their folder.

    Tests that run side by side share the folder: the first one installs, the others wait for it.
    """
    folder = HERE / "node_modules"
    with _locked(HERE):
        if not (folder / ".package-lock.json").exists():
            npm = shutil.which("npm")
            assert npm, "the witnesses need Node.js with npm"
            subprocess.run([npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=HERE, check=True)
    return folder


@pytest.fixture(scope="session")
def witnessed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    """Run a portal that fetches the demo connectors from this machine."""
    folder = tmp_path_factory.mktemp("witnesses")
    repositories.make(folder / "repositories")
    mirror = {repositories.PUBLIC_PREFIX: f"file://{folder / 'repositories'}/"}
    with portal.running(folder, rewrites=mirror) as it:
        yield it


@dataclass(frozen=True)
class CommandLine:
    """The official command line, signed in."""

    portal: Portal
    home: Path
    node_modules: Path

    def __call__(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run one of its commands."""
        environment = {
            **os.environ,
            "HOME": str(self.home),
            "PORTAL_URL": self.portal.url,
            "CTP_CLI_CONNECT_API_URL": self.portal.url,
            "NODE_OPTIONS": f"--import {HERE / 'redirect.mjs'}",
            "NO_COLOR": "1",
            "FORCE_COLOR": "0",
        }
        entry = self.node_modules / "@commercetools" / "cli" / "bin" / "run.js"
        return subprocess.run(
            ["node", str(entry), *arguments],
            env=environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )


@pytest.fixture(scope="session")
def commercetools(witnessed: Portal, node_modules: Path, tmp_path_factory: pytest.TempPathFactory) -> CommandLine:
    """Return the command line after `auth login`."""
    command = CommandLine(witnessed, tmp_path_factory.mktemp("home"), node_modules)
    done = command(
        *("auth", "login", "--client-credentials", "--region", REGION, "--project-key", witnessed.project_key),
        *("--client-id", witnessed.client_id, "--client-secret", witnessed.client_secret),
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return command
