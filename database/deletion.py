"""Deleting a row with everything that belongs to it, and adding to a row, while others do the other."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db import connection, models

from database import statements


def delete(row: models.Model) -> None:
    """Delete a row and the rows that belong to it; call in a transaction.

    PostgreSQL checks foreign keys only at COMMIT, which would fail for rows added after they were collected. So every
    row that others can point to is locked first, from the row downward, in the same order as everywhere else. A
    transaction that adds a row locks its parent: it waits, and then finds nothing.
    """
    if connection.features.has_select_for_update:
        _lock(type(row)._base_manager.filter(pk=row.pk))
    row.delete()


def hold(model: type[models.Model], pk: object) -> bool:
    """Keep a row from being deleted until the running transaction ends, for those who only add what belongs to it.

    It makes nobody else wait, which is less than `select_for_update` can ask for. False when there is no such row.
    """
    key, quoted = model._meta.pk, connection.ops.quote_name
    lock = " FOR KEY SHARE" if connection.features.has_select_for_no_key_update else ""
    statement = f"SELECT 1 FROM {quoted(model._meta.db_table)} WHERE {quoted(key.column or key.attname)} = %s{lock}"
    return statements.row(statement, [key.get_db_prep_value(pk, connection)]) is not None


def _lock(rows: models.QuerySet[Any]) -> None:
    found = list(rows.select_for_update().order_by("pk").values_list("pk", flat=True))
    if not found:
        return
    for relation in _parts(rows.model):
        if any(_parts(relation.related_model)):
            _lock(relation.related_model._base_manager.filter(**{f"{relation.field.name}__in": found}))


def _parts(model: type[models.Model]) -> Iterator[Any]:
    """Yield the relations to the models whose rows are deleted with those of this one."""
    for relation in model._meta.get_fields(include_hidden=True):
        if isinstance(relation, models.ManyToOneRel) and relation.on_delete is models.CASCADE:
            yield relation
