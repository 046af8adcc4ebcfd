"""Conditions for reading rows, joined by AND."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias
from uuid import UUID

from django.db import connection

Value: TypeAlias = bool | int | str | UUID


@dataclass(frozen=True)
class Selection:
    """Fixed SQL, with the caller's values kept separate.

    Columns have no table name, so that a selection works for a table and for the tally of its rows, unless it names a
    column that the tally does not have: then it is not `tallied`.
    """

    conditions: tuple[str, ...] = ()
    values: tuple[Value, ...] = ()
    tallied: bool = True

    def where(self, condition: str, *values: Value, tallied: bool = True) -> Selection:
        """Return the selection narrowed by one more condition, with `%s` for each value."""
        return Selection((*self.conditions, condition), (*self.values, *values), self.tallied and tallied)

    @property
    def sql(self) -> str:
        """The text after WHERE."""
        return " AND ".join(self.conditions)


def of_project(project_id: int) -> Selection:
    """Select what one Project owns."""
    return Selection().where("project_id = %s", project_id)


def visible(*, project_id: int, identifier: str) -> Selection:
    """Select the public Connectors, the Project's own, and those shared with it (`identifier` is `region:key`)."""
    return Selection().where(
        "(NOT private OR project_id = %s OR id IN (SELECT connector_id FROM connectors_access WHERE identifier = %s))",
        project_id,
        identifier,
    )


def stored(id: UUID) -> UUID | str:
    """Return an id in the database's format."""
    return id if connection.features.has_native_uuid_field else id.hex


def with_id(rows: Selection, *ids: UUID) -> Selection:
    """Narrow to these ids."""
    return rows.where(f"id IN ({', '.join(['%s'] * len(ids))})", *map(stored, ids))


def with_key(rows: Selection, *keys: str) -> Selection:
    """Narrow to these keys."""
    return rows.where(f"key IN ({', '.join(['%s'] * len(keys))})", *keys)
