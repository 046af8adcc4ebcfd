"""Counters of the limits (`accounts.limits`)."""

from __future__ import annotations

from django.db import models


class Counter(models.Model):
    """How often something limited was done by somebody; `database.counters` writes it.

    `ends_at` are seconds since 1970. On PostgreSQL the table is not logged: counting waits for no disk, and a crash
    only forgets counts.
    """

    key = models.CharField(max_length=200, primary_key=True)
    count = models.PositiveIntegerField()
    ends_at = models.FloatField(db_index=True)

    def __str__(self) -> str:
        return self.key
