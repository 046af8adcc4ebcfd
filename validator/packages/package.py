"""A package at a version, as a lock file names it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

MAX_BYTES = 30_000_000
"""The largest lock file that is read."""

MAX_MANIFEST = 2_000_000
"""The largest manifest that is read."""

MAX_SCRIPT = 300_000
"""The largest manifest that is a program: a Gradle build file, setup.py."""

ARCHIVES = (".whl", ".zip", ".tar.gz", ".tar.bz2", ".tgz")
"""The extensions of package archives; other paths lead to folders, which are the repository's own."""


class LockfileError(ValueError):
    """The file is not a valid lock file of its format; the text is one sentence for the developer."""


@dataclass(frozen=True)
class Package:
    """One package: `ecosystem` and `name` in OSV's words (npm, PyPI, Maven with `group:artifact`, Packagist).

    `development` is true when the lock file says that only building or testing needs it. `source` is the URL of a
    package that does not come from the ecosystem's registry over TLS (git, http, a file), else empty. `registry` is
    false when it is not the registry's package of that name, so that advisories do not cover it. `note` says why there
    is no exact version.
    """

    ecosystem: str
    name: str
    version: str
    development: bool = False
    source: str = ""
    registry: bool = True
    note: str = ""

    @property
    def purl(self) -> str:
        """Return the package URL without version (purl specification, version 1)."""
        kind = {"npm": "npm", "PyPI": "pypi", "Maven": "maven", "Packagist": "composer"}[self.ecosystem]
        name = self.name.replace(":", "/") if self.ecosystem == "Maven" else self.name
        return f"pkg:{kind}/" + "/".join(quote(part, safe="") for part in name.split("/"))


@dataclass(frozen=True)
class Gap:
    """Something that a file includes or declares but that could not be read: `text` is one sentence, `name` its
    subject."""

    name: str
    text: str
    line: int | None = None


@dataclass
class Reading:
    """The content of a manifest: its packages, and what could not be read."""

    packages: list[Package] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)


def foreign(address: Any) -> str:
    """Return the URL when it is not https, else an empty string."""
    if not isinstance(address, str) or address.startswith("https://") or not re.match(r"[a-z+]+:", address):
        return ""
    return address[:300]


def python_name(name: str) -> str:
    """Return the normalized name of a Python package (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()
