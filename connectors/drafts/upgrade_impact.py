"""What a new version means for clients of the previous one: a semantic comparison of connect.yaml and listing fields.

Pure: it takes two results of `Content.content()` and uses no database. The developer before submitting and the reviewer
see the same list.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from connectors.contract import field_impact, fields
from connectors.contract.field_impact import Impact, Label

__all__ = ["Impact", "Label", "compare", "is_breaking"]

_ORDER = {label: n for n, label in enumerate(Label)}


def compare(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Impact]:
    """Return the differences between two contents: breaking ones first, those that only show a new value last."""
    rows = sorted(fields.ROWS, key=lambda row: row.impact is field_impact.changed)
    found = [
        impact
        for row in rows
        if row.published and row.impact
        for impact in row.impact(row.named, before.get(row.column), after.get(row.column))
    ]
    return sorted(found, key=lambda impact: _ORDER[impact.label])


def is_breaking(impacts: Sequence[Impact]) -> bool:
    """Return whether any of the differences is breaking."""
    return any(impact.label is Label.BREAKING for impact in impacts)
