"""The text of validated commits, stored so that comparisons need no network and still work after a tag is deleted."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils import timezone


class SourceText(models.Model):
    """The content of one text file, compressed and stored once, for all commits and paths that have it."""

    digest = models.CharField(primary_key=True, max_length=64)
    size = models.PositiveIntegerField()
    content = models.BinaryField()

    class Meta:
        ordering: ClassVar[list[str]] = ["digest"]

    def __str__(self) -> str:
        return f"{self.digest[:12]} ({self.size} bytes)"


class Snapshot(models.Model):
    """The files of one Git tree: `files` is compressed JSON, a list of [path, size, digest, is kept, note]."""

    tree = models.CharField(max_length=64, unique=True)
    files = models.BinaryField()
    count = models.PositiveIntegerField()
    bytes = models.PositiveBigIntegerField()
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering: ClassVar[list[str]] = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.tree[:12]} ({self.count} files)"
