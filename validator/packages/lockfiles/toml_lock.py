"""poetry.lock, uv.lock, pdm.lock and pylock.toml (PEP 751): tables of packages in TOML."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from validator.packages.lockfiles.parsing import rows, toml_table
from validator.packages.package import ARCHIVES, Package, foreign, python_name

_OWN = ("editable", "virtual", "directory", "workspace")


def parse(data: bytes) -> list[Package]:
    """Return the packages; the project itself and its workspace are skipped."""
    lock = toml_table(data)
    found = []
    for row in [*rows(lock.get("package")), *rows(lock.get("packages"))]:
        name, version = row.get("name"), row.get("version")
        if isinstance(name, str) and not _is_own(row):
            source, registry = _origin(row)
            number = version if isinstance(version, str) else ""
            found.append(Package("PyPI", python_name(name), number, _development(row), source, registry))
    return found


def own(data: bytes) -> dict[str, str]:
    """Return the repository's own projects in the lock file: their folders, relative to its own, by name."""
    found = {}
    for row in rows(toml_table(data).get("package")):
        if _is_own(row) and isinstance(row.get("name"), str):
            source = row.get("source")
            places = [source.get(key) for key in (*_OWN, "url")] if isinstance(source, dict) else []
            folder = next((place for place in places if isinstance(place, str)), ".")
            found[python_name(row["name"])] = folder.removeprefix("./").rstrip("/")
    return found


def _is_own(row: Mapping[str, Any]) -> bool:
    source = row.get("source")
    if isinstance(source, dict):
        path = source.get("path")
        if any(key in source for key in _OWN) or source.get("type") == "directory":
            return True
        return isinstance(path, str) and not path.endswith(ARCHIVES)
    path = row.get("path")
    return "directory" in row or (isinstance(path, str) and not path.endswith(ARCHIVES))


def _development(row: Mapping[str, Any]) -> bool:
    """Poetry before 1.5 writes `category`, since 2.0 `groups`; PDM also writes groups; the others write neither."""
    groups = row.get("groups")
    if isinstance(groups, list) and groups:
        return not {"main", "default"} & {str(group) for group in groups}
    return row.get("category") == "dev"


def _origin(row: Mapping[str, Any]) -> tuple[str, bool]:
    """Return (source, registry) of a package.

    Poetry and uv have a table `source`, PDM has fields in the row, and pylock.toml the tables `vcs` and `archive`.
    """
    source = row.get("source")
    if isinstance(source, dict):
        kind = source.get("type")
        if "git" in source or kind == "git":
            return "git+" + str(source.get("git") or source.get("url"))[:300], False
        if kind in ("url", "file") or "path" in source or ("url" in source and kind is None):
            return str(source.get("url") or source.get("path"))[:300], False
        return foreign(source.get("url") or source.get("registry")), True
    for key in ("vcs", "archive"):
        table = row.get(key)
        if isinstance(table, dict):
            return f"{table.get('type', key)}+{table.get('url') or table.get('path')}"[:300], False
    for key in ("git", "hg", "svn", "url", "path"):
        if isinstance(row.get(key), str):
            return (f"{key}+{row[key]}" if key in ("git", "hg", "svn") else row[key])[:300], False
    return "", True
