"""Webhooks of a Project, and their deliveries."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models.project import Project


class Webhook(models.Model):
    """An address that receives a Project's events. `kinds` are the selected event types; none means all."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="webhooks")
    url = models.CharField("URL", max_length=2048)
    kinds = models.JSONField(default=list, blank=True)
    secret_sealed = models.TextField(editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    disabled_at = models.DateTimeField(null=True, blank=True)
    disabled_because = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        ordering: ClassVar[list[str]] = ["created_at", "id"]

    def __str__(self) -> str:
        return self.url


class Delivery(models.Model):
    """One message for one webhook. The row is authoritative; the queue only carries its id.

    `message_id` is the same for every attempt, so that a receiver can recognize a repetition; a replay is a new
    delivery with the same `message_id`.
    """

    class State(models.TextChoices):
        """The state of a delivery."""

        WAITING = "waiting", "Waiting"
        SENDING = "sending", "Being sent"
        DELIVERED = "delivered", "Delivered"
        FAILED = "failed", "Given up"

    OPEN = (State.WAITING, State.SENDING)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    webhook = models.ForeignKey(Webhook, on_delete=models.CASCADE, related_name="deliveries")
    message_id = models.CharField(max_length=64)
    kind = models.CharField(max_length=64)
    body = models.TextField()
    state = models.CharField(max_length=12, choices=State.choices, default=State.WAITING)
    attempts_made = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)
    not_before = models.DateTimeField(default=timezone.now)
    lease_expires_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    replay = models.BooleanField(default=False)

    class Meta:
        ordering: ClassVar[list[str]] = ["-created_at", "id"]
        verbose_name_plural = "deliveries"
        constraints = [
            # One event reaches a webhook once, however often its signal is sent.
            models.UniqueConstraint(
                fields=["webhook", "message_id"], condition=Q(replay=False), name="one_delivery_per_message"
            )
        ]
        indexes = [
            models.Index(fields=["webhook", "-created_at"], name="delivery_by_webhook"),
            models.Index(
                fields=["state", "not_before"], name="delivery_open", condition=Q(state__in=("waiting", "sending"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} to {self.webhook_id} ({self.get_state_display()})"


class Attempt(models.Model):
    """One attempt to deliver: the receiver's response, or why it could not be reached."""

    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="attempts")
    number = models.PositiveSmallIntegerField()
    at = models.DateTimeField(default=timezone.now)
    seconds = models.FloatField(default=0)
    status_code = models.PositiveSmallIntegerField(null=True, blank=True)
    error = models.CharField(max_length=300, blank=True, default="")
    answer = models.TextField(blank=True, default="")

    class Meta:
        ordering: ClassVar[list[str]] = ["delivery", "number"]

    def __str__(self) -> str:
        return f"Attempt {self.number}: {self.status_code or self.error}"
