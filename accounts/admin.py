"""The operators' view of accounts."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from allauth.account.decorators import secure_admin_login
from allauth.account.models import EmailAddress
from allauth.idp.oidc.models import Client, Token
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from allauth.usersessions.models import UserSession
from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import UserChangeForm
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path
from django.views.decorators.http import require_POST

from accounts import actors, people, search
from accounts.actors import Actor
from accounts.limits import searches
from accounts.limits.table import LIMITS
from accounts.models import (
    ApiClient,
    Attempt,
    Counter,
    Delivery,
    Departure,
    DeployKey,
    Event,
    Invitation,
    InvitedAddress,
    Membership,
    Project,
    SecurityEvent,
    User,
    Webhook,
)
from accounts.operators import guards, password_links, traces
from accounts.projects import memberships, projects
from accounts.projects.member_abilities import member_abilities
from accounts.requests import admin_queries
from accounts.roles import ProjectRole

# Clients are created only by our own form and command: the library's admin would hash their secrets slowly and does not
# know Projects. Tokens are hashes that nobody needs to see.
admin.site.unregister(Client)
admin.site.unregister(Token)
# The admin's own login page has no second factor, no rate limit and no passkeys.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]
admin.site.site_header = "Connector Certification"
admin.site.site_title = "Connector Certification"
admin.site.index_title = "Operations"
_search = search.in_admin(admin.ModelAdmin.get_search_results, count=searches.count)
admin.ModelAdmin.get_search_results = _search  # type: ignore[assignment, method-assign]
_initial = admin_queries.without_wrong_keys(admin.ModelAdmin.get_changeform_initial_data)
admin.ModelAdmin.get_changeform_initial_data = _initial  # type: ignore[method-assign]
_lookup = admin_queries.readable_lookups(admin.ModelAdmin.lookup_allowed)
admin.ModelAdmin.lookup_allowed = _lookup  # type: ignore[method-assign]


# The library's admins search by user name, which nobody has here, or not at all, and let operators edit what proves who
# somebody is: an address that counts as confirmed, or a connection, opens an account.
admin.site.unregister([Authenticator, UserSession, EmailAddress, SocialAccount, Group])
# Settings name the OAuth app, and no token is kept.
admin.site.unregister([SocialApp, SocialToken])


class ReadOnly:
    """A read-only admin."""

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


class _Address:
    """A form with a person's e-mail address, in lowercase; refuses an address that somebody else has confirmed."""

    cleaned_data: dict[str, Any]
    instance: User

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"].strip().lower()
        if people.has_address(email, but=self.instance):
            raise ValidationError("Somebody else has this e-mail address.")
        return email


def acting(request: HttpRequest) -> Actor:
    """Return the operator as the one who acts."""
    return actors.person(request.user, public_name=settings.CERTIFICATION_USER_ID)  # type: ignore[arg-type]


admin.site.admin_view = traces.traced(acting, admin.site.admin_view)  # type: ignore[method-assign]


class UserForm(_Address, UserChangeForm):  # type: ignore[type-arg]
    """The form for adding or changing a person. It has no password: only they choose one."""

    password = None  # type: ignore[assignment]


@admin.register(User)
class UserAdmin(DjangoUserAdmin):  # type: ignore[type-arg]
    """People, their portal role and their admin permissions. An address that is set here counts as confirmed.

    Rights are given by superusers only, who also are the only ones to change the account of somebody with rights.
    """

    form = UserForm
    add_form = UserForm
    add_form_template = None
    change_form_template = "admin/accounts/user/change_form.html"

    ordering = ("email",)
    list_display = ("email", "name", "role", "is_staff", "is_active", "last_login")
    list_filter = ("role", "is_staff", "is_active")
    search_fields = ("email", "name")
    fieldsets = (
        (None, {"fields": ("email", "name")}),
        ("Rights", {"fields": ("role", "is_active", "is_staff", "is_superuser", "groups", "user_permissions")}),
        ("Dates", {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = ((None, {"classes": ("wide",), "fields": ("email", "name", "role")}),)

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        return ("last_login", "date_joined", *(() if guards.is_superuser(request) else guards.RIGHTS))

    def get_fieldsets(self, request: HttpRequest, obj: User | None = None) -> Any:
        if obj is None and not guards.is_superuser(request):
            return ((None, {"classes": ("wide",), "fields": ("email", "name")}),)
        return super().get_fieldsets(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return super().has_change_permission(request, obj) and (obj is None or guards.may_change(request, obj))

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return super().has_delete_permission(request, obj) and (obj is None or guards.may_change(request, obj))

    def get_urls(self) -> list[URLPattern]:
        """Return the pages of a person, without the one that sets a password, with a button that sends a link."""
        send = self.admin_site.admin_view(require_POST(self.send_password_link))
        ours = path("<int:pk>/send-password-link/", send, name="accounts_user_send_password_link")
        return [ours, *(one for one in super().get_urls() if one.name != "auth_user_password_change")]

    def send_password_link(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Send somebody a link for a new password."""
        user = get_object_or_404(self.get_queryset(request), pk=pk)
        if not self.has_change_permission(request, user):
            raise PermissionDenied
        try:
            password_links.send(request, user, by=acting(request))
        except ValueError as error:
            messages.error(request, str(error))
        else:
            messages.success(request, f"A link for a new password is on its way to {user.email}.")
        return redirect("admin:accounts_user_change", pk)

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> Any:
        user = kwargs.get("obj")
        sends = user is not None and user.is_active and self.has_change_permission(request, user)
        return super().render_change_form(request, {**context, "sends_link": sends}, *args, **kwargs)

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        if not change:
            obj.set_unusable_password()
        super().save_model(request, obj, form, change)
        if not change:
            people.admit(obj, by=acting(request))
            password_links.send(request, obj, by=acting(request))
        elif "email" in form.changed_data:
            people.confirm(obj)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        found, counts, lacking, protected = super().get_deleted_objects(objs, request)
        left = memberships.owned_by_nobody_else(objs)
        left_alone = [f"{project} would have no owner." for project in left]
        return found, counts, lacking, [*protected, *guards.protected(request, objs), *left_alone]


@admin.register(Group)
class GroupAdmin(guards.ForSuperusers, DjangoGroupAdmin):
    """Groups of admin permissions."""


@admin.register(EmailAddress)
class EmailAddressAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    """Addresses of people. They change them on their account's page; an operator sets the main one at the person."""

    list_display = ("email", "user", "primary", "verified")
    list_filter = ("primary", "verified")
    search_fields = ("email", "user__email", "user__name")
    list_select_related = ("user",)


@admin.register(SocialAccount)
class SocialAccountAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    """Connections with identity providers."""

    list_display = ("user", "provider", "uid", "date_joined", "last_login")
    list_filter = ("provider",)
    search_fields = ("user__email", "uid")
    list_select_related = ("user",)
    exclude = ("extra_data",)


class MembershipInline(ReadOnly, admin.TabularInline):  # type: ignore[type-arg]
    """The members of a Project; each is changed on its own page."""

    model = Membership
    show_change_link = True
    extra = 0


@admin.register(Project)
class ProjectAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Projects and their members."""

    list_display = ("key", "name", "region", "created_at")
    list_filter = ("region",)
    search_fields = ("key", "name")
    inlines = (MembershipInline,)


class MembershipForm(forms.ModelForm):  # type: ignore[type-arg]
    """The form of a membership; refuses what its verb would refuse."""

    by: Actor

    def clean_role(self) -> str:
        role: str = self.cleaned_data["role"]
        if self.instance.pk and role != self.instance.role:
            ability = member_abilities(self.instance, by=self.by).change_role()
            if not ability:
                raise ValidationError(ability.why_not)
        return role


@admin.register(Membership)
class MembershipAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Memberships. They are added, changed and ended by their verbs, one at a time."""

    form = MembershipForm
    list_display = ("project", "user", "role", "created_at")
    list_filter = ("role",)
    search_fields = ("project__key", "user__email")
    autocomplete_fields = ("project", "user")
    list_select_related = ("project", "user")

    def get_form(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        return type("Form", (super().get_form(request, *args, **kwargs),), {"by": acting(request)})

    def get_readonly_fields(self, request: HttpRequest, obj: Membership | None = None) -> tuple[str, ...]:
        return ("project", "user") if obj else ()

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        return {name: action for name, action in super().get_actions(request).items() if name != "delete_selected"}

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        found, counts, lacking, protected = super().get_deleted_objects(objs, request)
        refused = [member_abilities(member, by=acting(request)).remove().why_not for member in objs]
        return found, counts, lacking, [*protected, *filter(None, refused)]

    def save_model(self, request: HttpRequest, obj: Membership, form: Any, change: bool) -> None:
        if change:
            memberships.change_role(obj, role=obj.role, by=acting(request))
        else:
            obj.pk = projects.join(obj.project, obj.user, role=ProjectRole(obj.role), by=acting(request)).pk

    def delete_model(self, request: HttpRequest, obj: Membership) -> None:
        memberships.remove(obj, by=acting(request))


class ByLimit(admin.SimpleListFilter):
    """Filters counters by the limit that they belong to, which is the beginning of their key."""

    title = "limit"
    parameter_name = "limit"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(limit.name, limit.name) for limit in LIMITS]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Counter]) -> QuerySet[Counter]:
        return queryset.filter(key__startswith=f"{value}:") if (value := self.value()) else queryset


@admin.register(Counter)
class CounterAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    """How often something limited was done, and until when it counts."""

    list_display = ("key", "count", "ends")
    list_filter = (ByLimit,)
    search_fields = ("key",)

    @admin.display(ordering="ends_at")
    def ends(self, row: Counter) -> datetime:
        """Return when the count begins again."""
        return datetime.fromtimestamp(row.ends_at, tz=UTC)


@admin.register(Departure)
class DepartureAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    """Who left a Project, and until when its reviews are closed to them."""

    list_display = ("project", "user", "left_at", "barred_until")
    list_filter = ("left_at", "barred_until")
    search_fields = ("project__key", "user__email")
    list_select_related = ("project", "user")


@admin.register(ApiClient)
class ApiClientAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    """API clients. They are created, rotated and disabled by commands and by the Project's pages."""

    list_display = ("name", "client_id", "project", "created_at", "last_used_at", "disabled_at")
    list_filter = ("disabled_at", "project__region")
    search_fields = ("name", "client__id", "project__key")
    list_select_related = ("project", "client")


@admin.register(Event)
class EventAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    """The event log."""

    list_display = ("at", "name", "subject_label", "actor_label", "status_from", "status_to", "project_key")
    list_filter = ("name", "actor_kind", "status_to")
    search_fields = ("subject_id", "subject_label", "actor_label", "project_key", "commit", "correlation_id")
    date_hierarchy = "at"


@admin.register(DeployKey)
class DeployKeyAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    """Deploy keys: only their public halves."""

    list_display = ("project", "repository", "fingerprint", "created_at", "last_used_at")
    list_filter = ("project__region",)
    search_fields = ("project__key", "repository", "fingerprint")
    list_select_related = ("project",)
    exclude = ("private_sealed",)


@admin.register(Invitation)
class InvitationAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    """Invitations to Projects."""

    list_display = ("project", "email", "role", "created_at", "expires_at", "accepted_at", "revoked_at")
    list_filter = ("role", ("accepted_at", admin.EmptyFieldListFilter), ("revoked_at", admin.EmptyFieldListFilter))
    search_fields = ("project__key", "email")
    list_select_related = ("project",)
    exclude = ("token_hash",)


@admin.register(SecurityEvent)
class SecurityEventAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    """What people see of the security of their accounts."""

    list_display = ("at", "user", "kind", "what", "project_key", "address")
    list_filter = ("kind",)
    search_fields = ("user__email", "what", "project_key", "address")
    list_select_related = ("user",)
    date_hierarchy = "at"


@admin.register(InvitedAddress)
class InvitedAddressAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    """Hashes of addresses that were invited, and which of them get no more mails."""

    list_display = ("address_hash", "refused_at")
    list_filter = (("refused_at", admin.EmptyFieldListFilter),)
    search_fields = ("=address_hash",)


@admin.register(Webhook)
class WebhookAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    """Webhooks of Projects."""

    list_display = ("url", "project", "created_at", "disabled_at", "disabled_because")
    list_filter = (("disabled_at", admin.EmptyFieldListFilter),)
    search_fields = ("url", "project__key")
    list_select_related = ("project",)
    exclude = ("secret_sealed",)


class AttemptInline(ReadOnly, admin.TabularInline):  # type: ignore[type-arg]
    """The attempts of a delivery."""

    model = Attempt
    extra = 0


@admin.register(Delivery)
class DeliveryAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    """Messages to webhooks."""

    list_display = ("created_at", "kind", "webhook", "state", "attempts_made", "not_before", "ended_at")
    list_filter = ("state", "kind", "replay")
    search_fields = ("message_id", "webhook__url", "webhook__project__key")
    list_select_related = ("webhook",)
    date_hierarchy = "created_at"
    show_full_result_count = False
    inlines = (AttemptInline,)


@admin.register(Attempt)
class AttemptAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    """Attempts to deliver."""

    list_display = ("at", "delivery", "number", "status_code", "error", "seconds")
    list_filter = ("status_code",)
    search_fields = ("delivery__message_id", "error")
    list_select_related = ("delivery",)


@admin.register(Authenticator)
class AuthenticatorAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    """Second factors, without their secrets. Delete the last one of somebody who lost it."""

    list_display = ("user", "type", "created_at", "last_used_at")
    list_filter = ("type",)
    search_fields = ("user__email",)
    list_select_related = ("user",)
    exclude = ("data",)

    def has_delete_permission(self, request: HttpRequest, obj: Authenticator | None = None) -> bool:  # type: ignore[override]
        may = admin.ModelAdmin.has_delete_permission(self, request)
        return may and (obj is None or guards.may_change(request, obj.user))

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        found, counts, lacking, protected = super().get_deleted_objects(objs, request)
        return found, counts, lacking, [*protected, *guards.protected(request, [one.user for one in objs])]


@admin.register(UserSession)
class UserSessionAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    """Sessions: who is signed in, since when and from where."""

    list_display = ("user", "created_at", "last_seen_at", "ip", "user_agent")
    list_filter = ("last_seen_at",)
    search_fields = ("user__email", "ip")
    list_select_related = ("user",)
    exclude = ("session_key", "data")
