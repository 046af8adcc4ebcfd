"""Plain SQL for what requests do by the thousand: a queryset would cost more time to write than the answer to find.

On PostgreSQL the values go beside the text, and a statement that comes again is prepared: planning the three joins of
a token takes longer than following them. A statement whose best plan depends on a value has that value in its text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache, cached_property
from typing import Any
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, connection, connections, models
from django.db.backends.base.base import BaseDatabaseWrapper


def rows(statement: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    """Return every row that a statement finds."""
    with connection.cursor() as found:
        found.execute(statement, values)
        return list(found.fetchall())


def row(statement: str, values: Sequence[Any] = ()) -> tuple[Any, ...] | None:
    """Return the first row that a statement finds, or None."""
    with connection.cursor() as found:
        found.execute(statement, values)
        first: tuple[Any, ...] | None = found.fetchone()
    return first


class Written:
    """A queryset that is asked again and again: the ORM writes its text once, and only the values change.

    `build` takes the values by name, as the types in `values` say, and returns the queryset; what it does may depend on
    nothing else. The rows are what the database gives, so ask for columns that need no conversion.
    """

    def __init__(self, build: Callable[..., models.QuerySet[Any, Any]], **values: type[int] | type[datetime]) -> None:
        self._build = build
        self._types = values

    @cached_property
    def _made(self) -> tuple[str, tuple[object, ...], dict[object, str]]:
        # Numbers and moments that stand nowhere else in a statement, and that fit every column.
        stand_ins: dict[str, Any] = {
            name: 2_000_000_000 + n if kind is int else datetime(1001 + n, 1, 1, tzinfo=UTC)
            for n, (name, kind) in enumerate(self._types.items())
        }
        text, parameters = self._build(**stand_ins).query.sql_with_params()
        return text, parameters, {_adapted(value): name for name, value in stand_ins.items()}

    @property
    def text(self) -> str:
        """The statement, with a place for each of `parameters`."""
        return self._made[0]

    def parameters(self, **values: object) -> list[object]:
        """Return what belongs into the places of the text."""
        _, parameters, names = self._made
        return [_adapted(values[names[p]]) if p in names else p for p in parameters]

    @property
    def counting(self) -> str:
        """A statement with the same places that counts the rows."""
        return f"SELECT COUNT(*) FROM ({self.text}) AS counted"

    def rows(self, **values: object) -> list[tuple[Any, ...]]:
        """Return every row that is found with these values."""
        return rows(self.text, self.parameters(**values))

    def count(self, **values: object) -> int:
        """Return how many rows there are with these values."""
        ((number,),) = rows(self.counting, self.parameters(**values))
        return int(number)


def _adapted(value: object) -> object:
    return connection.ops.adapt_datetimefield_value(value) if isinstance(value, datetime) else value


def insert(new: Sequence[models.Model]) -> None:
    """Store new rows of one model by one statement, as `bulk_create` would; signals are not sent."""
    if not new:
        return
    model = type(new[0])
    if not connection.features.can_return_rows_from_bulk_insert:
        model._base_manager.bulk_create(new)
        return
    head, fields = _insertion(model)
    line = f"({', '.join(['%s'] * len(fields))})"
    text = f"{head} VALUES {', '.join([line] * len(new))} RETURNING {_quoted(model._meta.pk.column)}"
    # Not the proxy `connection`: it would look the connection up anew for each of some forty values.
    to = connections[DEFAULT_DB_ALIAS]
    stored = rows(text, [_stored(f, plain, f.pre_save(row, True), to) for row in new for f, plain in fields])
    for row, (pk,) in zip(new, stored, strict=True):
        if model._meta.auto_field is not None:
            row.pk = pk
        row._state.adding, row._state.db = False, connection.alias


def update(row: models.Model, *, where: Mapping[str, object]) -> bool:
    """Store every column of a row that is there already, if these columns are as expected; tell whether they were."""
    model = type(row)
    head, fields = _change(model)
    columns = {f.attname: f for f in model._meta.concrete_fields}
    condition = " AND ".join(f"{_quoted(columns[name].column)} = %s" for name in where)
    to = connections[DEFAULT_DB_ALIAS]
    values = [_stored(f, plain, getattr(row, f.attname), to) for f, plain in fields]
    values += [columns[name].get_db_prep_value(value, to) for name, value in where.items()]
    with connection.cursor() as found:
        found.execute(f"{head} WHERE {condition}", values)
        return bool(found.rowcount)


def selected(model: type[models.Model], *, table: str) -> str:
    """Return all columns of a model for SELECT, below the name that its table has there."""
    return ", ".join(f"{table}.{_quoted(f.column)}" for f in model._meta.concrete_fields)


def instances(values: Sequence[object], *of: type[models.Model]) -> Iterator[models.Model | None]:
    """Yield one row of each model from the columns of a joined row, in this order; None where the join found none."""
    begin, source = 0, connections[DEFAULT_DB_ALIAS]
    for model in of:
        names, converters = _reading(model, source.vendor)
        part = list(values[begin : begin + len(names)])
        begin += len(names)
        if part[names.index(model._meta.pk.attname)] is None:
            yield None
            continue
        for place, convert, column in converters:
            part[place] = convert(part[place], column, source)
        yield model.from_db(connection.alias, names, part)


@cache
def _reading(model: type[models.Model], vendor: str) -> tuple[list[str], list[tuple[int, Any, Any]]]:
    columns = [f.get_col(model._meta.db_table) for f in model._meta.concrete_fields]
    converters = [
        (place, convert, column)
        for place, column in enumerate(columns)
        for convert in (*connection.ops.get_db_converters(column), *column.get_db_converters(connection))
    ]
    return [f.attname for f in model._meta.concrete_fields], converters


@cache
def _insertion(model: type[models.Model]) -> tuple[str, list[tuple[Any, type | None]]]:
    fields = [f for f in model._meta.concrete_fields if not isinstance(f, models.AutoField)]
    columns = ", ".join(_quoted(f.column) for f in fields)
    return f"INSERT INTO {_quoted(model._meta.db_table)} ({columns})", [(f, _plain(f)) for f in fields]


@cache
def _change(model: type[models.Model]) -> tuple[str, list[tuple[Any, type | None]]]:
    fields = [f for f in model._meta.concrete_fields if not f.primary_key]
    columns = ", ".join(f"{_quoted(f.column)} = %s" for f in fields)
    return f"UPDATE {_quoted(model._meta.db_table)} SET {columns}", [(f, _plain(f)) for f in fields]


_PLAIN: dict[type[models.Field[Any, Any]], type] = {
    models.CharField: str,
    models.TextField: str,
    models.BooleanField: bool,
    models.IntegerField: int,
    models.PositiveIntegerField: int,
}


def _plain(field: models.Field[Any, Any]) -> type | None:
    """Return the type whose values go into this field as they are; the field itself would find nothing to do."""
    on_postgresql = (
        {models.DateTimeField: datetime, models.UUIDField: UUID} if connection.vendor == "postgresql" else {}
    )
    return {**_PLAIN, **on_postgresql}.get(type(field))


def _stored(field: models.Field[Any, Any], plain: type | None, value: object, to: BaseDatabaseWrapper) -> Any:
    return value if value is None or type(value) is plain else field.get_db_prep_save(value, to)


def _quoted(name: str | None) -> str:
    # The stubs have it that a column may be without a name.
    return connection.ops.quote_name(name or "")
