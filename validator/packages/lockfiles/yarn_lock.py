"""yarn.lock of Yarn 1 and of the later versions (Berry).

Both are lists of blocks: a header in the first column, then two-space fields. The few relevant fields are read line by
line, so that large and deep files are harmless.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import unquote

from validator.packages.lockfiles.npm_source import origin, real_name
from validator.packages.lockfiles.parsing import text
from validator.packages.package import LockfileError, Package

_FIELD = re.compile(r"""  "?(version|resolved|resolution)"?:?\s+"?([^"\s]+)"?""")
_OWN = ("workspace:", "link:", "portal:")
_ARCHIVE = re.compile(r"\.(tgz|tar\.gz)(#|::|$)")


def parse(data: bytes) -> list[Package]:
    """Return the packages; those of the workspace itself are skipped."""
    content = text(data)
    if "# yarn lockfile v1" not in content and "__metadata:" not in content and content.strip():
        raise LockfileError("The file is not a lock file of Yarn.")
    return [package for header, fields in _blocks(content) if (package := _package(header, fields))]


def _blocks(content: str) -> Iterator[tuple[str, dict[str, str]]]:
    header, fields = "", dict[str, str]()
    for line in content.splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        if not line.startswith(" "):
            if header:
                yield header, fields
            header, fields = line.rstrip().removesuffix(":"), {}
        elif (hit := _FIELD.match(line)) is not None:
            fields.setdefault(hit[1], hit[2])
    if header:
        yield header, fields


def _package(header: str, fields: dict[str, str]) -> Package | None:
    if header == "__metadata":
        return None
    version = fields.get("version", "")
    # Berry writes into `resolution` how a range or an alias was resolved; Yarn 1 has only the header.
    berry = fields.get("resolution")
    first = (berry or header.split(",", maxsplit=1)[0]).strip().strip("\"'")
    at = first.find("@", 1)
    name, reference = (first, "") if at < 0 else (first[:at], first[at + 1 :])
    while reference.startswith("patch:"):
        # A patch names its target: `patch:name@npm%3A1.0.0#...`.
        inner = unquote(reference.removeprefix("patch:").partition("#")[0])
        reference = inner[inner.find("@", 1) + 1 :]
    if reference.startswith("virtual:"):
        reference = reference.partition("#")[2]
    if reference.startswith(_OWN) or (reference.startswith("file:") and not _ARCHIVE.search(reference)):
        return None
    name = real_name(name, reference)
    source, registry = origin(name, wanted=reference, resolved=fields.get("resolved"))
    return Package("npm", name, version, source=source, registry=registry)
