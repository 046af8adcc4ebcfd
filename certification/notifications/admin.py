"""The operators' view of what was told."""

from __future__ import annotations

from django.contrib import admin

from accounts.admin import ReadOnly
from certification.models import Notification, Preference, Telling


@admin.register(Notification)
class NotificationAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    """Notifications and their mails."""

    list_display = ("created_at", "recipient", "title", "label", "mail", "mail_attempts", "mailed_at", "read_at")
    list_filter = ("mail", "kind", "in_inbox")
    search_fields = ("recipient__email", "title", "label", "project_key", "=event")
    list_select_related = ("recipient",)
    date_hierarchy = "created_at"
    show_full_result_count = False


@admin.register(Preference)
class PreferenceAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    """How people want to be told."""

    list_display = ("user", "kind", "mail", "inbox")
    list_filter = ("kind", "mail", "inbox")
    search_fields = ("user__email",)
    list_select_related = ("user",)


@admin.register(Telling)
class TellingAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    """Events that were told."""

    list_display = ("event", "at")
    list_filter = ("at",)
    search_fields = ("=event",)
