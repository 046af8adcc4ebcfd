"""What a developer sends only to the reviewers with a submission."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils import timezone

from connectors.models import ConnectorStaged


class Submission(models.Model):
    """Notes, changelog and test credentials, only for the reviewers. The last submission of a draft counts.

    `credentials` are encrypted (`accounts.sealing`). Each time somebody reveals them, an event is recorded.
    """

    draft = models.ForeignKey(ConnectorStaged, on_delete=models.CASCADE, related_name="submissions")
    notes = models.TextField(blank=True, max_length=5000)
    changelog = models.TextField(blank=True, max_length=10_000)
    credentials = models.TextField(blank=True, editable=False)
    credentials_expire_at = models.DateTimeField(null=True, blank=True)
    by_label = models.CharField(max_length=256)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering: ClassVar[list[str]] = ["-at", "-id"]

    def __str__(self) -> str:
        return f"{self.draft} {self.at:%Y-%m-%d}"
