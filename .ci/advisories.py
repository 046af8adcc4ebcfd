"""Narrow a copy of an advisory database to the packages of the locks: `python .ci/advisories.py REPOSITORY`.

REPOSITORY is a clone of https://github.com/pypa/advisory-database, whose records are YAML in the OSV schema. What
concerns a locked package is written to .ci/advisories/PyPI, one file each, without texts and references; SOURCE.json
says where the copy comes from, and of which day it is. `.ci/audit.py` reads it where the network has no advisories.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

sys.path.insert(0, str(Path(__file__).resolve().parent))

import audit

KEPT = ("id", "modified", "published", "withdrawn", "aliases", "affected", "severity")
SOURCE = {
    "source": "https://github.com/pypa/advisory-database",
    "license": "CC-BY-4.0",
    "changes": "Only records of locked packages, as JSON, without details, references and credits.",
}


def git(repository: Path, *arguments: str) -> str:
    """Return what git prints."""
    command = [shutil.which("git") or "git", "-C", str(repository), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def narrowed(record: dict[str, Any]) -> dict[str, Any]:
    """Return a record without what the audit does not read."""
    summary = str(record.get("summary") or "").strip()
    return {**{name: record[name] for name in KEPT if name in record}, **({"summary": summary} if summary else {})}


def main(repository: Path) -> None:
    """Replace the copy."""
    names = {package.name for package in audit.locked() if package.ecosystem == "PyPI"}
    folder = audit.COPY / "PyPI"
    for file in folder.glob("*.json"):
        file.unlink()
    found = [
        path
        for path in git(repository, "ls-tree", "-r", "--name-only", "HEAD", "vulns/").splitlines()
        if path.split("/")[1].lower() in names
    ]
    for path in found:
        record = narrowed(yaml.safe_load(git(repository, "show", f"HEAD:{path}")))
        text = json.dumps(record, indent=1, sort_keys=True, default=lambda moment: moment.isoformat())
        (folder / f"{Path(path).stem}.json").write_text(text + "\n")
    commit, day = git(repository, "log", "-1", "--format=%H %cs").split()
    about = {**SOURCE, "commit": commit, "date": day, "packages": sorted(names)}
    (audit.COPY / "SOURCE.json").write_text(json.dumps(about, indent=1) + "\n")
    print(f"{len(found)} records of {day} for {len(names)} packages.")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
