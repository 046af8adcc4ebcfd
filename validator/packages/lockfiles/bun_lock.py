"""bun.lock, the text lock file of Bun: JSON with comments and trailing commas."""

from __future__ import annotations

import re
from typing import Any

from validator.packages.lockfiles.npm_source import origin, real_name
from validator.packages.lockfiles.parsing import json_object, text
from validator.packages.package import LockfileError, Package

_LOOSE = re.compile(r'("(?:[^"\\]|\\.)*")|//[^\n]*|/\*.*?\*/|,(?=\s*[}\]])', re.DOTALL)
_OWN = ("workspace:", "root:", "link:")


def parse(data: bytes) -> list[Package]:
    """Return the packages; workspaces are the repository's own and are skipped.

    A row is `name@reference`, followed for registry packages by the registry's address, empty for the default.
    """
    lock = json_object(_LOOSE.sub(lambda hit: hit[1] or "", text(data)).encode())
    packages = lock.get("packages")
    if not isinstance(packages, dict) and "lockfileVersion" not in lock:
        raise LockfileError("The file has no packages.")
    rows = packages.values() if isinstance(packages, dict) else ()
    return [package for row in rows if (package := _package(row))]


def _package(row: Any) -> Package | None:
    if not isinstance(row, list) or not row or not isinstance(row[0], str):
        return None
    at = row[0].find("@", 1)
    name, reference = (row[0], "") if at < 0 else (row[0][:at], row[0][at + 1 :])
    if reference.startswith(_OWN):
        return None
    name = real_name(name, reference)
    address = row[1] if len(row) > 1 and isinstance(row[1], str) and row[1].endswith(".tgz") else None
    source, registry = origin(name, wanted=reference, resolved=address)
    return Package("npm", name, reference if registry else "", source=source, registry=registry)
