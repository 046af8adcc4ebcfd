"""The door that writes drafts. API, forms, reviewers and the worker go through it; nobody else saves one.

Each change is one transaction: load and lock, guard, change, record the event, store row and document together.
What must be told to others (mail, webhooks, tasks) is told after the commit.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.actors import Actor
from connectors import actions, payloads, representation, runs
from connectors.change import Change
from connectors.errors import ConcurrentModification, DuplicateField, InvalidOperation, ResourceNotFound
from connectors.models import ConnectorStaged, ValidationRun
from connectors.models.content import CREATOR
from connectors.signals import draft_changed


@dataclass(frozen=True)
class Lookup:
    """Which draft, and as whose: by id or by key, of one Project (None: the portal itself looks)."""

    id: UUID | None = None
    key: str | None = None
    project_id: int | None = None

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


def create(data: object, *, project_id: int, by: Actor, now: datetime | None = None) -> ConnectorStaged:
    """Make a draft from the body of a create request, and let the worker read its connect.yaml.

    Raises InvalidJsonInput with every problem, DuplicateField for a key that is taken.
    """
    clean = payloads.check(payloads.ConnectorStagedDraft, data)
    now = now or timezone.now()
    draft = ConnectorStaged(project_id=project_id, created_at=now, last_modified_at=now, key=clean.get("key"))
    draft.take(
        {
            "name": clean["name"],
            "description": clean.get("description") or "",
            "integration_types": clean.get("integrationTypes") or [],
            "repository_url": clean["repository"]["url"],
            "repository_tag": clean["repository"]["tag"],
            "supported_regions": clean.get("supportedRegions") or [],
            "private_projects": clean.get("privateProjects") or [],
            "documentation_url": clean.get("documentationUrl") or "",
        }
    )
    for wire, attribute in CREATOR.items():
        value = clean["creator"].get(wire)
        setattr(draft, attribute, value if attribute == "creator_no_of_contributors" else value or "")
    draft.document = representation.document(representation.staged(draft))
    with transaction.atomic():
        try:
            with transaction.atomic():
                draft.save(force_insert=True)
        except IntegrityError as error:
            if draft.key and ConnectorStaged.objects.filter(key=draft.key).exists():
                raise DuplicateField("key", draft.key) from error
            raise
        change = Change(draft, by=by, now=now)
        change.record("connector:created")
        runs.request(draft, kind=ValidationRun.Kind.CONFIGURATION, by=by, now=now)
        change.write()
    return draft


def apply(lookup: Lookup, *, version: int, requested: Sequence[object], by: Actor) -> ConnectorStaged:
    """Apply update actions in order, all or nothing, as one step of the version.

    `requested` are the actions as they came in. Raises ResourceNotFound, ConcurrentModification, InvalidJsonInput
    with every problem of every action, and the errors of the actions themselves.
    """
    with changing(lookup, by=by, version=version) as change:
        parsed = actions.parse(requested)
        for action, data in parsed:
            action.guard(change.draft)
            action.apply(change, data)
            change.record(f"connector:{action.event}", details=action.details(data))
    return change.draft


def delete(lookup: Lookup, *, by: Actor, version: int | None = None) -> str:
    """Delete a draft that is not frozen and was never published; return its last representation as JSON text."""
    with transaction.atomic():
        draft = load(lookup, version=version)
        if draft.published is not None:
            raise InvalidOperation("A production Connector exists; unlist it instead of deleting the draft.")
        if draft.frozen:
            raise InvalidOperation(f"The ConnectorStaged is {draft.status}: it cannot be deleted now.")
        last = draft.document
        change = Change(draft, by=by, now=timezone.now())
        change.record("connector:deleted")
        change.write()
        draft.delete()
    return last


def load(lookup: Lookup, *, version: int | None = None) -> ConnectorStaged:
    """Load and lock a draft within the running transaction; check the version when one is given.

    Raises ResourceNotFound, the same for an unknown draft and for one of another Project, and ConcurrentModification.
    """
    draft = (
        ConnectorStaged.objects.select_for_update(of=("self",))
        .select_related("production", "project")
        .filter(**lookup.filters())
        .first()
    )
    if draft is None:
        raise ResourceNotFound()
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
        change = Change(draft, by=by, now=now or timezone.now())
        yield change
        store(change, derived=derived)
        change.write()
        draft_changed.send(sender=ConnectorStaged, change=change)


def store(change: Change, *, derived: bool = False) -> None:
    """Write the draft with its document by a conditional UPDATE; zero rows changed is ConcurrentModification."""
    draft, read = change.draft, change.draft.version
    if not derived:
        draft.version = read + 1
        draft.last_modified_at = change.now
    draft.document = document_of(draft)
    fields = {f.attname: getattr(draft, f.attname) for f in draft._meta.concrete_fields if not f.primary_key}
    if not ConnectorStaged.objects.filter(pk=draft.pk, version=read).update(**fields):
        raise ConcurrentModification(expected=read)


def document_of(draft: ConnectorStaged) -> str:
    """Return the document of a stored draft as its rows are now."""
    comments = draft.comments.all() if draft.certification_requested else ()
    return representation.document(representation.staged(draft, comments=comments))
