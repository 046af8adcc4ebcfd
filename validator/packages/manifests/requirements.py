"""Read pip requirements files: lines with and without a pinned version, and included files."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from validator.packages.files import Files
from validator.packages.lockfiles.parsing import text
from validator.packages.package import Gap, LockfileError, Package, python_name

MAX_FILES = 200
"""When a requirements file includes this many others, their own includes are not read."""

_NAMED = re.compile(
    r"(?P<name>[A-Za-z0-9](?:[A-Za-z0-9._-]{0,200}[A-Za-z0-9])?)\s*(?:\[[^\]]*\])?\s*(?P<rest>.*)", re.DOTALL
)
_EXACT = re.compile(r"={2,3}\s*([^\s;,*()]+)\s*(?=,|;|\)|$)")
_OPTION = re.compile(
    r"(?P<option>-[rce]|--(?:requirement|constraint|editable))(?:\s*=\s*|\s+|(?<=-[rce]))(?P<value>\S.*)"
)
_PER_LINE = re.compile(r"\s--[a-z][a-z-]*(=|\s).*$")
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:|.*\.(?:whl|zip|tar\.gz|tar\.bz2|tgz)(?:\[.*\])?$")
_LOCAL = re.compile(r"\.{0,2}/|\.{1,2}$|\.{1,2}\[|[A-Za-z]:[\\/]|[\w.-]+/")
_FILE = re.compile(
    r"(^|/)([\w.-]*requirements[\w.-]*\.(txt|lock|in)|requirements/[^/]+\.(txt|lock|in))$", re.IGNORECASE
)
_DEVELOPMENT = re.compile(
    r"(?<![a-z])(dev|develop|development|tests?|testing|lint|docs?|ci|typing|mypy)(?![a-z])", re.I
)


@dataclass(frozen=True)
class Requirement:
    """One line: the package `name`, its exact `version` or `address` if it has one, or the `folder` that it
    installs."""

    line: int
    name: str
    version: str = ""
    address: str = ""
    folder: str = ""


@dataclass
class Listed:
    """The content of a file: requirements, included files (`-r`) and constraints files (`-c`), by line."""

    requirements: list[Requirement] = field(default_factory=list)
    includes: list[tuple[int, str]] = field(default_factory=list)
    constraints: list[tuple[int, str]] = field(default_factory=list)
    unread: list[tuple[int, str]] = field(default_factory=list)


def parse(data: bytes) -> list[Package]:
    """Return the packages of this one file that are pinned with `==`."""
    return [package(row) for row in listed(data).requirements if row.version]


def package(row: Requirement) -> Package:
    """Return a requirement as a package, with an empty version if it is not exact."""
    return Package("PyPI", python_name(row.name), row.version, source=row.address, registry=not row.address)


def is_development(path: str) -> bool:
    """Return whether a requirements file is for building and testing only, by its name."""
    return bool(_DEVELOPMENT.search(path.rpartition("/")[2]))


def is_requirements(path: str, files: Files) -> bool:
    """Return whether a file is a requirements file by its name, or by that of its folder.

    The source file of pip-tools (`.in`) counts only when the generated file does not exist.
    """
    if _FILE.search(path) is None:
        return False
    return not (path.endswith(".in") and f"{path[:-3]}.txt" in files.paths)


def listed(data: bytes) -> Listed:
    """Return the content of a file; raises LockfileError."""
    found = Listed()
    for number, line in _lines(data):
        if line.startswith("-"):
            _option(number, line, found)
        else:
            _requirement(number, line, found)
    return found


def _option(number: int, line: str, found: Listed) -> None:
    """Handle `-r`, `-c` and `-e`; the other options configure indexes and downloads."""
    hit = _OPTION.match(line)
    if hit is None:
        return
    value = hit["value"].strip().strip("\"'")
    if hit["option"] in ("-e", "--editable"):
        _requirement(number, value, found)
    elif hit["option"] in ("-r", "--requirement"):
        found.includes.append((number, value))
    else:
        found.constraints.append((number, value))


def _requirement(number: int, line: str, found: Listed) -> None:
    plain = _PER_LINE.sub("", line).strip()
    hit = _NAMED.match(plain)
    if hit is not None and hit["rest"].startswith("@"):
        address = hit["rest"][1:].strip().partition(" ")[0]
        found.requirements.append(Requirement(number, hit["name"], address=address[:300]))
        return
    if _LOCAL.match(plain) and not _ADDRESS.match(plain):
        found.requirements.append(Requirement(number, plain[:100], folder=re.split(r"[;\[]", plain)[0].strip()))
        return
    if _ADDRESS.match(plain):
        address = re.split(r"\s+;|\s", plain, maxsplit=1)[0]
        egg = re.search(r"[#&]egg=([\w.-]+)", address)
        found.requirements.append(Requirement(number, egg[1] if egg else address[:100], address=address[:300]))
        return
    specifier = hit["rest"].partition(";")[0].strip() if hit is not None else ""
    if hit is None or (specifier and specifier[0] not in "=<>!~("):
        found.unread.append((number, plain[:100]))
        return
    exact = _EXACT.search(specifier)
    found.requirements.append(Requirement(number, hit["name"], exact[1] if exact else ""))


@dataclass
class Closure:
    """A requirements file with everything that it includes: requirements by file, and what could not be read."""

    requirements: list[tuple[str, Requirement]] = field(default_factory=list)
    gaps: list[tuple[str, Gap]] = field(default_factory=list)
    files: set[str] = field(default_factory=set)


def read(path: str, files: Files, known: dict[str, Listed]) -> Closure:
    """Read a file and those that it includes, each once; versions from constraints files are filled in.

    `known` keeps what was read for the next call. Files that are missing, too large, not text or outside the repository
    are gaps, and so are those beyond MAX_FILES. Raises LockfileError when the first file cannot be read.
    """
    found, pins = Closure(), dict[str, str]()
    # Each entry is a file and whether it only constrains. Files included by a constraints file only constrain as well.
    waiting = [(path, False)]
    seen = set(waiting)
    for current, only_pins in waiting:
        try:
            rows = known[current] if current in known else known.setdefault(current, listed(files.read(current)))
        except LockfileError as error:
            if current == path:
                raise
            found.gaps.append((current, Gap(current, f"{current} could not be read: {error}")))
            continue
        found.files.add(current)
        if only_pins:
            pins |= {python_name(row.name): row.version for row in rows.requirements if row.version}
        else:
            found.requirements += [(current, row) for row in rows.requirements]
            found.gaps += [(current, Gap(line, f"The line “{line}” is not understood.", n)) for n, line in rows.unread]
        targets = [(row, only_pins) for row in rows.includes] + [(row, True) for row in rows.constraints]
        if targets and len(seen) >= MAX_FILES:
            found.gaps.append(
                (current, Gap(current, f"The files that {current} includes were not read: there are too many."))
            )
            continue
        for (number, target), pinning in targets:
            where = None if "://" in target else files.at(current, target)
            if where is None:
                problem = "it is a URL" if "://" in target else "it is not in the repository"
                sentence = f"The included file {target[:100]} was not read: {problem}."
                found.gaps.append((current, Gap(target[:100], sentence, number)))
            elif (where, pinning) not in seen:
                seen.add((where, pinning))
                waiting.append((where, pinning))
    found.requirements = [(where, _constrained(row, pins)) for where, row in found.requirements]
    return found


def _constrained(row: Requirement, pins: Mapping[str, str]) -> Requirement:
    if row.version or row.address or row.folder:
        return row
    return replace(row, version=pins.get(python_name(row.name), ""))


def _lines(data: bytes) -> Iterator[tuple[int, str]]:
    """Yield (number, line) without comments; continued lines are joined under the number of the first."""
    parts, first = list[str](), 0
    for number, raw in enumerate([*text(data).splitlines(), ""], 1):
        line = re.sub(r"(^|\s)#.*$", "", raw).rstrip()
        first = first or number
        if line.endswith("\\"):
            parts.append(line[:-1])
            continue
        joined = " ".join((*parts, line)).strip()
        if joined:
            yield first, joined
        parts, first = [], 0
