"""Read the direct dependencies of package.json, composer.json and Python's four manifests."""

from __future__ import annotations

import ast
import configparser
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from validator.packages.lockfiles.npm_source import is_elsewhere, real_name
from validator.packages.lockfiles.parsing import fields, json_object, text, toml_table
from validator.packages.manifests import requirements
from validator.packages.package import ARCHIVES, MAX_SCRIPT, LockfileError, Package, python_name

_OWN = ("workspace:", "link:", "portal:", "file:")
_EXACT = re.compile(r"=?v?(\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?)")


@dataclass(frozen=True)
class Wanted:
    """One direct dependency: `version` when it is exact, `address` when it is not from the registry."""

    ecosystem: str
    name: str
    version: str = ""
    address: str = ""
    development: bool = False

    def package(self) -> Package:
        """Return it as a package."""
        return Package(
            self.ecosystem, self.name, self.version, self.development, self.address, registry=not self.address
        )


@dataclass
class Manifest:
    """The dependencies of one manifest.

    `files` are requirements files that it includes, `unread` has a sentence for each part that could not be read.
    """

    wanted: list[Wanted] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)


def parse(name: str, data: bytes) -> Manifest:
    """Read a manifest by its file's name; raises LockfileError when it cannot be read."""
    return _READERS[name](data)


def _package_json(data: bytes) -> Manifest:
    table = json_object(data)
    found = Manifest()
    for key, development in (("dependencies", False), ("optionalDependencies", True), ("devDependencies", True)):
        for name, value in fields(table.get(key)):
            wanted = value if isinstance(value, str) else ""
            if wanted.startswith(_OWN) and not wanted.endswith(ARCHIVES):
                continue
            exact = _EXACT.fullmatch(wanted)
            address = wanted[:300] if is_elsewhere(wanted) else ""
            found.wanted.append(Wanted("npm", real_name(name, wanted), exact[1] if exact else "", address, development))
    return found


def _composer_json(data: bytes) -> Manifest:
    table = json_object(data)
    return Manifest(
        [
            Wanted("Packagist", name.lower(), development=development)
            for key, development in (("require", False), ("require-dev", True))
            for name, _ in fields(table.get(key))
            # Names without a slash are PHP itself and its extensions.
            if "/" in name
        ]
    )


def _pyproject(data: bytes) -> Manifest:
    table = toml_table(data)
    project, tool = _table(table.get("project")), _table(table.get("tool"))
    poetry, pdm, uv = (_table(tool.get(key)) for key in ("poetry", "pdm", "uv"))
    found = Manifest()
    found.wanted += _lines(project.get("dependencies"))
    for _, rows in fields(project.get("optional-dependencies")):
        found.wanted += _lines(rows, development=True)
    groups = [table.get("dependency-groups"), pdm.get("dev-dependencies")]
    for _, rows in [row for group in groups for row in fields(group)]:
        found.wanted += _lines(rows, development=True)
    found.wanted += _lines(uv.get("dev-dependencies"), development=True)
    found.wanted += _poetry(poetry.get("dependencies"))
    found.wanted += _poetry(poetry.get("dev-dependencies"), development=True)
    for _, group in fields(poetry.get("group")):
        found.wanted += _poetry(_table(group).get("dependencies"), development=True)
    dynamic = project.get("dynamic")
    if isinstance(dynamic, list) and "dependencies" in dynamic:
        made = _table(_table(_table(tool.get("setuptools")).get("dynamic")).get("dependencies")).get("file")
        found.files = [row for row in (made if isinstance(made, list) else [made]) if isinstance(row, str)]
        if not found.files:
            found.unread.append("Its dependencies are computed at build time.")
    return found


def _pipfile(data: bytes) -> Manifest:
    table = toml_table(data)
    return Manifest([*_poetry(table.get("packages")), *_poetry(table.get("dev-packages"), development=True)])


def _setup_cfg(data: bytes) -> Manifest:
    parser = configparser.RawConfigParser(strict=False)
    try:
        parser.read_string(text(data))
    except configparser.Error:
        raise LockfileError("The file is not valid.") from None
    found = Manifest()
    content = parser.get("options", "install_requires", fallback="")
    if content.strip().startswith("file:"):
        found.files = [row.strip() for row in content.strip().removeprefix("file:").split(",")]
    else:
        found.wanted += _lines(content.splitlines())
    for _, rows in parser.items("options.extras_require") if parser.has_section("options.extras_require") else ():
        found.wanted += _lines(rows.splitlines(), development=True)
    return found


def _setup_py(data: bytes) -> Manifest:
    """Read the literal lists in setup.py; the file is not run, and computed lists are unknown."""
    if len(data) > MAX_SCRIPT:
        raise LockfileError(f"The file has more than {MAX_SCRIPT // 1_000} kB.")
    try:
        module = ast.parse(text(data))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise LockfileError("The file is not valid Python.") from None
    found, lists = Manifest(), dict[str, ast.expr]()
    for row in module.body:
        if isinstance(row, ast.Assign) and len(row.targets) == 1 and isinstance(row.targets[0], ast.Name):
            lists[row.targets[0].id] = row.value
    for node in ast.walk(module):
        if not isinstance(node, ast.Call) or _called(node.func) != "setup":
            continue
        for keyword in node.keywords:
            if keyword.arg == "install_requires":
                value = keyword.value
                value = lists.get(value.id, value) if isinstance(value, ast.Name) else value
                try:
                    found.wanted += _lines(list(ast.literal_eval(value)))
                except (ValueError, TypeError, RecursionError, MemoryError, SyntaxError):
                    found.unread.append("It computes its dependencies.")
            elif keyword.arg is None:
                found.unread.append("It computes the arguments of setup().")
    return found


_READERS: Mapping[str, Callable[[bytes], Manifest]] = {
    "package.json": _package_json,
    "composer.json": _composer_json,
    "pyproject.toml": _pyproject,
    "Pipfile": _pipfile,
    "setup.cfg": _setup_cfg,
    "setup.py": _setup_py,
}
NAMES = frozenset(_READERS)
"""The names of the manifests."""


def _called(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def _table(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _lines(value: Any, *, development: bool = False) -> Iterator[Wanted]:
    """Yield the requirements of a PEP 508 list; tables in it refer to other groups."""
    for line in value if isinstance(value, (list, tuple)) else ():
        if not isinstance(line, str):
            continue
        for row in requirements.listed(line.replace("\n", " ").encode("utf-8", "replace")).requirements:
            if not row.folder:
                yield Wanted("PyPI", python_name(row.name), row.version, row.address, development)


def _poetry(value: Any, *, development: bool = False) -> Iterator[Wanted]:
    """Yield the rows of a Poetry or Pipfile table: a version, or a table with a version or a URL."""
    for name, wanted in fields(value):
        if name.lower() == "python":
            continue
        table = _table(wanted)
        path = table.get("path")
        if isinstance(path, str) and not path.endswith(ARCHIVES):
            continue
        address = next((str(table[key]) for key in ("git", "url", "file", "path") if table.get(key)), "")
        version = wanted if isinstance(wanted, str) else str(table.get("version", ""))
        exact = re.fullmatch(r"={0,3}\s*(\d[\w.!+-]*)", version)
        yield Wanted("PyPI", python_name(name), exact[1] if exact else "", address[:300], development)
