"""The operators' read-only view of connectors.

Only `connectors.drafts.update` and the worker write drafts, runs, findings and production Connectors, so that status,
version, stored document and event log always agree. The admin therefore changes nothing here.
"""

from __future__ import annotations

import json
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django_tasks_db.admin import DBTaskResultAdmin
from django_tasks_db.models import DBTaskResult

from accounts.admin import ReadOnly
from connectors.contract import fields
from connectors.contract.fields import Field, FieldFilter, Lists, Search, Section
from connectors.models import (
    Access,
    CertificationComment,
    CheckResult,
    Connector,
    ConnectorStaged,
    Finding,
    PreviewFetch,
    Release,
    ScannerDelivery,
    Unfinished,
    ValidationRun,
)
from connectors.models.content import Content
from connectors.store import narrowing


def by_choice(row: Field, given: FieldFilter) -> type[admin.SimpleListFilter]:
    """Return the filter of a list by one of the choices of a field."""

    class ByChoice(admin.SimpleListFilter):
        title = given.label.lower()
        parameter_name = title.replace(" ", "_")

        def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
            return [(value, str(label)) for value, label in row.choices]

        def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
            value = self.value()
            if value is None or value not in dict(row.choices):
                return queryset
            return narrowing.narrow(queryset, given.lookup, given.column, [value])

    return ByChoice


SEARCHED = [row.column for row in fields.found_by(Search.ADMIN)]
BY_CHOICE = [by_choice(row, given) for row, given in fields.filters(Lists.ADMIN)]


def pretty(value: object) -> SafeString:
    """Return JSON as indented text."""
    return format_html("<pre>{}</pre>", json.dumps(value, indent=2, ensure_ascii=False, sort_keys=False))


class ReadOnlyInline(ReadOnly, admin.TabularInline):  # type: ignore[type-arg]
    """Read-only rows below another one."""

    extra = 0
    show_change_link = True
    can_delete = False


class RunInline(ReadOnlyInline):
    """The runs of a draft."""

    model = ValidationRun
    fields = ("kind", "tag", "commit", "state", "attempt", "queued_at", "started_at", "finished_at")


class CommentInline(ReadOnlyInline):
    """The conversation about a draft."""

    model = CertificationComment
    fields = ("created_at", "public_name", "author", "text")


class ReleaseInline(ReadOnlyInline):
    """The publications of a draft."""

    model = Release
    fields = ("number", "tag", "commit", "certified", "released_at", "released_by")


class ContentAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    """What drafts and production Connectors have in common, in the sections of the rows of their fields."""

    list_select_related = ("project",)
    show_full_result_count = False
    readonly_fields: ClassVar[tuple[str, ...]] = ("configurations_text",)  # type: ignore[misc]

    def get_fieldsets(self, request: HttpRequest, obj: Content | None = None) -> Any:
        """Return what nobody types first, then each section of the connector form."""
        typed = {row.column for row in fields.TYPED}
        own = [
            column.name
            for column in self.opts.fields
            if column.editable and column.name not in {*typed, *fields.DERIVED}
        ]
        return [
            (None, {"fields": [*own, *self.readonly_fields]}),
            *(
                (section.capitalize(), {"fields": [row.column for row in fields.TYPED if row.section is section]})
                for section in Section
            ),
        ]

    @admin.display(description="from connect.yaml")
    def configurations_text(self, row: Content) -> SafeString:
        """Show the configurations read from connect.yaml."""
        return pretty(
            {
                "configurations": row.configurations,
                "globalConfiguration": row.global_configuration,
                "apiClient": row.api_client,
            }
        )


@admin.register(ConnectorStaged)
class ConnectorStagedAdmin(ContentAdmin):
    """Drafts."""

    list_display = (
        "name",
        "key",
        "project",
        "status",
        "is_previewable",
        "repository_tag",
        "version",
        "last_modified_at",
    )
    list_filter = (
        "status",
        "is_previewable",
        "private",
        "certification_requested",
        *BY_CHOICE,
        "project__region",
    )
    search_fields = ("=id", *SEARCHED, "project__key")
    date_hierarchy = "created_at"
    inlines = (RunInline, ReleaseInline, CommentInline)
    readonly_fields = ("production_link", *ContentAdmin.readonly_fields)

    @admin.display(description="production Connector")
    def production_link(self, row: ConnectorStaged) -> str:
        """Link to the published copy."""
        if row.published is None:
            return ""
        return format_html(
            '<a href="{}">{}</a>', reverse("admin:connectors_connector_change", args=[row.pk]), row.published
        )


class AccessInline(ReadOnlyInline):
    """The Projects that may use a private Connector."""

    model = Access
    show_change_link = False


@admin.register(Connector)
class ConnectorAdmin(ContentAdmin):
    """Production Connectors."""

    list_display = ("name", "key", "project", "certified", "private", "repository_tag", "published_at", "unlisted_at")
    list_filter = (
        "certified",
        "private",
        ("unlisted_at", admin.EmptyFieldListFilter),
        *BY_CHOICE,
        "project__region",
    )
    search_fields = (*SEARCHED, "project__key", "commit")
    date_hierarchy = "published_at"
    inlines = (AccessInline,)


@admin.register(Access)
class AccessAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    """The Projects that may use private Connectors."""

    list_display = ("identifier", "connector")
    search_fields = ("identifier", "connector__name", "connector__key")
    list_filter = ("connector__project__region",)
    list_select_related = ("connector",)


@admin.register(Release)
class ReleaseAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    """Every publication."""

    list_display = ("draft", "number", "tag", "commit", "certified", "released_at", "released_by")
    list_filter = ("certified",)
    search_fields = ("draft__name", "draft__key", "tag", "commit", "released_by")
    list_select_related = ("draft",)
    date_hierarchy = "released_at"
    exclude = ("content",)
    readonly_fields = ("content_text",)

    @admin.display(description="content")
    def content_text(self, row: Release) -> SafeString:
        """Show what was published."""
        return pretty(row.content)


class ResultInline(ReadOnlyInline):
    """The checks of a run."""

    model = CheckResult
    fields = ("position", "title", "level", "outcome", "seconds", "detail")


class FindingInline(ReadOnlyInline):
    """The findings of a run."""

    model = Finding
    fields = ("check_id", "severity", "rule", "path", "line", "message")


@admin.register(ValidationRun)
class ValidationRunAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    """Validation runs."""

    list_display = ("draft", "kind", "tag", "commit", "state", "attempt", "queued_at", "started_at", "finished_at")
    list_filter = ("state", "kind", "certification")
    search_fields = ("=id", "draft__name", "draft__key", "tag", "commit", "url")
    list_select_related = ("draft",)
    date_hierarchy = "queued_at"
    show_full_result_count = False
    inlines = (ResultInline, FindingInline)


@admin.register(CheckResult)
class CheckResultAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    """Results of checks, over all runs."""

    list_display = ("check_id", "run", "level", "outcome", "seconds", "started_at")
    list_filter = ("outcome", "level", "check_id")
    search_fields = ("check_id", "title", "detail", "run__draft__key", "run__tag")
    list_select_related = ("run",)
    show_full_result_count = False


@admin.register(Finding)
class FindingAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    """Findings, over all runs."""

    list_display = ("rule", "severity", "run", "application", "path", "line", "package", "advisory")
    list_filter = ("severity", "check_id")
    search_fields = ("rule", "message", "path", "package", "advisory", "=fingerprint", "run__draft__key")
    list_select_related = ("run",)
    show_full_result_count = False


@admin.register(CertificationComment)
class CertificationCommentAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    """Public comments."""

    list_display = ("created_at", "draft", "public_name", "author", "text")
    list_filter = ("public_name",)
    search_fields = ("text", "draft__name", "draft__key", "public_name", "author__email")
    list_select_related = ("draft", "author")
    date_hierarchy = "created_at"


@admin.register(Unfinished)
class UnfinishedAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    """Unfinished forms."""

    list_display = ("at", "user", "draft")
    list_filter = ("at",)
    search_fields = ("user__email", "draft__name", "draft__key")
    list_select_related = ("user", "draft")


@admin.register(ScannerDelivery)
class ScannerDeliveryAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    """Requests to scanners with a webhook: their state and deadline."""

    list_display = ("asked_at", "scanner", "run", "expires_at", "received_at")
    list_filter = ("scanner", ("received_at", admin.EmptyFieldListFilter))
    search_fields = ("=run__id", "run__draft__key", "run__draft__name", "scanner")
    list_select_related = ("run",)
    exclude = ("content",)


@admin.register(PreviewFetch)
class PreviewFetchAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    """Previews of repositories of the last minutes."""

    list_display = ("asked_at", "project", "url", "tag", "state", "attempts", "asked_by")
    list_filter = ("state", "asked_at")
    search_fields = ("url", "tag", "project__key", "asked_by__email")
    list_select_related = ("project", "asked_by")
    exclude = ("question",)


admin.site.unregister(DBTaskResult)


@admin.register(DBTaskResult)
class TaskAdmin(DBTaskResultAdmin):  # type: ignore[misc]
    """Queue messages. The library's page has no search."""

    search_fields = ("=id", "task_path", "exception_class_path")
