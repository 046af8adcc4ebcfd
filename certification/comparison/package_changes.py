"""The packages of two ends: what a change adds, removes and bumps in each lock file, with the known advisories."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from certification.comparison import changed_files
from certification.comparison.revisions import Comparison
from certification.evidence.machine_evidence import Evidence, Seen, Since
from connectors.runs import snapshots
from connectors.runs.snapshots import File
from validator.packages import parsers
from validator.packages.parsers import LockfileError, Package
from validator.source import paths

CHECK = "dependencies"
MOST_ROWS = 25
"""Rows of a lock file that the review shows: first vulnerable packages, then those of production, then new ones."""

ADDED, BUMPED, REMOVED = KINDS = ("added", "bumped", "removed")


@dataclass(frozen=True)
class PackageRow:
    """One package that differs. `before` and `after` are its versions, several when the file installs several.

    `advisories` are the round's findings for the new versions, `gone` those that the change resolved.
    """

    name: str
    ecosystem: str
    kind: str
    before: tuple[str, ...]
    after: tuple[str, ...]
    development: bool
    source: str
    advisories: tuple[Seen, ...] = ()
    gone: tuple[Seen, ...] = ()


@dataclass(frozen=True)
class LockFile:
    """One lock file or manifest that differs; `problem` says why it could not be compared.

    `counts` has the numbers of vulnerable, added, bumped and removed packages, `hidden` that of the rows left out.
    """

    path: str
    application: str
    rows: tuple[PackageRow, ...] = ()
    problem: str = ""
    hidden: int = 0
    counts: tuple[tuple[str, int], ...] = ()


def lock_files(comparison: Comparison, *, evidence: Evidence, everything: bool = False) -> list[LockFile] | None:
    """Return the lock files that differ between the ends; None when the files of one end are not stored.

    Files below folders of tests, examples and installed packages are left out, as in the check `dependencies`.
    """
    new, old = changed_files.files(comparison.head), changed_files.files(comparison.base)
    if new is None or old is None:
        return None
    wanted = sorted(path for path in old.keys() | new.keys() if _differs(path, old, new))
    texts = snapshots.texts(file for path in wanted for file in (old.get(path), new.get(path)) if file is not None)
    applications = [str(row.get("applicationName", "")) for row in comparison.row.draft.configurations]
    spoken = [one for one in evidence.findings if one.finding.check_id == CHECK] if comparison.is_of_round else []
    return [
        _lock_file(
            path,
            (old.get(path), new.get(path)),
            texts,
            application=_owner(path, applications),
            spoken=[one for one in spoken if one.finding.path == path],
            most=None if everything else MOST_ROWS,
        )
        for path in wanted
    ]


def _differs(path: str, old: Mapping[str, File], new: Mapping[str, File]) -> bool:
    name = PurePosixPath(path).name
    if parsers.parser(name) is None or paths.is_vendored(path) or paths.is_test(path) or paths.is_example(path):
        return False
    before, after = old.get(path), new.get(path)
    return before is None or after is None or before.digest != after.digest


def _owner(path: str, applications: Sequence[str]) -> str:
    """Return the application whose folder contains a file: connect.yaml names an application after its folder."""
    return next((name for name in applications if name and path.startswith(f"{name}/")), "")


def _lock_file(
    path: str,
    files: tuple[File | None, File | None],
    texts: Mapping[str, str],
    *,
    application: str,
    spoken: Sequence[Seen],
    most: int | None,
) -> LockFile:
    if any(file is not None and not file.kept for file in files):
        return LockFile(path, application, problem="The file is not text, or is too large to store.")
    try:
        before, after = (_packages(path, texts.get(file.digest, "")) if file else {} for file in files)
    except LockfileError as error:
        return LockFile(path, application, problem=str(error))
    rows = sorted(_rows(before, after, spoken), key=_weight)
    kinds = Counter(row.kind for row in rows)
    counted = (("vulnerable", sum(bool(row.advisories) for row in rows)), *((kind, kinds[kind]) for kind in KINDS))
    return LockFile(
        path,
        application,
        tuple(rows[:most]),
        hidden=len(rows) - len(rows[:most]),
        counts=tuple((kind, number) for kind, number in counted if number),
    )


def _packages(path: str, text: str) -> Mapping[tuple[str, str], list[Package]]:
    parse = parsers.parser(PurePosixPath(path).name)
    grouped: dict[tuple[str, str], list[Package]] = defaultdict(list)
    for package in parse(text.encode()) if parse else ():
        grouped[package.ecosystem, package.name].append(package)
    return grouped


def _rows(
    before: Mapping[tuple[str, str], list[Package]],
    after: Mapping[tuple[str, str], list[Package]],
    spoken: Iterable[Seen],
) -> Iterator[PackageRow]:
    by_purl: dict[str, list[Seen]] = defaultdict(list)
    for one in spoken:
        by_purl[one.finding.package].append(one)
    for ecosystem, name in before.keys() | after.keys():
        old, new = before.get((ecosystem, name), []), after.get((ecosystem, name), [])
        were, are = _versions(old), _versions(new)
        if were == are:
            continue
        known = by_purl.get((new or old)[0].purl, [])
        yield PackageRow(
            name=name,
            ecosystem=ecosystem,
            kind=BUMPED if old and new else ADDED if new else REMOVED,
            before=were,
            after=are,
            development=all(package.development for package in new or old),
            source=next((package.source for package in new if package.source), ""),
            advisories=tuple(one for one in known if one.since is not Since.FIXED),
            gone=tuple(one for one in known if one.since is Since.FIXED),
        )


def _versions(packages: Iterable[Package]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(sorted(package.version for package in packages)))


def _weight(row: PackageRow) -> tuple[object, ...]:
    """Sort vulnerable packages first, then those of production, then new ones."""
    return (not row.advisories, row.development, KINDS.index(row.kind), row.name)
