"""requirements.txt: the lines that pin a version, and those that do not."""

from __future__ import annotations

import re
from collections.abc import Iterator

from connectors.validation.lockfiles.document import text
from connectors.validation.lockfiles.package import Package, python_name

_NAME = r"(?P<name>[A-Za-z0-9][A-Za-z0-9._-]{0,200})\s*(?:\[[^\]]*\])?"
_PINNED = re.compile(_NAME + r"\s*={2,3}\s*(?P<version>[^\s;,*]+)(?=\s|;|$)")
_ADDRESS = re.compile(_NAME + r"\s*@\s*(?P<address>\S+)")


def parse(data: bytes) -> list[Package]:
    """Return the packages that are pinned with `==`; `unpinned` returns the others. Included files are not read."""
    found = []
    for _, line in _lines(data):
        if (hit := _PINNED.match(line)) is not None:
            found.append(Package("PyPI", python_name(hit["name"]), hit["version"]))
    return found


def unpinned(data: bytes) -> list[tuple[int, str, str]]:
    """Return (line, name, address) of each requirement without an exact version; `address` when it names one."""
    found = []
    for number, line in _lines(data):
        if line.startswith("-"):
            kind, _, value = line.partition(" ")
            if kind in ("-e", "--editable") and "://" in value:
                found.append((number, value.strip()[:100], value.strip()[:300]))
            continue
        if _PINNED.match(line) is None and (hit := re.match(_NAME, line)) is not None:
            address = _ADDRESS.match(line)
            found.append((number, hit["name"], address["address"][:300] if address else ""))
    return found


def _lines(data: bytes) -> Iterator[tuple[int, str]]:
    """Yield (number, line) without comments, continued lines joined under the number of their first."""
    joined, first = "", 0
    for number, raw in enumerate(text(data).splitlines(), 1):
        line = re.sub(r"(^|\s)#.*$", "", raw).rstrip()
        first = first or number
        if line.endswith("\\"):
            joined += line[:-1] + " "
            continue
        joined = (joined + line).strip()
        if joined:
            yield first, joined
        joined, first = "", 0
    if joined.strip():
        yield first, joined.strip()
