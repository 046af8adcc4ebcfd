"""Counters that only database triggers write (connectors.store.triggers)."""

from __future__ import annotations

from django.db import models

from accounts.models import Project


class Tally(models.Model):
    """The number of drafts of one Project with the same values in all filter columns."""

    pk = models.CompositePrimaryKey("project_id", "private", "integration_mask")
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+", db_index=False)
    private = models.BooleanField()
    integration_mask = models.PositiveIntegerField()
    count = models.IntegerField()

    class Meta:
        verbose_name_plural = "tallies"

    def __str__(self) -> str:
        return f"{self.project_id}: {self.count}"


class Edition(models.Model):
    """The edition of the catalog: one row, whose mark changes with each change of a production Connector."""

    mark = models.UUIDField()

    def __str__(self) -> str:
        return str(self.mark)
