"""Pipfile.lock."""

from __future__ import annotations

from validator.packages.lockfiles.parsing import json_object
from validator.packages.package import ARCHIVES, LockfileError, Package, python_name


def parse(data: bytes) -> list[Package]:
    """Return the packages of both groups; a folder of the repository is its own code and is skipped."""
    lock = json_object(data)
    if "default" not in lock and "develop" not in lock:
        raise LockfileError("The file has no packages.")
    found = []
    for key, development in (("default", False), ("develop", True)):
        group = lock.get(key)
        for name, value in group.items() if isinstance(group, dict) else ():
            row = value if isinstance(value, dict) else {}
            version = row.get("version")
            number = version.lstrip("=") if isinstance(version, str) and version.startswith("==") else ""
            address = next((f"{kind}+{row[kind]}" for kind in ("git", "hg", "svn", "bzr") if row.get(kind)), "")
            address = address or str(row.get("file") or "")
            path = row.get("path")
            if not address and isinstance(path, str):
                if not path.endswith(ARCHIVES):
                    continue
                address = f"file:{path}"
            found.append(Package("PyPI", python_name(name), number, development, address[:300], not address))
    return found
