"""poetry.lock, uv.lock, pdm.lock and pylock.toml (PEP 751): tables of packages in TOML."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors.validation.lockfiles.document import rows, toml_table
from connectors.validation.lockfiles.package import Package, foreign, python_name

_OWN = ("editable", "virtual", "directory", "path", "workspace")


def parse(data: bytes) -> list[Package]:
    """Return the packages; the project itself and its workspace are left out."""
    lock = toml_table(data)
    found = []
    for row in [*rows(lock.get("package")), *rows(lock.get("packages"))]:
        name, version = row.get("name"), row.get("version")
        if isinstance(name, str) and isinstance(version, str) and not _is_own(row):
            found.append(Package("PyPI", python_name(name), version, _development(row), _source(row)))
    return found


def _is_own(row: Mapping[str, Any]) -> bool:
    source = row.get("source")
    if isinstance(source, dict) and (any(key in source for key in _OWN) or source.get("type") == "directory"):
        return True
    return "directory" in row


def _development(row: Mapping[str, Any]) -> bool:
    """Poetry before 1.5 writes `category`, from 2.0 on `groups`; PDM writes groups too; the others do not say."""
    groups = row.get("groups")
    if isinstance(groups, list) and groups:
        return not {"main", "default"} & {str(group) for group in groups}
    return row.get("category") == "dev"


def _source(row: Mapping[str, Any]) -> str:
    source = row.get("source")
    if not isinstance(source, dict):
        return ""
    if "git" in source or source.get("type") == "git":
        return "git+" + str(source.get("git") or source.get("url"))[:300]
    return foreign(source.get("url") or source.get("registry"))
