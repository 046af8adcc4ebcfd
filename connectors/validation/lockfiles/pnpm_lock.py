"""pnpm-lock.yaml of the lock file versions 5 to 9.

Only the section `packages` matters, a mapping whose keys name package and version. It is read line by line: the file
is written by a program in one fixed style, and a YAML parser would spend seconds on what else is in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from connectors.validation.lockfiles.document import text
from connectors.validation.lockfiles.package import LockfileError, Package, foreign

_KEY = re.compile(r"""  (['"]?)(?P<key>[^\s'"].*?)\1:\s*(?:\{\})?$""")
_NAMED = re.compile(r"/?(?P<name>(?:@[^/@]+/)?[^/@()]+)[@/](?P<version>\d[^()_/]*)")


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
    tarball = next((hit[1] for line in lines if (hit := re.search(r"tarball: ([^\s,}]+)", line))), "")
    named = _NAMED.match(key)
    if named is None:
        name = next((line.partition(":")[2].strip() for line in lines if line.startswith("name:")), "")
        version = next((line.partition(":")[2].strip() for line in lines if line.startswith("version:")), "")
        if name and version and not key.startswith(("file:", "link:")):
            yield Package("npm", name, version, "dev: true" in lines, foreign(tarball) or key[:300])
        return
    yield Package("npm", named["name"], named["version"], "dev: true" in lines, foreign(tarball))
