"""What a developer tells the reviewers with a submission."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils import timezone

from connectors.models import ConnectorStaged


class Submission(models.Model):
    """Notes, changelog and credentials for testing, for the reviewers only. The last one of a draft counts.

    `credentials` are sealed (`accounts.sealing`): opening them is a verb that is logged.
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
