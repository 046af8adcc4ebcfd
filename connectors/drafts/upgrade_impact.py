"""What a new version means for those who run the one before: connect.yaml and listing fields, compared by meaning.

Pure: it takes two contents as `Content.content()` returns them, and knows no database. Both the developer before
submitting and the reviewer see the same list.
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
    """Tell whether one of the differences breaks what runs."""
    return any(impact.label is Label.BREAKING for impact in impacts)
