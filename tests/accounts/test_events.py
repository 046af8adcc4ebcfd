"""The event log."""

from __future__ import annotations

import importlib

import pytest
from django.db import DatabaseError, connection, transaction

from accounts import actors, events
from accounts.models import AppendOnly, Event
from accounts.requests import correlation
from accounts.signals import event_recorded

pytestmark = pytest.mark.security


def recorded(**fields: object) -> Event:
    """Return a new event."""
    return events.record(
        "thing:done",
        by=actors.system("test"),
        subject_type="thing",
        subject_id=7,
        **fields,  # type: ignore[arg-type]
    )


@pytest.fixture
def triggers(db: None) -> None:
    """Have the triggers of the event log, which tests on SQLite go without, until this test is rolled back."""
    if connection.vendor == "sqlite":
        append_only = importlib.import_module("accounts.migrations.0003_append_only")
        with connection.cursor() as cursor:
            for statement in append_only.SQLITE:
                cursor.execute(statement)


@pytest.mark.django_db
def test_event_keeps_who_what_and_the_correlation_id() -> None:
    correlation.begin("abc-123")

    event = recorded(subject_label="x" * 300, status_from="Draft", status_to="Processing", details={"a": 1})

    kept = Event.objects.get()
    assert kept == event
    assert (kept.actor_kind, kept.actor_label, kept.subject_id) == ("system", "test", "7")
    assert (kept.status_from, kept.status_to, kept.details) == ("Draft", "Processing", {"a": 1})
    assert kept.correlation_id == "abc-123"
    assert len(kept.subject_label) == 256


@pytest.mark.django_db
def test_event_is_neither_changed_nor_deleted_by_models() -> None:
    event = recorded()

    with pytest.raises(AppendOnly):
        event.save()
    with pytest.raises(AppendOnly):
        event.delete()
    with pytest.raises(AppendOnly):
        Event.objects.update(name="other:done")
    with pytest.raises(AppendOnly):
        Event.objects.all().delete()


@pytest.mark.parametrize("statement", ["UPDATE accounts_event SET name = 'x'", "DELETE FROM accounts_event"])
def test_database_refuses_to_change_events(statement: str, triggers: None) -> None:
    recorded()

    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)

    assert Event.objects.get().name == "thing:done"


@pytest.mark.django_db(transaction=True)
def test_listeners_hear_of_an_event_after_the_commit_and_not_after_a_rollback() -> None:
    heard: list[Event] = []

    def listen(event: Event, **kwargs: object) -> None:
        assert not connection.in_atomic_block
        heard.append(event)

    event_recorded.connect(listen)
    try:
        with pytest.raises(RuntimeError), transaction.atomic():
            recorded()
            raise RuntimeError
        with transaction.atomic():
            kept = recorded()
            assert not heard
    finally:
        event_recorded.disconnect(listen)

    assert heard == [kept]
