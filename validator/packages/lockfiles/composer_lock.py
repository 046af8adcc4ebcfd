"""composer.lock."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from validator.packages.lockfiles.parsing import json_object, rows
from validator.packages.package import LockfileError, Package, foreign

_REPOSITORIES = ("git", "hg", "svn", "fossil")


def parse(data: bytes) -> list[Package]:
    """Return the packages of both lists; advisories cannot cover a branch such as `dev-main`."""
    lock = json_object(data)
    if not isinstance(lock.get("packages"), list):
        raise LockfileError("The file has no list of packages.")
    found = []
    for key, development in (("packages", False), ("packages-dev", True)):
        for row in rows(lock.get(key)):
            name, version = row.get("name"), row.get("version")
            if not isinstance(name, str) or row.get("type") == "metapackage":
                continue
            source, registry = _origin(row)
            number = version.removeprefix("v") if isinstance(version, str) else ""
            found.append(Package("Packagist", name.lower(), number, development, source, registry))
    return found


def provided(data: bytes) -> frozenset[str]:
    """Return the names that a manifest may require but that are not packages: provided, replaced, or only a list."""
    lock = json_object(data)
    found: set[str] = set()
    for row in [*rows(lock.get("packages")), *rows(lock.get("packages-dev"))]:
        for key in ("provide", "replace"):
            names = row.get(key)
            found |= {name.lower() for name in names} if isinstance(names, dict) else set()
        if row.get("type") == "metapackage":
            found.add(str(row.get("name", "")).lower())
    return frozenset(found)


def _origin(row: Mapping[str, Any]) -> tuple[str, bool]:
    """Return (source, registry). Only packages of a Composer repository have an address for counting downloads."""
    dist, source = row.get("dist"), row.get("source")
    dist = dist if isinstance(dist, dict) else {}
    source = source if isinstance(source, dict) else {}
    if dist.get("type") in ("path", "artifact"):
        return f"{dist.get('type')}:{dist.get('url')}"[:300], False
    if source.get("type") in _REPOSITORIES and not row.get("notification-url"):
        return f"{source['type']}+{source.get('url')}"[:300], False
    # http traffic can be modified, but it is the same package.
    return foreign(dist.get("url")), True
