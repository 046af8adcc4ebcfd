"""Comments of the certification, which the API shows to everybody who can see the draft."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone

from connectors.models.staged import ConnectorStaged


class CertificationComment(models.Model):
    """One public comment. `user_id` is a Project key or the portal's own name, never a person."""

    draft = models.ForeignKey(ConnectorStaged, on_delete=models.CASCADE, related_name="comments")
    public_name = models.CharField("userId", max_length=256)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    text = models.TextField(max_length=10_000)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering: ClassVar[list[str]] = ["created_at", "id"]

    def __str__(self) -> str:
        return f"{self.public_name}: {self.text[:60]}"
