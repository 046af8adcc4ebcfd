"""gradle.lockfile, and the direct dependencies that a build file writes out."""

from __future__ import annotations

import re

from connectors.validation.lockfiles.document import text
from connectors.validation.lockfiles.package import Package

_LOCKED = re.compile(r"([\w.-]+):([\w.-]+):([^=\s]+)=(.*)")
_WRITTEN = re.compile(
    r"""(?P<configuration>\w+)\s*\(?\s*["'](?P<group>[\w.-]+):(?P<artifact>[\w.-]+):(?P<version>[\w.+-]*\d[\w.-]*)["']"""
)


def parse_lock(data: bytes) -> list[Package]:
    """Return the locked packages; those of test configurations only are for development."""
    found = []
    for line in text(data).splitlines():
        if not line.startswith("#") and (hit := _LOCKED.fullmatch(line.strip())) is not None:
            development = all(name.lower().startswith("test") for name in hit[4].split(",") if name)
            found.append(Package("Maven", f"{hit[1]}:{hit[2]}", hit[3], development and bool(hit[4])))
    return found


def parse_build(data: bytes) -> list[Package]:
    """Return the dependencies that are written as `group:artifact:version`; the build file is not run."""
    return [
        Package(
            "Maven",
            f"{hit['group']}:{hit['artifact']}",
            hit["version"],
            hit["configuration"].lower().startswith(("test", "androidtest")),
        )
        for hit in _WRITTEN.finditer(text(data))
        if "+" not in hit["version"]
    ]
