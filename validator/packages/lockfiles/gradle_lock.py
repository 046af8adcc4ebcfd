"""gradle.lockfile and the files of gradle/dependency-locks."""

from __future__ import annotations

import re

from validator.packages.lockfiles.parsing import text
from validator.packages.package import Package

_LOCKED = re.compile(r"([\w.-]+):([\w.-]+):([^=\s]+)(?:=(.*))?")


def parse_lock(data: bytes) -> list[Package]:
    """Return the locked packages; those of test configurations and of the build itself are for development."""
    found = []
    for line in text(data).splitlines():
        if not line.startswith("#") and (hit := _LOCKED.fullmatch(line.strip())) is not None:
            names = [name for name in (hit[4] or "").split(",") if name]
            development = bool(names) and all(is_development(name) for name in names)
            found.append(Package("Maven", f"{hit[1]}:{hit[2]}", hit[3], development))
    return found


def is_development(configuration: str) -> bool:
    """Return whether a configuration is for building and testing only."""
    return configuration.lower().startswith(("test", "androidtest")) or configuration == "classpath"
