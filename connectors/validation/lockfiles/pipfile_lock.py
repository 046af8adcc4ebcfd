"""Pipfile.lock."""

from __future__ import annotations

from connectors.validation.lockfiles.document import json_object
from connectors.validation.lockfiles.package import LockfileError, Package, foreign, python_name


def parse(data: bytes) -> list[Package]:
    """Return the packages of both groups."""
    lock = json_object(data)
    if "default" not in lock and "develop" not in lock:
        raise LockfileError("The file has no packages.")
    found = []
    for key, development in (("default", False), ("develop", True)):
        group = lock.get(key)
        for name, row in group.items() if isinstance(group, dict) else ():
            version = row.get("version") if isinstance(row, dict) else None
            if isinstance(version, str) and version.startswith("=="):
                source = foreign(row.get("git") or row.get("file"))
                found.append(Package("PyPI", python_name(name), version.lstrip("="), development, source))
    return found
