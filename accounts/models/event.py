"""The event log: what happened, who did it, when. Append-only."""

from __future__ import annotations

import uuid
from typing import Any, Never

from django.db import models
from django.utils import timezone


class AppendOnly(TypeError):
    """Somebody tried to change or delete an event."""


class EventQuerySet(models.QuerySet["Event"]):
    """Allows reading and appending; refuses changing and deleting."""

    def update(self, **fields: Any) -> Never:
        raise AppendOnly("Events are never changed.")

    def delete(self) -> Never:
        raise AppendOnly("Events are never deleted.")


class Event(models.Model):
    """One change of state, decision, reveal or permission, with the names of that time.

    Without foreign keys: an event outlives its subject. Database triggers refuse UPDATE and DELETE.
    """

    id = models.BigAutoField(primary_key=True)
    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    at = models.DateTimeField(default=timezone.now, db_index=True)
    name = models.CharField(max_length=64, db_index=True)
    actor_kind = models.CharField(max_length=12)
    actor_id = models.CharField(max_length=100, blank=True)
    actor_label = models.CharField(max_length=256, blank=True)
    project_key = models.CharField(max_length=36, blank=True, db_index=True)
    subject_type = models.CharField(max_length=32)
    subject_id = models.CharField(max_length=64)
    subject_label = models.CharField(max_length=256, blank=True)
    status_from = models.CharField(max_length=24, blank=True)
    status_to = models.CharField(max_length=24, blank=True)
    version = models.PositiveIntegerField(null=True)
    commit = models.CharField(max_length=64, blank=True)
    details = models.JSONField(default=dict)
    correlation_id = models.CharField(max_length=256, blank=True)

    objects = EventQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["subject_type", "subject_id", "-id"], name="event_by_subject")]

    def __str__(self) -> str:
        return f"{self.name} {self.subject_label or self.subject_id} by {self.actor_label or self.actor_kind}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise AppendOnly("Events are never changed.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> Never:
        raise AppendOnly("Events are never deleted.")
