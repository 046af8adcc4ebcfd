"""Lock files and manifests of four ecosystems, read without running any package manager.

Each module has `parse(data) -> list[Package]` for one format and raises LockfileError for other content. Formats that
include other files (`pom.Projects`, `gradle_build.Builds`, `requirements.read`) read them with `files.Files`.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from validator.packages.lockfiles import (
    bun_lock,
    composer_lock,
    gradle_lock,
    package_lock,
    pipfile_lock,
    pnpm_lock,
    toml_lock,
    yarn_lock,
)
from validator.packages.manifests import gradle_build, pom, requirements
from validator.packages.package import (
    MAX_BYTES,
    MAX_MANIFEST,
    MAX_SCRIPT,
    Gap,
    LockfileError,
    Package,
    Reading,
)

__all__ = ["MAX_BYTES", "MAX_MANIFEST", "MAX_SCRIPT", "Gap", "LockfileError", "Package", "Reading", "parser"]

Parser = Callable[[bytes], list[Package]]

_PARSERS: tuple[tuple[re.Pattern[str], Parser], ...] = (
    (re.compile(r"(package-lock|npm-shrinkwrap)\.json"), package_lock.parse),
    (re.compile(r"yarn\.lock"), yarn_lock.parse),
    (re.compile(r"pnpm-lock\.ya?ml"), pnpm_lock.parse),
    (re.compile(r"bun\.lock"), bun_lock.parse),
    (re.compile(r"composer\.lock"), composer_lock.parse),
    (re.compile(r"Pipfile\.lock"), pipfile_lock.parse),
    (re.compile(r"(poetry|uv|pdm)\.lock|pylock(\.[\w-]+)?\.toml"), toml_lock.parse),
    (re.compile(r"[\w.-]*requirements[\w.-]*\.(txt|lock|in)", re.IGNORECASE), requirements.parse),
    (re.compile(r"pom\.xml"), pom.parse),
    (re.compile(r"gradle\.lockfile|[\w-]+\.lockfile"), gradle_lock.parse_lock),
    (re.compile(r"(?!settings\.|init\.)[\w.-]+\.gradle(\.kts)?"), gradle_build.parse),
)


def parser(name: str) -> Parser | None:
    """Return the parser for a file of this name, or None when the format is not supported."""
    return next((parse for pattern, parse in _PARSERS if pattern.fullmatch(name)), None)
