"""Verdicts of one reviewer in a JSON file, for the command line: `{"secrets": {"verdict": "pass", "reason": "…"}}`.

Each key is that of a criterion, `verdict` is `pass`, `fail` or `n/a`, and `reason` says how it was checked.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from certification.errors import ReviewError
from certification.models import Criterion, Verdict

VALUES = (Verdict.Value.PASS, Verdict.Value.FAIL, Verdict.Value.NOT_APPLICABLE)
_FIELDS = frozenset({"verdict", "reason"})


@dataclass(frozen=True)
class Given:
    """One verdict of the file."""

    key: str
    value: str
    reason: str


def parse(text: str) -> list[Given]:
    """Return the verdicts in a file; raises ReviewError with everything that is wrong with it."""
    try:
        rows = json.loads(text, object_pairs_hook=_without_duplicates)
    except json.JSONDecodeError as error:
        raise ReviewError(f"The file is not valid JSON: {error.msg} in line {error.lineno}.") from error
    except RecursionError as error:
        raise ReviewError("The file is nested too deeply.") from error
    if not isinstance(rows, dict) or not rows:
        raise ReviewError(
            'The file must be a JSON object of criteria: {"secrets": {"verdict": "pass", "reason": "…"}}.'
        )
    known = set(Criterion.objects.filter(active=True).values_list("key", flat=True))
    problems = [problem for key, row in rows.items() for problem in _problems(key, row, known)]
    if problems:
        raise ReviewError(" ".join(problems))
    return [Given(key, row["verdict"], row["reason"].strip()) for key, row in rows.items()]


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise ReviewError(f"“{twice}” occurs twice.")
    return found


def _problems(key: str, row: object, known: set[str]) -> list[str]:
    if key not in known:
        return [f"There is no criterion “{key}”."]
    if not isinstance(row, dict):
        return [f"{key}: must be an object with verdict and reason."]
    found = [f"{key}: unknown field “{name}”." for name in sorted(row.keys() - _FIELDS)]
    if row.get("verdict") not in VALUES:
        found.append(f"{key}: verdict must be one of {', '.join(VALUES)}.")
    reason = row.get("reason")
    if not isinstance(reason, str) or not reason.strip():
        found.append(f"{key}: reason must say how it was checked.")
    return found
