"""composer.lock."""

from __future__ import annotations

from connectors.validation.lockfiles.document import json_object, rows
from connectors.validation.lockfiles.package import LockfileError, Package, foreign


def parse(data: bytes) -> list[Package]:
    """Return the packages of both lists; a branch such as `dev-main` is a version that no advisory can name."""
    lock = json_object(data)
    if not isinstance(lock.get("packages"), list):
        raise LockfileError("The file has no list of packages.")
    found = []
    for key, development in (("packages", False), ("packages-dev", True)):
        for row in rows(lock.get(key)):
            name, version = row.get("name"), row.get("version")
            if isinstance(name, str) and isinstance(version, str):
                dist = row.get("dist")
                source = foreign(dist.get("url")) if isinstance(dist, dict) else ""
                found.append(Package("Packagist", name.lower(), version.removeprefix("v"), development, source))
    return found
