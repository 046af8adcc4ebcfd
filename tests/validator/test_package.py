"""The engine as a package of its own: installed alone, the command gives the verdicts of the checkout."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
import venv
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement

from tests.root import ROOT
from tests.test_repository import tracked
from validator.knowledge import rule_pack

PACKAGE = ROOT / "validator"
PROJECT = tomllib.loads((PACKAGE / "pyproject.toml").read_text("utf-8"))["project"]
PIP = [sys.executable, "-m", "pip", "--disable-pip-version-check"]
# What of the folder describes the package and is no part of it.
AROUND = {"pyproject.toml", "README.md", "LICENSE"}


def needed(requirements: list[str]) -> dict[str, metadata.Distribution]:
    """Return the distributions that these requirements ask for, and those that they ask for, by name."""
    found: dict[str, metadata.Distribution] = {}
    pending = [Requirement(text) for text in requirements]
    while pending:
        asked = pending.pop()
        if asked.name not in found and (asked.marker is None or asked.marker.evaluate({"extra": ""})):
            found[asked.name] = metadata.distribution(asked.name)
            pending += [Requirement(text) for text in found[asked.name].requires or ()]
    return found


def tops(distribution: metadata.Distribution) -> Iterator[Path]:
    """Yield the files and folders at the top of a distribution, its programs among them."""
    files = [Path(os.path.normpath(str(file.locate()))) for file in distribution.files or ()]
    site = Path(str(distribution.locate_file("")))
    yield from {site / file.relative_to(site).parts[0] if file.is_relative_to(site) else file for file in files}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the package as pip does, without asking an index."""
    folder = tmp_path_factory.mktemp("wheel")
    offline = ["--no-index", "--no-deps", "--no-build-isolation"]
    subprocess.run([*PIP, "wheel", "--quiet", *offline, "--wheel-dir", folder, PACKAGE], check=True)
    (found,) = folder.glob("*.whl")
    return found


@pytest.fixture(scope="module")
def environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the package into an empty environment that can reach its declared dependencies and nothing else."""
    folder = tmp_path_factory.mktemp("alone")
    venv.create(folder, symlinks=True)
    (site,) = folder.glob("lib/python*/site-packages")
    for distribution in needed(PROJECT["dependencies"]).values():
        for path in tops(distribution):
            (folder / "bin" if path.parent.name == "bin" else site).joinpath(path.name).symlink_to(path)
    # Without an index, a requirement that is not there stops it.
    subprocess.run([*PIP, "--python", folder / "bin" / "python", "install", "--quiet", "--no-index", wheel], check=True)
    return folder


def answer(program: Path, *words: str | Path, cwd: Path | str = "/") -> subprocess.CompletedProcess[str]:
    """Run a `connector-check`."""
    return subprocess.run(
        [program, *words],
        env={"PATH": os.environ["PATH"], "CONNECTOR_CHECK_PYTHON": sys.executable},
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
    )


def timeless(text: str) -> Any:
    """Return a report without the times of its checks."""
    report = json.loads(text)
    for result in report["results"]:
        del result["seconds"]
    return report


def test_wheel_holds_every_file_of_the_folder(wheel: Path) -> None:
    listed = subprocess.run([sys.executable, "-m", "zipfile", "-l", wheel], capture_output=True, text=True, check=True)

    held = {line.split()[0] for line in listed.stdout.splitlines() if line.startswith("validator/")}

    assert held == {name for name in tracked() if name.startswith("validator/")} - {f"validator/{x}" for x in AROUND}


def test_nothing_but_the_engine_and_its_dependencies_can_be_imported(environment: Path) -> None:
    code = "import importlib.util as u, sys; sys.exit(bool(u.find_spec('django') or u.find_spec('connectors')))"

    ended = subprocess.run([environment / "bin" / "python", "-c", code], cwd="/", check=False)

    assert ended.returncode == 0


def test_installed_command_names_the_rule_pack_of_the_checkout(environment: Path) -> None:
    installed = answer(environment / "bin" / "connector-check", "--version")

    assert installed.stdout == f"connector-check, rule pack {rule_pack.digest()}\n"
    assert installed.stdout == answer(ROOT / "bin" / "connector-check", "--version").stdout


@pytest.mark.parametrize("name", ["payment-connector", "loyalty-connector", "newsletter-connector"])
def test_installed_command_reports_what_the_checkout_reports(environment: Path, name: str) -> None:
    (folder, *_) = sorted((ROOT / "devtools" / "demo" / "connectors" / name).iterdir())
    words = (folder, "--certification", "--format", "json")

    installed = answer(environment / "bin" / "connector-check", *words)
    checkout = answer(ROOT / "bin" / "connector-check", *words)

    assert installed.stderr == ""
    assert installed.returncode == checkout.returncode
    assert timeless(installed.stdout) == timeless(checkout.stdout)
    ran = {result["check"] for result in timeless(installed.stdout)["results"] if result["outcome"] != "did not run"}
    assert {"specification", "static-analysis", "documentation"} <= ran


def test_installed_command_imports_nothing_from_the_folder_it_checks(environment: Path, tmp_path: Path) -> None:
    planted = f"import pathlib\npathlib.Path({str(tmp_path / 'executed')!r}).touch()\n"
    checked = tmp_path / "checked"
    for name in ("json.py", "yaml.py", "sitecustomize.py", "validator/__init__.py"):
        (checked / name).parent.mkdir(parents=True, exist_ok=True)
        (checked / name).write_text(planted)

    ended = answer(environment / "bin" / "connector-check", ".", cwd=checked)

    assert "Rule pack" in ended.stdout
    assert not (tmp_path / "executed").exists()


def test_package_has_the_license_of_the_portal() -> None:
    portal = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]

    assert (PACKAGE / "LICENSE").read_bytes() == (ROOT / "LICENSE").read_bytes()
    assert (PROJECT["license"], PROJECT["requires-python"]) == (portal["license"], portal["requires-python"])
