"""pnpm-lock.yaml of the lock file versions 5 to 9.

Only the section `packages` matters, a mapping whose keys name package and version. It is read line by line: a program
writes the file in one fixed style, and a YAML parser would spend seconds on the rest of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from validator.packages.lockfiles.npm_source import origin
from validator.packages.lockfiles.parsing import text
from validator.packages.package import LockfileError, Package

_KEY = re.compile(r"""  (['"]?)(?P<key>[^\s'"].*?)\1:\s*(?:\{\})?$""")
_NAMED = re.compile(r"/?(?P<name>(?:@[^/@]+/)?[^/@()]+)[@/](?P<version>\d[^()_/]*)")
_ELSEWHERE = re.compile(r"/?(?P<name>(?:@[^/@]+/)?[^/@()]+)@(?P<address>[a-z+]+:[^()]*)")
# Old versions write `host/path` for packages from outside the registry, and begin every other key with a slash.
_HOST = re.compile(r"[^/@]+\.[^/@]+/")
_GIT = re.compile(r"\brepo: ([^\s,}]+)")


def parse(data: bytes) -> list[Package]:
    """Return the packages, with the mark `dev` of the versions that write it."""
    content = text(data)
    if not re.search(r"^lockfileVersion:", content, re.MULTILINE):
        raise LockfileError("The file is not a lock file of pnpm.")
    return list(_packages(content))


def _packages(content: str) -> Iterator[Package]:
    inside, key, lines = False, "", list[str]()
    for line in [*content.splitlines(), "end:"]:
        if line and not line.startswith((" ", "#")):
            if inside and key:
                yield from _package(key, lines)
            inside, key, lines = line.startswith("packages:"), "", []
        elif inside and (hit := _KEY.match(line)) is not None and line[2] != " ":
            if key:
                yield from _package(key, lines)
            key, lines = hit["key"], []
        elif inside:
            lines.append(line.strip())


def _package(key: str, lines: list[str]) -> Iterator[Package]:
    joined = "\n".join(lines)
    if key.startswith("link:") or re.search(r"\btype: directory\b", joined):
        return
    tarball = re.search(r"\btarball: ([^\s,}]+)", joined)
    git = _GIT.search(joined)
    resolved = f"git+{git[1]}" if git else tarball[1] if tarball else None
    development = "dev: true" in lines
    if not _HOST.match(key) and (named := _NAMED.match(key)) is not None:
        source, registry = origin(named["name"], resolved=resolved)
        yield Package("npm", named["name"], named["version"], development, source, registry)
        return
    # Everything else is written by its URL; the name is in the key or in a field of its own.
    elsewhere = _ELSEWHERE.match(key)
    name = _field(lines, "name") or (elsewhere["name"] if elsewhere else key[:200])
    address = resolved or (elsewhere["address"] if elsewhere else key)
    yield Package("npm", name, _field(lines, "version"), development, address[:300], registry=False)


def _field(lines: list[str], name: str) -> str:
    return next((line.partition(":")[2].strip().strip("'\"") for line in lines if line.startswith(f"{name}:")), "")
