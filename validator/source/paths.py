"""What a path inside a repository tells: whose it is, and whether it is a test, an example or somebody else's."""

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
    """Say whether the file belongs to the repository's own automation and is no part of any application."""
    return bool(_TOOLING.search(path))


def is_test(path: str) -> bool:
    """Say whether the file is a test or made for tests, by the usual names of the four languages."""
    return bool(_TEST.search(path))


def is_example(path: str) -> bool:
    """Say whether the file shows how something is done (documentation, `.env.example`) instead of doing it."""
    return bool(_EXAMPLE.search(path))


def is_vendored(path: str) -> bool:
    """Say whether the file lies in a folder for copies of other people's packages."""
    return bool(_VENDORED.search(path))


def does_not_run(path: str) -> bool:
    """Say whether the file does not run in the connector: a test, an example, a copy, the repository's automation."""
    return is_test(path) or is_example(path) or is_vendored(path) or is_tooling(path)


def extension(path: str) -> str:
    """Return the file's last extension in small letters without the dot, or an empty text."""
    return PurePosixPath(path).suffix[1:].lower()


def folders(tree: Tree) -> frozenset[str]:
    """Return the folders at the repository's root that hold something: a file, a link or a submodule."""
    held = (*tree.paths(), *tree.others("link"), *tree.others("submodule"))
    return frozenset(path.partition("/")[0] for path in held if "/" in path)


def inside(tree: Tree, folder: str) -> list[str]:
    """Return the files below a folder, `` for the root meaning all."""
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
"""The files that say with which toolchain a folder is built."""


def applications(tree: Tree, specification: Specification | None) -> tuple[Application, ...]:
    """Return the applications of connect.yaml, each with the folder that is really there.

    An application's folder has its name. When exactly one application and exactly one folder with a manifest are left
    over, they are taken for each other; the applications check says so. An application without a folder keeps its
    name as the path.
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
    """Return the name of the application in whose folder the file lies, or None."""
    top, slash, _ = path.partition("/")
    return next((row.name for row in rows if slash and row.path == top), None)
