"""The end of a mutation run: `.ci/mutants.py`."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import pytest

from tests.root import ROOT

_spec = importlib.util.spec_from_file_location("mutants", ROOT / ".ci" / "mutants.py")
assert _spec is not None and _spec.loader is not None
mutants = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(mutants)


def left(folder: Path, name: str, *statuses: int | None) -> None:
    """Write what mutmut leaves of a module: how the tests ended for each change."""
    file = folder / f"{name}.py.meta"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps({"exit_code_by_key": {f"{name}.{n}": status for n, status in enumerate(statuses)}}))


def test_each_module_has_its_share_and_each_unnoticed_change_its_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    left(tmp_path, "rules/calendar", *[1] * 19, 0)
    left(tmp_path, "rules/abilities", *[1] * 40, None)

    status = mutants.main(tmp_path)

    said = capsys.readouterr().out
    assert status == 0
    assert "not noticed: rules/calendar.19\n" in said
    assert "rules/calendar.py: 1 of 20 changes were not noticed, 5.0 %\n" in said
    assert "rules/abilities.py: 0 of 40 changes were not noticed, 0.0 %\n" in said


@pytest.mark.parametrize("status", [0, 5, 33])
def test_one_module_beyond_the_limit_is_enough_to_fail(tmp_path: Path, status: int) -> None:
    left(tmp_path, "rules/calendar", *[1] * 18, status)
    left(tmp_path, "rules/abilities", *[1] * 900)

    assert mutants.main(tmp_path) == 1


def test_a_run_without_changes_fails(tmp_path: Path) -> None:
    left(tmp_path, "rules/calendar", None)

    assert mutants.main(tmp_path) == 1
