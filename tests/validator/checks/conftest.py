"""A repository in a temporary folder, checked as the command does it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path, PurePath

import pytest

from validator.results import (
    Check,
    CheckContext,
    CheckResult,
    EngineSettings,
    Finding,
    Specification,
)
from validator.source.folder import FolderTree

Run = Callable[..., CheckResult]


def specification(*applications: tuple[str, str]) -> Specification:
    """Return what a connect.yaml with these (name, type) applications says."""
    rows = tuple({"applicationName": name, "applicationType": kind} for name, kind in applications)
    return Specification(rows, None, None)


POINTER = f"version https://git-lfs.github.com/spec/v1\noid sha256:{'4d' * 32}\nsize 12345\n"
"""What Git LFS leaves in a commit in place of a file."""


def write(root: Path, files: Mapping[str, str | bytes | PurePath]) -> FolderTree:
    """Write the files, a path as a symbolic link to it, and return the tree of the folder."""
    for path, content in files.items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, PurePath):
            target.symlink_to(content)
        else:
            target.write_bytes(content if isinstance(content, bytes) else content.encode())
    return FolderTree(root)


def rules(result: CheckResult) -> list[str]:
    """Return the rules of the findings, in order of the report."""
    return [finding.rule for finding in result.findings]


def only(result: CheckResult) -> Finding:
    """Return the one finding of a result; more or fewer are an error."""
    assert len(result.findings) == 1, result.findings
    return result.findings[0]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Return a function that runs a check over files: run(check, {path: content}, service="service")."""

    def start(
        check: Check,
        files: Mapping[str, str | bytes | PurePath],
        *,
        settings: EngineSettings | None = None,
        seconds: float = 60.0,
        valid: bool = True,
        **applications: str,
    ) -> CheckResult:
        (tmp_path / "work").mkdir(exist_ok=True)
        named = tuple((name.replace("_", "-"), kind) for name, kind in applications.items())
        with write(tmp_path / "repository", files) as tree:
            return check.run(
                CheckContext(
                    tree=tree,
                    specification=specification(*named) if valid else None,
                    settings=settings or EngineSettings(checkout_dir=tmp_path / "work"),
                    deadline=time.monotonic() + seconds,
                )
            )

    return start
