"""Notifications in the admin, read-only."""

from __future__ import annotations

from typing import cast

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.admin import ReadOnly
from accounts.models import User
from certification.models import Notification, Preference, Telling
from certification.notifications import inbox


@admin.register(Notification)
class NotificationAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    """Notifications and their mails."""

    list_display = ("created_at", "recipient", "title", "label", "mail", "mail_attempts", "mailed_at", "read_at")
    list_filter = ("mail", "kind", "in_inbox")
    search_fields = ("recipient__email", "title", "label", "project_key", "=event")
    list_select_related = ("recipient",)
    date_hierarchy = "created_at"
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Notification]:
        """Hide notifications for reviewers about one's own Projects."""
        return super().get_queryset(request).exclude(inbox.closed(cast(User, request.user)))


@admin.register(Preference)
class PreferenceAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    """People's notification settings."""

    list_display = ("user", "kind", "mail", "inbox")
    list_filter = ("kind", "mail", "inbox")
    search_fields = ("user__email",)
    list_select_related = ("user",)


@admin.register(Telling)
class TellingAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    """Events whose notifications were created."""

    list_display = ("event", "at")
    list_filter = ("at",)
    search_fields = ("=event",)
