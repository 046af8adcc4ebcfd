"""Compare every locked version with known vulnerabilities: `python .ci/audit.py [--strict] [--online]`.

It reads the locks of Python and of the tests' own npm packages, and the copy of advisories in .ci/advisories, which
`.ci/advisories.py` makes. With --online it asks the OSV service instead. An advisory that concerns a locked version
fails the audit, unless .ci/audit-allowed.json names it with a reason and a day until which that holds.

A copy older than OLD days only warns, since the gate has to work where no newer one can be had; with --strict it fails.
Exit status 1, with a line for each advisory.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from validator.packages.advisories import AdvisoriesError, Advisory, Api, Folder, MemoryCache, Source  # noqa: E402
from validator.packages.package import Package  # noqa: E402
from validator.packages.parsers import parser  # noqa: E402

COPY = ROOT / ".ci" / "advisories"
ALLOWED = ROOT / ".ci" / "audit-allowed.json"
LOCKS = ("requirements.lock", "requirements-dev.lock", "tests/witnesses/package-lock.json")
OSV = "https://api.osv.dev"
OLD = 90
"""Days after which the copy is called old."""

SECONDS = 120


def locked(root: Path = ROOT) -> list[Package]:
    """Return every package of the locks, once."""
    found: dict[tuple[str, str, str], Package] = {}
    for name in LOCKS:
        parse = parser(Path(name).name)
        for package in parse((root / name).read_bytes()) if parse else ():
            found.setdefault((package.ecosystem, package.name, package.version), package)
    return list(found.values())


def allowed(rows: Sequence[Mapping[str, Any]], *, today: date) -> tuple[set[str], list[str]]:
    """Return the ids that are allowed today, and a sentence for each row that is incomplete or over."""
    ids, problems = set(), []
    for row in rows:
        identifier, reason, until = (str(row.get(name) or "").strip() for name in ("id", "reason", "until"))
        try:
            ends = date.fromisoformat(until)
        except ValueError:
            problems.append(f"{ALLOWED.name}: {identifier or 'a row'} has no day `until`, such as 2026-12-31.")
            continue
        if not identifier or not reason:
            problems.append(f"{ALLOWED.name}: each row needs `id` and `reason`.")
        elif ends < today:
            problems.append(f"{ALLOWED.name}: {identifier} was allowed until {until}. Update the package.")
        else:
            ids.add(identifier)
    return ids, problems


def concerned(packages: Sequence[Package], source: Source, *, allowed_ids: set[str]) -> Iterator[str]:
    """Yield a sentence for each advisory of a locked version that is not allowed."""
    for ecosystem in sorted({package.ecosystem for package in packages}):
        of_it = [package for package in packages if package.ecosystem == ecosystem]
        for package, advisories in source.find(of_it, deadline=time.monotonic() + SECONDS).items():
            for advisory in advisories:
                if not {advisory.id, *advisory.aliases} & allowed_ids:
                    yield sentence(package, advisory)


def sentence(package: Package, advisory: Advisory) -> str:
    """Return what is wrong, and what to do."""
    names = ", ".join((advisory.id, *advisory.aliases))
    fix = f"Update to {advisory.fixed}." if advisory.fixed else "There is no fixed version: replace it, or say why not."
    return f"{package.name} {package.version} ({package.ecosystem}): {names}, {advisory.severity}. {fix}"


def covered(packages: Sequence[Package], copy: Path) -> tuple[list[Package], list[str]]:
    """Return the packages of which the copy has records, and a sentence for each ecosystem without any."""
    known = {ecosystem for ecosystem in {one.ecosystem for one in packages} if any((copy / ecosystem).glob("*.json"))}
    missing = sorted({one.ecosystem for one in packages} - known)
    return [one for one in packages if one.ecosystem in known], [
        f"The copy has no advisories for {ecosystem}: run `make audit ARGS=--online` where there is a network."
        for ecosystem in missing
    ]


def age(about: Mapping[str, Any], packages: Sequence[Package], *, today: date) -> list[str]:
    """Return a sentence for each way in which the copy is behind: its day, and packages locked since."""
    days = (today - date.fromisoformat(str(about["date"]))).days
    new = sorted({one.name for one in packages if one.ecosystem == "PyPI"} - set(about["packages"]))
    found = [f"The copy of advisories is {days} days old ({about['date']}). Renew it with .ci/advisories.py."]
    return (found if days > OLD else []) + ([f"The copy knows nothing of {', '.join(new)}."] if new else [])


def main(arguments: Sequence[str] | None = None, *, today: date | None = None) -> int:
    """Print what is wrong, and return 1 if the audit fails."""
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--strict", action="store_true", help="fail for what could not be compared, too")
    options.add_argument("--online", action="store_true", help="ask the OSV service instead of the copy")
    options.add_argument("--root", type=Path, default=ROOT, help=argparse.SUPPRESS)
    options.add_argument("--copy", type=Path, default=COPY, help=argparse.SUPPRESS)
    options.add_argument("--allowed", type=Path, default=ALLOWED, help=argparse.SUPPRESS)
    chosen = options.parse_args(arguments)
    today = today or date.today()
    packages, warnings = locked(chosen.root), []
    source: Source = Api(OSV, cache=MemoryCache()) if chosen.online else Folder(chosen.copy)
    if not chosen.online:
        warnings = age(json.loads((chosen.copy / "SOURCE.json").read_text()), packages, today=today)
        packages, gaps = covered(packages, chosen.copy)
        warnings += gaps
    ids, wrong = allowed(json.loads(chosen.allowed.read_text()), today=today)
    try:
        wrong += concerned(packages, source, allowed_ids=ids)
    except AdvisoriesError as error:
        warnings.append(str(error))
    wrong += warnings if chosen.strict else []
    for text in [] if chosen.strict else warnings:
        print(f"Warning: {text}")
    for text in wrong:
        print(text)
    print(f"{len(packages)} locked packages compared with {source.name}: {len(wrong)} to look at.")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
