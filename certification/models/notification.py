"""Notifications of people and servers about events, and people's settings for them."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone


class Telling(models.Model):
    """Marks an event whose notifications were created. It is stored with them, so that they are created only once."""

    event = models.UUIDField(primary_key=True)
    at = models.DateTimeField(default=timezone.now, db_index=True)

    def __str__(self) -> str:
        return str(self.event)


class Notification(models.Model):
    """One event in the inbox of one person, and the state of its mail."""

    class Mail(models.TextChoices):
        """Whether a mail is sent, and when."""

        NONE = "none", "No mail"
        WAITING = "waiting", "Waiting"
        DIGEST = "digest", "In the next digest"
        SENDING = "sending", "Being sent"
        SENT = "sent", "Sent"
        FAILED = "failed", "Could not be sent"

    recipient = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notifications")
    event = models.UUIDField()
    kind = models.CharField(max_length=16)
    connector = models.UUIDField(null=True, blank=True)
    label = models.CharField(max_length=300)
    project_key = models.CharField(max_length=36, blank=True)
    title = models.CharField(max_length=200)
    text = models.TextField(blank=True)
    path = models.CharField(max_length=300)
    in_inbox = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=timezone.now)
    read_at = models.DateTimeField(null=True, blank=True)
    mail = models.CharField(max_length=8, choices=Mail.choices, default=Mail.NONE)
    mail_attempts = models.PositiveSmallIntegerField(default=0)
    mail_claimed_at = models.DateTimeField(null=True, blank=True)
    mailed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["recipient", "event"], name="one_notification_per_event"),
            models.CheckConstraint(
                condition=~Q(mail="sent") | Q(mailed_at__isnull=False), name="notification_mail_is_whole"
            ),
        ]
        indexes = [
            models.Index(fields=["recipient", "-created_at"], name="notification_by_recipient"),
            models.Index(fields=["recipient"], name="notification_unread", condition=Q(read_at=None, in_inbox=True)),
            models.Index(
                fields=["mail", "created_at"],
                name="notification_to_mail",
                condition=Q(mail__in=("waiting", "digest", "sending")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title}: {self.label}"


class Preference(models.Model):
    """One person's setting for one kind of event; without a row, the kind's default applies."""

    class Way(models.TextChoices):
        """How somebody wants mail."""

        NOW = "now", "A mail at once"
        DIGEST = "digest", "In a daily mail"
        OFF = "off", "No mail"

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notification_preferences"
    )
    kind = models.CharField(max_length=16)
    mail = models.CharField(max_length=8, choices=Way.choices)
    inbox = models.BooleanField(default=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["user", "kind"]
        constraints = [models.UniqueConstraint(fields=["user", "kind"], name="one_preference_per_kind")]

    def __str__(self) -> str:
        return f"{self.kind}: {self.mail}"
