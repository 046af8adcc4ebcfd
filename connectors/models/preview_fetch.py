"""Previews of repositories while somebody fills in a form."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models import Project
from connectors.models.fetch import Fetch


class PreviewFetch(Fetch):
    """One preview of a repository by a worker, and what it found.

    `question` is a hash of Project, address, tag and `refs`, which are the tags that the typed address may name.
    `found` has the fields of `connectors.drafts.repository_preview.RepositoryPreview`. It is deleted after minutes.
    """

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="preview_fetches")
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="preview_fetches")
    asked_at = models.DateTimeField(default=timezone.now)
    question = models.CharField(max_length=64)
    url = models.TextField()
    tag = models.CharField(max_length=256, blank=True)
    refs = models.JSONField(default=list, blank=True)
    found = models.JSONField(null=True, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-asked_at", "-id"]
        indexes = [
            models.Index(fields=["question", "-asked_at"], name="preview_question"),
            models.Index(fields=["asked_at"], name="preview_asked"),
            models.Index(fields=["since"], name="preview_open", condition=Q(state__in=("queued", "running"))),
        ]

    def __str__(self) -> str:
        return f"{self.tag or 'Tags'} of {self.url} ({self.get_state_display()})"
