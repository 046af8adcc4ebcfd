"""The review in the admin. Rows that verbs change are read-only; the settings of the desk can be edited."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.admin import EventAdmin, ReadOnly
from accounts.models import Event, User
from accounts.operators import traces
from certification.models import (
    Answer,
    Approval,
    ApprovalRule,
    ChangeRequest,
    Criterion,
    Holiday,
    LineComment,
    Look,
    Note,
    PreparedAnswer,
    Presence,
    Round,
    SavedView,
    Submission,
    TagCheck,
    TimeLimit,
    Touch,
    Unsent,
    Verdict,
)
from certification.rounds import approvals, closeness, timeline
from connectors.admin import CertificationCommentAdmin, CommentInline, ConnectorStagedAdmin, ScannerDeliveryAdmin
from connectors.models import CertificationComment, ConnectorStaged, ScannerDelivery, Snapshot, SourceText, Waiver

if TYPE_CHECKING:
    _Admin = admin.ModelAdmin[Any]
else:
    _Admin = object

admin.site.unregister([Event, CertificationComment, ConnectorStaged, ScannerDelivery])


@admin.register(Event)
class VisibleEventAdmin(EventAdmin):
    """The events that the history shows to the same person."""

    def get_queryset(self, request: HttpRequest) -> QuerySet[Event]:
        """Return the events that this person may see."""
        return timeline.visible(cast(User, request.user))


class Internal(_Admin):
    """Hides everything about reviews in Projects that the person belongs to or left recently, from superusers too.

    A superuser who belongs to a Project is as close to it as anybody, and another one can look.
    """

    project = "round__project"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Return the rows of other Projects."""
        found: QuerySet[Any] = super().get_queryset(request)
        return found.exclude(closeness.members(cast(User, request.user), path=self.project))


@admin.register(CertificationComment)
class InternalCommentAdmin(Internal, CertificationCommentAdmin):
    """Public comments, with the names of the reviewers who wrote them."""

    project = "draft__project"


@admin.register(ScannerDelivery)
class InternalDeliveryAdmin(Internal, ScannerDeliveryAdmin):
    """Requests to scanners, which developers never see."""

    project = "run__draft__project"


@admin.register(ConnectorStaged)
class VisibleConnectorStagedAdmin(ConnectorStagedAdmin):
    """Drafts."""

    def get_inlines(self, request: HttpRequest, obj: ConnectorStaged | None) -> Any:
        """Return the parts of the page, without comments, which name reviewers, for those who are too close."""
        inside = obj is not None and closeness.is_member(obj, cast(User, request.user))
        return [one for one in super().get_inlines(request, obj) if one is not CommentInline or not inside]


class AnswerInline(ReadOnly, admin.TabularInline):  # type: ignore[type-arg]
    """What reviewers said in a round."""

    model = Answer
    fields = ("at", "kind", "by", "reason", "text")
    extra = 0


class VerdictInline(ReadOnly, admin.TabularInline):  # type: ignore[type-arg]
    """The verdicts of a round."""

    model = Verdict
    fk_name = "round"
    fields = ("criterion", "value", "comment", "by", "at")
    extra = 0


class BySignature(admin.SimpleListFilter):
    """Filters rounds by their first of two signatures."""

    title = "first signature"
    parameter_name = "signed"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str]]:
        """Return the choices."""
        return [("yes", "Given"), ("no", "Not given")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Round]) -> QuerySet[Round]:
        """Keep the chosen ones."""
        match self.value():
            case "yes":
                return queryset.filter(approvals.signed())
            case "no":
                return queryset.exclude(approvals.signed())
            case _:
                return queryset


@admin.register(Round)
class RoundAdmin(Internal, ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    """Rounds with their facts."""

    project = "project"

    list_display = ("name", "number", "tag", "kind", "status", "turn", "assignee", "due_at", "decision", "decided_at")
    list_filter = ("status", "turn", "awaits", BySignature, "kind", "decision", "escalated_to", "breaking")
    search_fields = ("name", "key", "tag", "commit", "project__key", "assignee__email")
    list_select_related = ("assignee",)
    show_full_result_count = False
    inlines = (AnswerInline, VerdictInline)


@admin.register(Answer)
class AnswerAdmin(Internal, ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    """What reviewers said, over all rounds."""

    list_display = ("at", "kind", "round", "by", "reason")
    list_filter = ("kind", "reason")
    search_fields = ("text", "round__name", "round__key", "by__email")
    list_select_related = ("round", "by")
    date_hierarchy = "at"


@admin.register(Criterion)
class CriterionAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """The published criteria."""

    list_display = ("position", "title", "group", "level", "active")
    list_display_links = ("title",)
    list_filter = ("level", "group", "active")
    search_fields = ("key", "title", "text")


@admin.register(Verdict)
class VerdictAdmin(Internal, ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    """Verdicts, over all rounds."""

    list_display = ("round", "criterion", "value", "by", "at")
    list_filter = ("value", "criterion")
    search_fields = ("round__name", "round__key", "criterion__title", "comment")
    list_select_related = ("round", "criterion", "by")


@admin.register(Note)
class NoteAdmin(Internal, ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    """Private notes."""

    list_display = ("at", "round", "by", "text")
    list_filter = ("at",)
    search_fields = ("text", "round__name", "round__key", "by__email")
    list_select_related = ("round", "by")


@admin.register(LineComment)
class LineCommentAdmin(Internal, ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    """Comments on lines."""

    list_display = ("round", "place", "by", "at", "sent_with")
    list_filter = ("at",)
    search_fields = ("path", "text", "round__name", "round__key")
    list_select_related = ("round", "by", "sent_with")


@admin.register(ChangeRequest)
class ChangeRequestAdmin(Internal, ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    """Requests for changes."""

    list_display = ("round", "text", "place", "state", "by", "at", "done_at")
    list_filter = ("state",)
    search_fields = ("text", "path", "round__name", "round__key")
    list_select_related = ("round", "by")


@admin.register(Touch)
class TouchAdmin(Internal, ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    """Commits that changed a requested change's file."""

    list_display = ("request", "round", "commit")
    list_filter = ("round__kind",)
    search_fields = ("commit", "request__text", "round__name")
    list_select_related = ("request", "round")


@admin.register(PreparedAnswer)
class PreparedAnswerAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Texts that reviewers use often."""

    list_display = ("title", "words", "active")
    list_filter = ("active",)
    search_fields = ("title", "text", "words")


@admin.register(Unsent)
class UnsentAdmin(Internal, ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    """Forms that somebody is typing: that they exist, not their content."""

    list_display = ("user", "round", "slot", "at")
    list_filter = ("at",)
    search_fields = ("user__email", "round__name", "slot")
    list_select_related = ("round", "user")
    exclude = ("text", "fields")


@admin.register(TimeLimit)
class TimeLimitAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """How many business days each step of the review may take."""

    list_display = ("limits", "business_days")
    list_editable = ("business_days",)
    list_filter = ("limits",)
    search_fields = ("limits",)


@admin.register(Holiday)
class HolidayAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Days that are not business days."""

    list_display = ("day", "name")
    list_filter = ("day",)
    search_fields = ("name",)
    date_hierarchy = "day"


class ApprovalRuleForm(forms.ModelForm):  # type: ignore[type-arg]
    """The form of a rule; refuses what the rule about rules refuses."""

    by: User
    reason = forms.CharField(
        required=False,
        max_length=500,
        help_text="Why fewer certificates need two signatures. Needed to switch a rule off or to narrow it.",
    )

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        if self.errors or not self.instance.pk:
            return given
        before = ApprovalRule.objects.get(pk=self.instance.pk)
        after = ApprovalRule(**{one: given.get(one, getattr(before, one)) for one in self._rule_fields()})
        ability = approvals.change_rule(before, after, by=self.by, reason=given.get("reason") or "")
        if not ability:
            raise ValidationError(ability.why_not)
        return given

    def _rule_fields(self) -> list[str]:
        return ["name", "active", "integration_type", "kind", "breaking_only", "share"]


@admin.register(ApprovalRule)
class ApprovalRuleAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """When a certificate needs two signatures. A lead reviewer weakens a rule, with a reason; the event keeps it."""

    form = ApprovalRuleForm
    list_display = ("name", "integration_type", "kind", "breaking_only", "share", "active")
    list_filter = ("active", "integration_type", "kind", "breaking_only")
    search_fields = ("name",)

    def get_form(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        return type("Form", (super().get_form(request, *args, **kwargs),), {"by": request.user})

    def save_model(self, request: HttpRequest, obj: ApprovalRule, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        traces.explain(obj, form.cleaned_data["reason"])

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        found, counts, lacking, protected = super().get_deleted_objects(objs, request)
        refused = [approvals.delete_rule(rule).why_not for rule in objs]
        return found, counts, lacking, [*protected, *filter(None, refused)]


@admin.register(Approval)
class ApprovalAdmin(Internal, ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    """First signatures."""

    list_display = ("round", "by_label", "commit", "at")
    list_filter = ("at",)
    search_fields = ("round__name", "round__key", "by_label", "commit")
    list_select_related = ("round",)


@admin.register(SavedView)
class SavedViewAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Saved filters of the queue."""

    list_display = ("name", "user", "shared", "query")
    list_filter = ("shared",)
    search_fields = ("name", "user__email", "query")
    autocomplete_fields = ("user",)
    list_select_related = ("user",)


@admin.register(Presence)
class PresenceAdmin(Internal, ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    """Who has which review open."""

    list_display = ("round", "user", "seen_at")
    list_filter = ("seen_at",)
    search_fields = ("round__name", "user__email")
    list_select_related = ("round", "user")


@admin.register(Submission)
class SubmissionAdmin(Internal, ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    """Developers' notes for the reviewers. Credentials are shown only on the review page, which records it."""

    project = "draft__project"

    list_display = ("draft", "by_label", "at", "credentials_expire_at")
    list_filter = ("at",)
    search_fields = ("draft__name", "draft__key", "notes", "by_label")
    list_select_related = ("draft",)
    exclude = ("credentials",)


@admin.register(Waiver)
class WaiverAdmin(Internal, ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    """Waivers."""

    project = "draft__project"

    list_display = ("title", "draft", "scope", "proposed_by_label", "approved_by_label", "expires_at", "revoked_at")
    list_filter = ("scope", "false_alarm", "expires_at")
    search_fields = ("title", "rule", "path", "package", "advisory", "draft__name", "draft__key", "reason")
    list_select_related = ("draft",)


@admin.register(Look)
class LookAdmin(Internal, ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    """Fetches from repositories that reviewers requested."""

    project = "draft__project"

    list_display = ("since", "draft", "tag", "state", "attempts", "asked_by", "problem")
    list_filter = ("state", "since")
    search_fields = ("tag", "url", "commit", "draft__name", "draft__key", "asked_by")
    list_select_related = ("draft",)


@admin.register(TagCheck)
class TagCheckAdmin(Internal, ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    """Lookups of tags before certificates."""

    project = "round__project"

    list_display = ("since", "round", "tag", "state", "attempts", "asked_by", "commit", "problem")
    list_filter = ("state", "since")
    search_fields = ("tag", "commit", "round__name", "round__key", "asked_by__email")
    list_select_related = ("round", "asked_by")


@admin.register(Snapshot)
class SnapshotAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    """Stored trees."""

    list_display = ("tree", "count", "bytes", "created_at")
    list_filter = ("created_at",)
    search_fields = ("tree",)
    exclude = ("files",)


class BySize(admin.SimpleListFilter):
    """Filters stored texts by their size."""

    title = "size"
    parameter_name = "size"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str]]:
        """Return the choices."""
        return [("small", "up to 100 KB"), ("large", "more than 100 KB")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[SourceText]) -> QuerySet[SourceText]:
        """Keep the chosen ones."""
        match self.value():
            case "small":
                return queryset.filter(size__lte=100_000)
            case "large":
                return queryset.filter(size__gt=100_000)
            case _:
                return queryset


@admin.register(SourceText)
class SourceTextAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    """Stored texts: that they exist, not their content."""

    list_display = ("digest", "size")
    list_filter = (BySize,)
    search_fields = ("digest",)
    exclude = ("content",)
    show_full_result_count = False
