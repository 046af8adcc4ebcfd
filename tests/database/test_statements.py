"""Plain statements: rows come and go as the ORM's do."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from unittest.mock import Mock

import pytest
from django.db import connection
from django.db.models import QuerySet
from django.test.utils import CaptureQueriesContext

from accounts.models import Event
from database import statements

pytestmark = pytest.mark.django_db

AT = datetime(2026, 3, 1, 12, 30, 15, 123456, tzinfo=UTC)


def event(**fields: object) -> Event:
    """Return an event that is not stored."""
    return Event(**{"name": "thing:done", "actor_kind": "system", "subject_type": "thing", "subject_id": "1", **fields})


needs_postgresql = pytest.mark.skipif(connection.vendor != "postgresql", reason="Only PostgreSQL prepares statements.")


def events_of(version: int, since: datetime) -> QuerySet[Event, tuple[str, int]]:
    """Return what can be asked of events by a number and a moment."""
    return (
        Event.objects.filter(version=version, at__gte=since, name="thing:done")
        .order_by("pk")
        .values_list("name", "version")
    )


def test_a_queryset_written_once_finds_what_the_queryset_finds() -> None:
    Event.objects.bulk_create([event(version=n, at=AT + timedelta(days=n)) for n in (1, 2, 2, 3)])
    build = Mock(side_effect=events_of)
    written = statements.Written(build, version=int, since=datetime)

    for number, since in ((1, AT), (2, AT), (2, AT + timedelta(days=3)), (9, AT)):
        assert written.rows(version=number, since=since) == list(events_of(number, since))
        assert written.count(version=number, since=since) == events_of(number, since).count()
    assert build.call_count == 1


def test_several_written_querysets_are_counted_by_one_statement() -> None:
    Event.objects.bulk_create([event(version=n, at=AT) for n in (1, 2, 2)])
    written = statements.Written(events_of, version=int, since=datetime)
    all_since = statements.Written(lambda since: Event.objects.filter(at__gte=since).values("pk"), since=datetime)

    with CaptureQueriesContext(connection) as captured:
        assert statements.counts(written, all_since, version=2, since=AT) == (2, 3)
    assert len(captured) == 1


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
