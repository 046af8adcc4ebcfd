"""Record each change that is made in the admin as an event, with the old and the new values.

Every page of the admin that receives a form runs in one transaction, in which the rows that it saves or deletes are
watched: by any form, inline, list or action, of ours or of a library. In the end each row that differs becomes
one event. A form that was refused has changed nothing, and leaves no event.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import wraps
from typing import Any

from django.contrib import admin
from django.contrib.auth import get_user_model
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models, transaction
from django.db.models.signals import m2m_changed, post_save, pre_delete, pre_save
from django.http import HttpRequest

from accounts import events
from accounts.actors import Actor
from accounts.models import Departure, Event, Membership
from accounts.requests.admin_queries import SECRET

ADDED, CHANGED, DELETED = "admin:added", "admin:changed", "admin:deleted"
NOT_SHOWN = "not shown"
HOLDS_SECRETS = frozenset({"data", "extra_data"})
"""Fields of libraries with secrets among other values."""

CONSEQUENCES: tuple[type[models.Model], ...] = (Event, Departure)
"""Rows that the portal writes because of a change, which is what the event is about."""

LONGEST = 2_000

Values = dict[str, Any]
Key = tuple[type[models.Model], Any]


@dataclass
class Trace:
    """The rows that one request changes: their values before, None for a new row, by model and key."""

    by: Actor
    before: dict[Key, Values | None] = field(default_factory=dict)
    links: dict[Key, dict[str, list[str]]] = field(default_factory=dict)
    names: dict[Key, str] = field(default_factory=dict)
    reasons: dict[Key, str] = field(default_factory=dict)

    def saving(self, sender: type[models.Model], instance: models.Model, raw: bool = False, **_: Any) -> None:
        """Keep the values of a row that is about to be saved, if it is there already."""
        if _is_watched(sender) and not instance._state.adding and sender is not Membership:
            self._keep(sender, instance.pk, stored(sender, instance.pk))

    def saved(self, sender: type[models.Model], instance: models.Model, created: bool, **_: Any) -> None:
        """Keep that a row is new. A verb records who joins a Project or gets another role, and who was admitted."""
        if created and _is_watched(sender) and sender not in {Membership, get_user_model()}:
            self._keep(sender, instance.pk, None)

    def deleting(self, sender: type[models.Model], instance: models.Model, origin: object = None, **_: Any) -> None:
        """Keep the values of a row that is about to be deleted."""
        if not _is_watched(sender) or (sender is Membership and origin is instance):
            return
        self._keep(sender, instance.pk, stored(sender, instance.pk))
        self.names.setdefault((sender, instance.pk), str(instance))

    def linking(self, sender: type[models.Model], instance: models.Model, action: str, reverse: bool, **_: Any) -> None:
        """Keep what a row is linked to before that changes."""
        if not action.startswith("pre_") or reverse:
            return
        key, name = (type(instance), instance.pk), _link(instance, through=sender)
        self._keep(*key, stored(*key))
        self.links.setdefault(key, {}).setdefault(name, _linked(instance, name))

    def explain(self, row: models.Model, reason: str) -> None:
        """Add the reason that somebody gave for the change of a row."""
        self.reasons[type(row), row.pk] = reason

    def record(self) -> None:
        """Append an event for each row that is not as it was."""
        for key, before in self.before.items():
            model, pk = key
            row = model._base_manager.filter(pk=pk).first()
            changes = {**_changes(model, before or {}, values_of(row) or {}), **self._new_links(key, row)}
            if not changes:
                continue
            reason = {"reason": self.reasons[key]} if key in self.reasons else {}
            events.record(
                ADDED if before is None else DELETED if row is None else CHANGED,
                by=self.by,
                subject_type=(model._meta.model_name or "")[:32],
                subject_id=str(pk)[:64],
                subject_label=self.names.get(key, "") if row is None else str(row),
                details={"model": model._meta.label, "changes": changes, **reason},
            )

    def _new_links(self, key: Key, row: models.Model | None) -> dict[str, Any]:
        if row is None:
            return {}
        links = [(name, was, _linked(row, name)) for name, was in self.links.get(key, {}).items()]
        return {name: {"from": was, "to": now} for name, was, now in links if was != now}

    def _keep(self, model: type[models.Model], pk: Any, values: Values | None) -> None:
        self.before.setdefault((model, pk), values)


_current: ContextVar[Trace | None] = ContextVar("admin_trace", default=None)


def explain(row: models.Model, reason: str) -> None:
    """Add the reason that somebody gave to the event about the change of a row, within a request of the admin."""
    if (trace := _current.get()) is not None and reason:
        trace.explain(row, reason)


def traced(acting: Callable[[HttpRequest], Actor], admin_view: Any) -> Any:
    """Return `AdminSite.admin_view` with a trace of each request that may change something."""

    @wraps(admin_view)
    def with_trace(view: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        @wraps(view)
        def handle(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            if request.method in {"GET", "HEAD", "OPTIONS"}:
                return view(request, *args, **kwargs)
            with recording(by=acting(request)):
                return view(request, *args, **kwargs)

        return admin_view(handle, *args, **kwargs)

    return with_trace


@contextmanager
def recording(*, by: Actor) -> Iterator[Trace]:
    """Record what changes within the block, in one transaction with it."""
    trace = Trace(by)
    watched = (
        (pre_save, trace.saving),
        (post_save, trace.saved),
        (pre_delete, trace.deleting),
        (m2m_changed, trace.linking),
    )
    with transaction.atomic():
        token = _current.set(trace)
        # Connected for this request only: a listener makes every deletion elsewhere slower. Signals are shared by all
        # threads, so each receiver asks whether it is its own request that calls.
        mine = [(signal, _only(trace, receiver)) for signal, receiver in watched]
        try:
            for signal, receiver in mine:
                signal.connect(receiver, weak=False)
            yield trace
            trace.record()
        finally:
            for signal, receiver in mine:
                signal.disconnect(receiver)
            _current.reset(token)


def _only(trace: Trace, receiver: Callable[..., None]) -> Callable[..., None]:
    def receive(**given: Any) -> None:
        if _current.get() is trace:
            receiver(**given)

    return receive


def stored(model: type[models.Model], pk: Any) -> Values | None:
    """Return the values of a row's columns as they are in the database, None where there is no row."""
    return values_of(model._base_manager.filter(pk=pk).first())


def values_of(row: models.Model | None) -> Values | None:
    """Return the values of a row's columns, None for no row."""
    return None if row is None else {one.attname: one.value_from_object(row) for one in row._meta.concrete_fields}


def _changes(model: type[models.Model], before: Values, after: Values) -> dict[str, Any]:
    """Return each column that differs, by the name of its field; of secrets only that they differ."""
    found: dict[str, Any] = {}
    for one in model._meta.concrete_fields:
        was, now = before.get(one.attname), after.get(one.attname)
        if was == now or one.primary_key:
            continue
        if is_secret(one):
            found[one.name] = NOT_SHOWN
        else:
            found[one.name] = {"from": _plain(was), "to": _plain(now)}
    return found


def is_secret(column: models.Field[Any, Any]) -> bool:
    """Return whether the values of a column must not be written into the event log."""
    return bool(isinstance(column, models.BinaryField) or column.name in HOLDS_SECRETS or SECRET.search(column.name))


def _plain(value: Any) -> Any:
    """Return a value as JSON can hold it, shortened."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, dict | list):
        text = DjangoJSONEncoder(ensure_ascii=False).encode(value)
        return value if len(text) <= LONGEST else text[:LONGEST] + "…"
    text = value.isoformat() if hasattr(value, "isoformat") else str(value)
    return text if len(text) <= LONGEST else text[:LONGEST] + "…"


def _link(row: models.Model, *, through: type[models.Model]) -> str:
    return next(one.name for one in row._meta.many_to_many if getattr(row, one.name).through is through)


def _linked(row: models.Model, name: str) -> list[str]:
    return sorted(str(one) for one in getattr(row, name).all())


def _is_watched(model: type[models.Model]) -> bool:
    """Return whether changes of a table are recorded: those that the admin shows, and tables between two others."""
    return model not in CONSEQUENCES and (model in admin.site._registry) and model._meta.app_label not in UNWATCHED


UNWATCHED = frozenset({"django_tasks_database", "usersessions"})
"""Queue messages and sessions: what they are about is recorded where it is done."""
