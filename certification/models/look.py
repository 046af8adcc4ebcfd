"""Fetches from a repository that a reviewer requested: its tags, or the files of one of them."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from connectors.models import ConnectorStaged, Fetch


class Look(Fetch):
    """One fetch by a worker. With an empty tag it lists the tags, else it stores the files of that tag."""

    draft = models.ForeignKey(ConnectorStaged, on_delete=models.CASCADE, related_name="looks")
    url = models.CharField(max_length=2048)
    tag = models.CharField(max_length=256, blank=True)
    asked_by = models.CharField(max_length=256, blank=True)
    tags = models.JSONField(default=list, blank=True)
    commit = models.CharField(max_length=64, blank=True)
    tree = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-since", "-id"]
        constraints = [models.UniqueConstraint(fields=["draft", "url", "tag"], name="one_look_per_tag")]
        indexes = [models.Index(fields=["since"], name="look_open", condition=Q(state__in=("queued", "running")))]

    def __str__(self) -> str:
        return f"{self.tag or 'Tags'} of {self.url} ({self.get_state_display()})"
