"""package-lock.json and npm-shrinkwrap.json, versions 1 to 3."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from validator.packages.lockfiles.npm_source import is_elsewhere, origin
from validator.packages.lockfiles.parsing import json_object
from validator.packages.package import LockfileError, Package

_WANTED = ("dependencies", "devDependencies", "optionalDependencies")
_ARCHIVE = re.compile(r"\.(tgz|tar\.gz|tar)(#.*)?$")


def parse(data: bytes) -> list[Package]:
    """Return the installed packages; links and workspaces are the repository's own and are skipped."""
    lock = json_object(data)
    packages, dependencies = lock.get("packages"), lock.get("dependencies")
    if isinstance(packages, dict) and (packages or not isinstance(dependencies, dict)):
        return list(_from_places(packages))
    if isinstance(dependencies, dict):
        return list(_from_tree(dependencies))
    if lock.get("lockfileVersion") in (1, 2, 3):
        return []
    raise LockfileError("The file has neither packages nor dependencies.")


def _from_places(packages: Mapping[str, Any]) -> Iterator[Package]:
    """Versions 2 and 3: `node_modules/a/node_modules/b` is the location, and `name` the package if it differs."""
    wanted = _wanted(packages)
    for place, entry in packages.items():
        _, found, name = place.rpartition("node_modules/")
        if not found or not isinstance(entry, dict) or entry.get("link"):
            continue
        version, given = entry.get("version"), entry.get("name")
        top = place.count("node_modules/") == 1
        yield _package(
            given if isinstance(given, str) else name,
            version if isinstance(version, str) else "",
            entry,
            wanted=wanted.get(name, "") if top else "",
        )


def _wanted(packages: Mapping[str, Any]) -> Mapping[str, str]:
    """Return what the project and its workspaces require by name."""
    found: dict[str, str] = {}
    for place, entry in packages.items():
        if "node_modules/" in place or not isinstance(entry, dict):
            continue
        for key in _WANTED:
            rows = entry.get(key)
            if isinstance(rows, dict):
                found |= {name: text for name, text in rows.items() if isinstance(text, str)}
    return found


def _from_tree(dependencies: Mapping[str, Any]) -> Iterator[Package]:
    """Version 1: packages contain the packages that are installed below them. An alias is `npm:name@version`."""
    waiting = [dependencies]
    while waiting:
        for name, entry in waiting.pop().items():
            if not isinstance(entry, dict):
                continue
            nested = entry.get("dependencies")
            if isinstance(nested, dict):
                waiting.append(nested)
            version = entry.get("version")
            version = version if isinstance(version, str) else ""
            if version.startswith("file:") and not _ARCHIVE.search(version):
                continue
            if version.startswith("npm:"):
                real, _, number = version[4:].rpartition("@")
                yield _package(real, number, entry)
            else:
                yield _package(name, version, entry)


def _package(name: str, version: str, entry: Mapping[str, Any], *, wanted: str = "") -> Package:
    # A `devOptional` package is also installed without development packages, if its optional parent is.
    resolved = version if is_elsewhere(version) else entry.get("resolved")
    source, registry = origin(name, wanted=wanted, resolved=resolved)
    return Package("npm", name, version, bool(entry.get("dev")), source, registry)
