"""What people write in a round besides public comments: notes, line comments, requests, and unsent drafts."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts import naming
from certification.models.criterion import Criterion
from certification.models.round import Answer, Round


class Note(models.Model):
    """A private note: reviewers see it, developers and the API never do."""

    round = models.ForeignKey(Round, on_delete=models.CASCADE, related_name="notes")
    text = models.TextField(max_length=10_000)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering: ClassVar[list[str]] = ["at", "id"]

    def __str__(self) -> str:
        return self.text[:60]


class LineComment(models.Model):
    """A comment on a line of the pinned commit. The developer sees it when it has been sent with an answer."""

    round = models.ForeignKey(Round, on_delete=models.CASCADE, related_name="line_comments")
    path = models.TextField()
    line = models.PositiveIntegerField(null=True, blank=True)
    text = models.TextField(max_length=10_000)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    sent_with = models.ForeignKey(
        Answer, null=True, blank=True, on_delete=models.SET_NULL, related_name="line_comments"
    )

    class Meta:
        ordering: ClassVar[list[str]] = ["path", "line", "id"]

    def __str__(self) -> str:
        return f"{self.place}: {self.text[:60]}"

    @property
    def place(self) -> str:
        """The file, with the line where there is one."""
        return f"{self.path}:{self.line}" if self.line else self.path


class ChangeRequestQuerySet(models.QuerySet["ChangeRequest"]):
    """Queries of requests."""

    def waiting(self, draft_id: UUID) -> ChangeRequestQuerySet:
        """Return the open requests of a draft, whether or not they have been sent to the developer."""
        return self.filter(round__draft_id=draft_id, state=ChangeRequest.State.OPEN)


class ChangeRequest(models.Model):
    """One change that a reviewer requests: a task that the developer marks as done.

    It stays with the connector across rounds until a reviewer accepts or drops it. `sent_with` is empty until it has
    been sent to the developer.
    """

    class State(models.TextChoices):
        """The state of the task."""

        OPEN = "open", "Open"
        DONE = "done", "Done, says the developer"
        ACCEPTED = "accepted", "Accepted"
        DROPPED = "dropped", "Not needed"

    UNSETTLED = (State.OPEN, State.DONE)

    round = models.ForeignKey(Round, on_delete=models.CASCADE, related_name="requests")
    text = models.TextField(max_length=5000)
    path = models.TextField(blank=True)
    line = models.PositiveIntegerField(null=True, blank=True)
    fingerprint = models.CharField(max_length=64, blank=True)
    criterion = models.ForeignKey(Criterion, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    sent_with = models.ForeignKey(Answer, null=True, blank=True, on_delete=models.SET_NULL, related_name="requests")
    done_at = models.DateTimeField(null=True, blank=True)
    done_by_label = models.CharField(max_length=256, blank=True, default="")
    reply = models.TextField(blank=True, max_length=5000)
    settled_at = models.DateTimeField(null=True, blank=True)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    objects = ChangeRequestQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=("open", "done"), settled_at=None)
                | Q(state__in=("accepted", "dropped"), settled_at__isnull=False),
                name="request_settlement_is_whole",
            )
        ]

    def __str__(self) -> str:
        return self.text[:80]

    @property
    def place(self) -> str:
        """The file, with the line where there is one; empty for a request about the whole connector."""
        return f"{self.path}:{self.line}" if self.line else self.path


class Touch(models.Model):
    """A later round whose commit changed the file that a request is about."""

    request = models.ForeignKey(ChangeRequest, on_delete=models.CASCADE, related_name="touches")
    round = models.ForeignKey(Round, on_delete=models.CASCADE, related_name="touches")
    commit = models.CharField(max_length=64)

    class Meta:
        ordering: ClassVar[list[str]] = ["round"]
        verbose_name_plural = "touches"
        constraints = [models.UniqueConstraint(fields=["request", "round"], name="one_touch_per_round")]

    def __str__(self) -> str:
        return f"{self.request} by {self.commit[:10]}"


class PreparedAnswer(models.Model):
    """A text that reviewers use often."""

    title = models.CharField(max_length=120, unique=True, validators=[naming.validate])
    text = models.TextField(max_length=5000)
    words = models.CharField("further words to find it by", max_length=200, blank=True)
    active = models.BooleanField(default=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["title"]

    def __str__(self) -> str:
        return self.title


class Unsent(models.Model):
    """A form that somebody is typing, saved as they type. `slot` names its text: `message`, `note`, `line:src/a.js:42`.

    `fields` has the form's other fields, by name.
    """

    round = models.ForeignKey(Round, on_delete=models.CASCADE, related_name="unsent")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    slot = models.CharField(max_length=600)
    text = models.TextField(max_length=20_000)
    fields = models.JSONField(default=dict, blank=True)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering: ClassVar[list[str]] = ["-at"]
        verbose_name_plural = "unsent texts"
        constraints = [models.UniqueConstraint(fields=["round", "user", "slot"], name="one_unsent_text_per_slot")]

    def __str__(self) -> str:
        return f"{self.slot}: {self.text[:60]}"
