"""The audit of dependencies: `.ci/audit.py`, on made locks and advisories."""

from __future__ import annotations

import importlib.util
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.root import ROOT

pytestmark = pytest.mark.security

_spec = importlib.util.spec_from_file_location("audit", ROOT / ".ci" / "audit.py")
assert _spec is not None and _spec.loader is not None
audit = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(audit)

TODAY = date(2026, 11, 28)
NPM = {"name": "x", "lockfileVersion": 3, "packages": {"": {}, "node_modules/left": {"version": "1.0.0"}}}
ROW = {"id": "PYSEC-2026-1", "reason": "The part is not used.", "until": "2026-12-31"}


def advisory(name: str, *, fixed: str, identifier: str = "PYSEC-2026-1", ecosystem: str = "PyPI") -> dict[str, Any]:
    """Return an advisory of every version before the fixed one."""
    ranges = [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": fixed}]}]
    return {
        "id": identifier,
        "aliases": ["CVE-2026-1"],
        "affected": [{"package": {"ecosystem": ecosystem, "name": name}, "ranges": ranges}],
    }


class Audit:
    """Locks and a copy of advisories in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "PyPI").mkdir()
        (folder / "tests" / "witnesses").mkdir(parents=True)
        (folder / "tests" / "witnesses" / "package-lock.json").write_text(json.dumps(NPM))
        (folder / "requirements-dev.lock").write_text("other==2.0 \\\n    --hash=sha256:" + "0" * 64 + "\n")
        (folder / "requirements.lock").write_text("django==5.2.19 \\\n    --hash=sha256:" + "0" * 64 + "\n")
        self.about("2026-11-01", ["django", "other"])
        self.knows(advisory("nothing-of-ours", fixed="9"), name="none")

    def about(self, day: str, packages: list[str]) -> None:
        """Say of which day the copy is, and of which packages it knows."""
        (self.folder / "SOURCE.json").write_text(json.dumps({"date": day, "packages": packages}))

    def knows(self, record: dict[str, Any], *, name: str = "one") -> None:
        """Add an advisory to the copy."""
        (self.folder / "PyPI" / f"{name}.json").write_text(json.dumps(record))

    def run(self, *arguments: str, rows: object = ()) -> int:
        """Return the exit status."""
        (self.folder / "allowed.json").write_text(json.dumps(list(rows)))  # type: ignore[call-overload]
        where = ["--root", self.folder, "--copy", self.folder, "--allowed", self.folder / "allowed.json"]
        status: int = audit.main([*map(str, where), *arguments], today=TODAY)
        return status


@pytest.fixture
def made(tmp_path: Path) -> Audit:
    """Return an audit that finds nothing."""
    return Audit(tmp_path)


def test_nothing_known_passes(made: Audit) -> None:
    assert made.run() == 0


@pytest.mark.parametrize("name", ["django", "Django", "other"])
def test_a_known_vulnerability_of_a_locked_version_fails(made: Audit, name: str, capsys: Any) -> None:
    made.knows(advisory(name, fixed="6.0"))

    assert made.run() == 1
    said = capsys.readouterr().out
    assert f"{name.lower()} " in said
    assert "PYSEC-2026-1, CVE-2026-1" in said
    assert "Update to 6.0." in said


def test_a_version_that_is_fixed_or_an_advisory_that_was_withdrawn_is_silent(made: Audit) -> None:
    made.knows(advisory("django", fixed="5.2.19"))
    made.knows({**advisory("other", fixed="6.0"), "withdrawn": "2026-01-01T00:00:00Z"}, name="two")

    assert made.run() == 0


@pytest.mark.parametrize("identifier", ["PYSEC-2026-1", "CVE-2026-1"])
def test_what_is_allowed_with_a_reason_passes_until_its_day(made: Audit, identifier: str) -> None:
    made.knows(advisory("django", fixed="6.0"))

    assert made.run(rows=[{**ROW, "id": identifier}]) == 0


@pytest.mark.parametrize(
    "row",
    [
        {**ROW, "until": "2026-11-27"},
        {**ROW, "until": "soon"},
        {**ROW, "reason": " "},
        {"id": "PYSEC-2026-1"},
        {**ROW, "id": "PYSEC-2026-2"},
    ],
)
def test_no_other_row_allows_it(made: Audit, row: dict[str, str]) -> None:
    made.knows(advisory("django", fixed="6.0"))

    assert made.run(rows=[row]) == 1


@pytest.mark.parametrize(
    ("day", "packages", "told"),
    [("2026-06-01", ["django", "other"], "180 days old"), ("2026-11-01", ["django"], "knows nothing of other")],
)
def test_a_copy_that_is_behind_warns_and_fails_only_where_asked(
    made: Audit, day: str, packages: list[str], told: str, capsys: Any
) -> None:
    made.about(day, packages)

    assert made.run() == 0
    assert told in capsys.readouterr().out
    assert made.run("--strict") == 1


def test_packages_of_which_the_copy_has_no_advisories_are_told(made: Audit, capsys: Any) -> None:
    made.run()

    assert "no advisories for npm" in capsys.readouterr().out


def test_the_copy_of_the_portal_says_where_it_comes_from() -> None:
    about = json.loads((audit.COPY / "SOURCE.json").read_text())

    assert (about["source"], about["license"]) == ("https://github.com/pypa/advisory-database", "CC-BY-4.0")
    assert date.fromisoformat(about["date"])
    assert len(about["packages"]) > 90
    assert all(json.loads(file.read_text())["id"] == file.stem for file in (audit.COPY / "PyPI").glob("*.json"))
