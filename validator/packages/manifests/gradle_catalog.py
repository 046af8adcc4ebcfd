"""Gradle version catalogs: `gradle/libs.versions.toml`, and those declared in a settings file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from validator.packages.lockfiles.parsing import fields, toml_table

_INLINE = re.compile(r"""\blibrary\s*\(\s*["']([\w.-]+)["']\s*,\s*["']([^"':\s]+:[^"':\s]+:[^"'\s]+)["']""")


@dataclass
class Catalog:
    """Libraries as (group:artifact, version) and bundles, by the names that build files use."""

    libraries: dict[str, tuple[str, str]] = field(default_factory=dict)
    bundles: dict[str, list[str]] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)

    def find(self, accessor: str) -> list[tuple[str, str]] | None:
        """Return what `log4j.core` or `bundles.logging` means, or None when the catalog does not have it."""
        key = _key(re.sub(r"\.(get|asProvider)$", "", accessor))
        if key.startswith("bundles."):
            names = self.bundles.get(key.removeprefix("bundles."))
            if names is None or any(_key(name) not in self.libraries for name in names):
                return None
            return [self.libraries[_key(name)] for name in names]
        return [self.libraries[key]] if key in self.libraries else None


def parse(data: bytes) -> Catalog:
    """Read a catalog; a version range is kept as it is written. Raises LockfileError."""
    table = toml_table(data)
    found = Catalog()
    found.versions = {_key(name): _version(value, {}) for name, value in fields(table.get("versions"))}
    for name, value in fields(table.get("libraries")):
        if isinstance(value, str):
            group, _, rest = value.partition(":")
            artifact, _, version = rest.partition(":")
        elif isinstance(value, dict):
            group, _, artifact = str(value.get("module", "")).partition(":")
            group, artifact = group or str(value.get("group", "")), artifact or str(value.get("name", ""))
            version = _version(value.get("version"), found.versions)
        else:
            continue
        found.libraries[_key(name)] = (f"{group}:{artifact}"[:300], version[:100])
    for name, value in fields(table.get("bundles")):
        if isinstance(value, list):
            found.bundles[_key(name)] = [str(row) for row in value[:500]]
    return found


def inline(script: str) -> Catalog:
    """Return what a settings file declares with `library("name", "group:artifact:version")`."""
    found = Catalog()
    for hit in _INLINE.finditer(script):
        group, artifact, version = hit[2].split(":", 2)
        found.libraries[_key(hit[1])] = (f"{group}:{artifact}", version)
    return found


def _version(value: Any, versions: Mapping[str, str]) -> str:
    if isinstance(value, str):
        return value
    if not isinstance(value, dict):
        return ""
    if isinstance(value.get("ref"), str):
        return versions.get(_key(value["ref"]), "")
    return next((value[key] for key in ("strictly", "require", "prefer") if isinstance(value.get(key), str)), "")


def _key(name: str) -> str:
    return re.sub(r"[-_.]+", ".", name).lower()
