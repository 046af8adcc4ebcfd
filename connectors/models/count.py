"""What the database counts by itself. Its triggers are the only writers (connectors.store.triggers)."""

from __future__ import annotations

from django.db import models

from accounts.models import Project


class Tally(models.Model):
    """How many drafts of one Project agree in all that a query of drafts filters by."""

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
    """The state of the catalogue: one row, whose mark is another after each change of a production Connector."""

    mark = models.UUIDField()

    def __str__(self) -> str:
        return str(self.mark)
