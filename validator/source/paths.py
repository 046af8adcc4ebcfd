"""Classify paths inside a repository: whose they are, and whether they are tests, examples or third-party code."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import PurePosixPath

from validator.results import Application, Specification, Tree

_TEST = re.compile(
    r"(^|/)(__tests__|__mocks__|__fixtures__|([a-z0-9]+[-_])?tests?|specs?|e2e|fixtures?|mocks?|testdata|cypress)/"
    r"|(^|/)[^/]*[._-](test|spec|mock|stories|fixture)s?\.[a-z]+$"
    r"|(^|/)test_[^/]*\.py$|(^|/)conftest\.py$|(^|/)[^/]*(?-i:Tests?)\.(java|php)$|(^|/)src/test/",
    re.IGNORECASE,
)
_EXAMPLE = re.compile(
    r"(^|/)(examples?|samples?|docs?|documentation)/|\.(example|sample|dist|template|tpl)$|\.(md|mdx|rst|adoc)$"
    r"|(^|/)[^/]*\.?(example|sample|template)[^/]*$",
    re.IGNORECASE,
)
_VENDORED = re.compile(r"(^|/)(node_modules|bower_components|vendor|third_party|\.yarn|site-packages|\.venv|venv)/")
_TOOLING = re.compile(r"^\.(github|gitlab|circleci|vscode|idea|husky|devcontainer)/")


def is_tooling(path: str) -> bool:
    """Return whether the file belongs to the repository's own automation and not to an application."""
    return bool(_TOOLING.search(path))


def is_test(path: str) -> bool:
    """Return whether the file is a test or a test fixture, by the usual names of the four languages."""
    return bool(_TEST.search(path))


def is_example(path: str) -> bool:
    """Return whether the file only demonstrates something (documentation, `.env.example`)."""
    return bool(_EXAMPLE.search(path))


def is_vendored(path: str) -> bool:
    """Return whether the file is in a folder for third-party packages."""
    return bool(_VENDORED.search(path))


def does_not_run(path: str) -> bool:
    """Return whether the file does not run in the connector: a test, example, vendored package or automation."""
    return is_test(path) or is_example(path) or is_vendored(path) or is_tooling(path)


def extension(path: str) -> str:
    """Return the file's last extension in lowercase without the dot, or an empty string."""
    return PurePosixPath(path).suffix[1:].lower()


def folders(tree: Tree) -> frozenset[str]:
    """Return the folders at the repository's root that contain a file, a link or a submodule."""
    held = (*tree.paths(), *tree.others("link"), *tree.others("submodule"))
    return frozenset(path.partition("/")[0] for path in held if "/" in path)


def inside(tree: Tree, folder: str) -> list[str]:
    """Return the files below a folder; an empty name is the root."""
    return [path for path in tree.paths() if path.startswith(folder + "/")] if folder else list(tree.paths())


MANIFESTS = frozenset(
    {
        "package.json",
        "composer.json",
        "pyproject.toml",
        "requirements.txt",
        "Pipfile",
        "setup.py",
        "pom.xml",
        "build.gradle",
        "build.gradle.kts",
        "go.mod",
        "Dockerfile",
    }
)
"""The files that identify a folder's toolchain."""


def applications(tree: Tree, specification: Specification | None) -> tuple[Application, ...]:
    """Return the applications of connect.yaml, each with the folder that actually exists.

    An application's folder has its name. When exactly one application and exactly one folder with a manifest are left
    over, they are matched, and the applications check reports it. An application without a folder keeps its name as the
    path.
    """
    if specification is None:
        return ()
    rows = tuple(specification.applications())
    present = folders(tree)
    homeless = [row for row in rows if row.path not in present and tree.kind(row.path) not in ("link", "submodule")]
    taken = {row.path for row in rows}
    spare = sorted(
        folder
        for folder in present - taken
        if not is_vendored(folder + "/")
        and not is_test(folder + "/")
        and any(path.partition("/")[0] == folder and path[len(folder) + 1 :] in MANIFESTS for path in tree.paths())
    )
    if len(homeless) != 1 or len(spare) != 1:
        return rows
    return tuple(Application(row.name, row.type, spare[0]) if row is homeless[0] else row for row in rows)


def owner(path: str, rows: Iterable[Application]) -> str | None:
    """Return the name of the application in whose folder the file is, or None."""
    top, slash, _ = path.partition("/")
    return next((row.name for row in rows if slash and row.path == top), None)
