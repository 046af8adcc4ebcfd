"""Write drafts. API, forms, reviews and the worker all use this module; no other code saves a draft.

Each change is one transaction: load and lock, guard, change, record the event, store row and document together.
Everything that others must learn (mail, webhooks, tasks) is sent after the commit.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.actors import Actor
from accounts.limits import table
from connectors import limits
from connectors.contract import fields, request_fields
from connectors.drafts import actions, payloads, publishing, representation
from connectors.drafts.draft_change import Change
from connectors.errors import ConcurrentModification, DuplicateField, ResourceNotFound
from connectors.models import ConnectorStaged, ValidationRun
from connectors.runs import runs
from connectors.signals import draft_changed
from database import deletion


@dataclass(frozen=True)
class Lookup:
    """Which draft, and as whose: by id or by key, of one Project (None: the portal itself looks).

    Who knows the Project's key says it, for the events; else it is looked up.
    """

    id: UUID | None = None
    key: str | None = None
    project_id: int | None = None
    project_key: str = ""

    def __post_init__(self) -> None:
        # Without both, the filter would be `key IS NULL`: any draft that has none.
        if (self.id is None) == (self.key is None):
            raise ValueError("A draft is looked up by its id or by its key.")

    def filters(self) -> dict[str, Any]:
        """Return the lookup as arguments of a queryset filter."""
        found: dict[str, Any] = {"pk": self.id} if self.id is not None else {"key": self.key}
        if self.project_id is not None:
            found["project_id"] = self.project_id
        return found


def create(
    data: object, *, project_id: int, by: Actor, now: datetime | None = None, project_key: str = ""
) -> ConnectorStaged:
    """Make a draft from the body of a create request, and let the worker read its connect.yaml.

    Who knows the Project's key says it, for the event; else it is looked up. Raises InvalidJsonInput with every
    problem, DuplicateField for a key that is taken, and TooManyRequests.
    """
    clean = request_fields.check(payloads.ConnectorStagedDraft, data)
    limits.spend(table.DRAFTS, of=project_id)
    now = now or timezone.now()
    draft = ConnectorStaged(project_id=project_id, created_at=now, last_modified_at=now)
    draft.take(fields.columns(clean))
    draft.document = representation.document(representation.staged(draft))
    try:
        with transaction.atomic():
            draft.save(force_insert=True)
            change = Change(draft, by=by, now=now, project_key=project_key)
            change.record("connector:created")
            runs.queue(draft, kind=ValidationRun.Kind.CONFIGURATION, by=by, now=now)
            change.write()
    except IntegrityError as error:
        if draft.key and ConnectorStaged.objects.filter(key=draft.key).exists():
            raise DuplicateField("key", draft.key) from error
        raise
    return draft


def apply(lookup: Lookup, *, version: int, requested: Sequence[object], by: Actor) -> ConnectorStaged:
    """Apply update actions in order, all or nothing, as one step of the version.

    `requested` are the actions as they came in. Raises ResourceNotFound, ConcurrentModification, InvalidJsonInput
    with every problem of every action, the errors of the actions themselves, and TooManyRequests.
    """
    # Before the transaction, so that changes of other drafts of the Project do not wait for this one's end.
    limits.spend(table.CHANGES, of=lookup.project_id)
    with changing(lookup, by=by, version=version) as change:
        parsed = actions.parse(requested)
        for action, data in parsed:
            action.guard(change.draft)
            verb = action.apply(change, data) or action.event
            change.record(f"connector:{verb}", details=action.details(data))
    return change.draft


def delete(lookup: Lookup, *, by: Actor, version: int | None = None) -> str:
    """Delete a draft, and its Connector where that is private; return the last representation as JSON text.

    The event log stays. Runs that are under way are canceled: their worker finds its lease gone. Raises
    InvalidOperation while the draft is frozen, and when the Connector is or was public.
    """
    with transaction.atomic():
        draft = load(lookup, version=version)
        if refusal := draft.refusal_of_delete():
            raise refusal
        last = draft.document
        change = Change(draft, by=by, now=timezone.now(), project_key=lookup.project_key)
        change.record("connector:deleted")
        change.write()
        publishing.delete(draft)
        deletion.delete(draft)
    return last


def require(lookup: Lookup) -> None:
    """Raise ResourceNotFound, the same for an unknown draft and for one of another Project."""
    if not ConnectorStaged.objects.filter(**lookup.filters()).exists():
        raise ResourceNotFound()


def hold(draft_id: UUID) -> None:
    """Keep a draft from being deleted until the running transaction ends, for those who only add rows to it.

    It makes nobody else wait. Raises ResourceNotFound.
    """
    if not deletion.hold(ConnectorStaged, draft_id):
        raise ResourceNotFound()


def load(lookup: Lookup, *, version: int | None = None) -> ConnectorStaged:
    """Load and lock a draft within the running transaction; check the version when one is given.

    Other changes of the draft wait. Rows may still be added to it: a transaction that adds one may have locked another
    of its rows, and this change waits for that. Raises ResourceNotFound, the same for an unknown draft and for one of
    another Project, and ConcurrentModification.
    """
    rows = ConnectorStaged.objects.select_related("production")
    try:
        draft = rows.select_for_update(no_key=True, of=("self",)).get(**lookup.filters())
    except ConnectorStaged.DoesNotExist:
        raise ResourceNotFound() from None
    if version is not None and draft.version != version:
        raise ConcurrentModification(expected=version, current=draft.version)
    return draft


@contextmanager
def changing(
    lookup: Lookup, *, by: Actor, version: int | None = None, now: datetime | None = None, derived: bool = False
) -> Iterator[Change]:
    """Open a draft for one change, and store it when the block ends well.

    `derived` marks what is only read from connect.yaml: it does not move the version.
    """
    with transaction.atomic():
        draft = load(lookup, version=version)
        # Copied, because what is kept as JSON can be changed in place.
        read = deepcopy(_columns(draft))
        change = Change(draft, by=by, now=now or timezone.now(), project_key=lookup.project_key)
        yield change
        if not derived:
            draft.version += 1
            draft.last_modified_at = change.now
        draft.document = document_of(draft)
        _store(draft, read=read)
        change.write()
        draft_changed.send(sender=ConnectorStaged, change=change)


def _columns(draft: ConnectorStaged) -> dict[str, Any]:
    return {f.attname: getattr(draft, f.attname) for f in ConnectorStaged._meta.concrete_fields}


def _store(draft: ConnectorStaged, *, read: Mapping[str, Any]) -> None:
    """Write the columns that changed by a conditional UPDATE; zero rows changed is ConcurrentModification."""
    changed = {name: value for name, value in _columns(draft).items() if value != read[name]}
    rows = ConnectorStaged.objects.filter(pk=draft.pk, version=read["version"])
    if changed and not rows.update(**changed):
        raise ConcurrentModification(expected=read["version"])


def document_of(draft: ConnectorStaged) -> str:
    """Return the document of a stored draft as its rows are now."""
    comments = draft.comments.all() if draft.certification_requested else ()
    return representation.document(representation.staged(draft, comments=comments))
