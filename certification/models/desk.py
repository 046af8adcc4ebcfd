"""How the reviewers' desk is set up: time limits and days off."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class TimeLimit(models.Model):
    """How many business days something may take."""

    class For(models.TextChoices):
        """What is limited: the reviewers' decision by kind of round, and the developer's answers."""

        FIRST = "first", "Review of a first submission"
        UPDATE = "update", "Review of an update"
        APPEAL = "appeal", "Review of an appeal"
        ANSWER = "answer", "Developer's answer to a question"
        CHANGES = "changes", "Developer's work on requested changes"
        REMINDER = "reminder", "Reminder, before the developer's time is over"

    limits = models.CharField("for", max_length=8, choices=For.choices, unique=True)
    business_days = models.PositiveSmallIntegerField()

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]

    def __str__(self) -> str:
        return f"{self.get_limits_display()}: {self.business_days} business days"


class Holiday(models.Model):
    """A day on which no review time passes, beside Saturdays and Sundays."""

    day = models.DateField(unique=True)
    name = models.CharField(max_length=120)

    class Meta:
        ordering: ClassVar[list[str]] = ["day"]

    def __str__(self) -> str:
        return f"{self.day} {self.name}"
