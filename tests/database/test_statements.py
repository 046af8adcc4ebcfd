"""Plain statements: rows come and go as the ORM's do."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from unittest.mock import Mock
from uuid import uuid4

import pytest
from django.db import connection
from django.db.models import QuerySet
from django.test.utils import CaptureQueriesContext

from accounts.models import Event, Project
from connectors.choices import ConnectorStatus
from connectors.models import Connector, ConnectorStaged, ValidationRun
from database import statements
from tests import factory

pytestmark = pytest.mark.django_db

AT = datetime(2026, 3, 1, 12, 30, 15, 123456, tzinfo=UTC)


def event(**fields: object) -> Event:
    """Return an event that is not stored."""
    return Event(**{"name": "thing:done", "actor_kind": "system", "subject_type": "thing", "subject_id": "1", **fields})


needs_postgresql = pytest.mark.skipif(connection.vendor != "postgresql", reason="Only PostgreSQL prepares statements.")


def values_of(row: Event | ValidationRun | ConnectorStaged) -> dict[str, object]:
    """Return every column of a row, by attribute."""
    return {f.attname: getattr(row, f.attname) for f in row._meta.concrete_fields}


def test_inserted_rows_are_read_by_the_orm_as_they_were() -> None:
    new = [event(at=AT, details={"a": ["é", None, 1.5, True]}, version=3), event(uuid=uuid4(), details={})]

    statements.insert(new)

    assert [values_of(row) for row in Event.objects.order_by("id")] == [values_of(row) for row in new]
    assert not any(row._state.adding for row in new)


def test_key_that_is_made_here_is_kept() -> None:
    draft = factory.draft()
    run = ValidationRun(draft=draft, kind="publish", url="u", tag="1", queued_at=AT, not_before=AT)
    made = run.id

    statements.insert([run])

    assert values_of(ValidationRun.objects.get(pk=made)) == values_of(run)


def test_nothing_to_insert_asks_nothing() -> None:
    with CaptureQueriesContext(connection) as captured:
        statements.insert([])

    assert not captured


def test_update_stores_every_column_where_the_condition_holds() -> None:
    draft = factory.draft()
    draft.name, draft.private_projects, draft.last_modified_at = "It's 100% {new}", ["a:b"], AT

    assert statements.update(draft, where={"id": draft.pk, "version": 1})

    assert values_of(ConnectorStaged.objects.get(pk=draft.pk)) == values_of(draft)


def test_update_changes_nothing_where_it_does_not() -> None:
    draft = factory.draft()
    draft.name = "Other"

    assert not statements.update(draft, where={"id": draft.pk, "version": 2})

    assert ConnectorStaged.objects.get(pk=draft.pk).name != "Other"


def test_joined_row_becomes_the_rows_that_the_orm_reads() -> None:
    draft = factory.at(ConnectorStatus.PUBLISHED)
    read = f"SELECT {statements.selected(Connector, table='c')}, {statements.selected(Project, table='p')}"
    read += " FROM connectors_connector AS c LEFT JOIN accounts_project AS p ON p.id = c.project_id AND p.key = %s"

    both = statements.row(read, [draft.project.key])
    one = statements.row(read, ["nobody"])

    assert both is not None
    assert one is not None
    connector, project = statements.instances(both, Connector, Project)
    assert values_of(connector) == values_of(Connector.objects.get())
    assert project == draft.project
    assert list(statements.instances(one, Connector, Project))[1] is None


def events_of(version: int, since: datetime) -> QuerySet[Event, tuple[str, int]]:
    """Return what can be asked of events by a number and a moment."""
    return (
        Event.objects.filter(version=version, at__gte=since, name="thing:done")
        .order_by("pk")
        .values_list("name", "version")
    )


def test_a_queryset_written_once_finds_what_the_queryset_finds() -> None:
    statements.insert([event(version=n, at=AT + timedelta(days=n)) for n in (1, 2, 2, 3)])
    build = Mock(side_effect=events_of)
    written = statements.Written(build, version=int, since=datetime)

    for number, since in ((1, AT), (2, AT), (2, AT + timedelta(days=3)), (9, AT)):
        assert written.rows(version=number, since=since) == list(events_of(number, since))
        assert written.count(version=number, since=since) == events_of(number, since).count()
    assert build.call_count == 1


def test_a_written_queryset_asks_once_and_for_all_its_values() -> None:
    written = statements.Written(events_of, version=int, since=datetime)

    with CaptureQueriesContext(connection) as captured:
        written.rows(version=1, since=AT)

    assert len(captured) == 1
    with pytest.raises(KeyError):
        written.rows(version=1)


@needs_postgresql
def test_statement_that_comes_again_is_prepared() -> None:
    for n in range(5):
        assert statements.row("SELECT %s::int + 40", [n]) == (n + 40,)

    prepared = statements.rows("SELECT statement FROM pg_prepared_statements")

    assert ("SELECT $1::int + 40",) in prepared
