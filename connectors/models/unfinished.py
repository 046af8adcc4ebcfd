"""Unsaved input in the connector form."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from connectors.models.staged import ConnectorStaged


class Unfinished(models.Model):
    """The input of one person in one form: for a new draft (`draft` is empty) or for an existing one.

    Without fields, nothing is unfinished. `over` has the ids of forms that were submitted, the latest last.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="unfinished_forms")
    draft = models.ForeignKey(
        ConnectorStaged, null=True, blank=True, on_delete=models.CASCADE, related_name="unfinished_forms"
    )
    typed = models.JSONField(default=dict)
    # The database also has a default, for web servers that do not know the column yet.
    over = models.JSONField(default=list, db_default=[])
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering: ClassVar[list[str]] = ["-at"]
        verbose_name = "unfinished form"
        constraints = [
            models.UniqueConstraint(
                fields=["user"], condition=Q(draft=None), name="one_unfinished_new_form_per_person"
            ),
            models.UniqueConstraint(
                fields=["user", "draft"], condition=Q(draft__isnull=False), name="one_unfinished_form_per_draft"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.typed.get('name') or 'a new connector'}"
