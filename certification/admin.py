"""The operators' view of the review. A round moves by its verbs only, so its rows are for looking."""

from __future__ import annotations

from django.contrib import admin

from accounts.admin import ReadOnly
from certification.models import Answer, Holiday, Round, TimeLimit


class AnswerInline(ReadOnly, admin.TabularInline):  # type: ignore[type-arg]
    """What reviewers said in a round."""

    model = Answer
    fields = ("at", "kind", "by", "reason", "text")
    extra = 0


@admin.register(Round)
class RoundAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    """Rounds with their facts."""

    list_display = ("name", "number", "tag", "kind", "status", "turn", "assignee", "due_at", "decision", "decided_at")
    list_filter = ("status", "turn", "awaits", "kind", "decision", "escalated_to", "breaking")
    search_fields = ("name", "key", "tag", "commit", "project__key", "assignee__email")
    list_select_related = ("assignee",)
    show_full_result_count = False
    inlines = (AnswerInline,)


@admin.register(Answer)
class AnswerAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    """What reviewers said, over all rounds."""

    list_display = ("at", "kind", "round", "by", "reason")
    list_filter = ("kind", "reason")
    search_fields = ("text", "round__name", "round__key", "by__email")
    list_select_related = ("round", "by")
    date_hierarchy = "at"


@admin.register(TimeLimit)
class TimeLimitAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """How many business days each thing may take."""

    list_display = ("limits", "business_days")
    list_editable = ("business_days",)
    list_filter = ("limits",)
    search_fields = ("limits",)


@admin.register(Holiday)
class HolidayAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Days on which no review time passes."""

    list_display = ("day", "name")
    list_filter = ("day",)
    search_fields = ("name",)
    date_hierarchy = "day"
