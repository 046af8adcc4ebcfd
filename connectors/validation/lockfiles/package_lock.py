"""package-lock.json and npm-shrinkwrap.json, versions 1 to 3."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from connectors.validation.lockfiles.document import json_object
from connectors.validation.lockfiles.package import LockfileError, Package, foreign


def parse(data: bytes) -> list[Package]:
    """Return the installed packages; links and workspaces are the repository's own and left out."""
    lock = json_object(data)
    packages = lock.get("packages")
    if isinstance(packages, dict):
        return list(_from_places(packages))
    dependencies = lock.get("dependencies")
    if isinstance(dependencies, dict):
        return list(_from_tree(dependencies))
    if lock.get("lockfileVersion") in (1, 2, 3):
        return []
    raise LockfileError("The file has neither packages nor dependencies.")


def _from_places(packages: Mapping[str, Any]) -> Iterator[Package]:
    """Versions 2 and 3: `node_modules/a/node_modules/b` names the place, and `name` the package when it differs."""
    for place, entry in packages.items():
        _, found, name = place.rpartition("node_modules/")
        if not found or not isinstance(entry, dict) or entry.get("link"):
            continue
        version = entry.get("version")
        if not isinstance(version, str):
            continue
        given = entry.get("name")
        yield _package(given if isinstance(given, str) else name, version, entry)


def _from_tree(dependencies: Mapping[str, Any]) -> Iterator[Package]:
    """Version 1: packages hold the packages that are installed below them. An alias is `npm:name@version`."""
    waiting = [dependencies]
    while waiting:
        for name, entry in waiting.pop().items():
            if not isinstance(entry, dict):
                continue
            nested = entry.get("dependencies")
            if isinstance(nested, dict):
                waiting.append(nested)
            version = entry.get("version")
            if not isinstance(version, str) or version.startswith("file:"):
                continue
            if version.startswith("npm:"):
                real, _, number = version[4:].rpartition("@")
                yield _package(real, number, entry)
            else:
                yield _package(name, version, entry)


def _package(name: str, version: str, entry: Mapping[str, Any]) -> Package:
    development = bool(entry.get("dev") or entry.get("devOptional"))
    return Package("npm", name, version, development, foreign(version) or foreign(entry.get("resolved")))
