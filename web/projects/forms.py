"""The forms of a Project's pages. They have labels, help and limits; the verbs of the lower floors judge the input."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings

from accounts import naming
from accounts.models import Membership
from accounts.roles import INCLUDED_SCOPES, ProjectRole
from accounts.webhooks import kinds

SCOPE_LABELS = {
    "manage_project": "Manage everything in the Project (manage_project)",
    "manage_connectors": "Create and edit connectors (manage_connectors)",
    "view_connectors": "View connectors (view_connectors)",
}
ROLE_HELP = (
    "Owners manage members, clients and keys. Developers create and submit connectors. Viewers have view-only access."
)


class ProjectForm(forms.Form):
    """A new Project."""

    name = forms.CharField(
        label="Name", max_length=256, validators=[naming.validate], help_text="Shown to members and reviewers."
    )
    key = forms.CharField(
        label="Key",
        max_length=36,
        help_text="2 to 36 letters, digits, hyphens and underscores. Part of API scopes. It can’t be changed later.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    region = forms.ChoiceField(
        label="Region", help_text="Where the Project’s data is stored. It can’t be changed later."
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["region"].choices = [(r, r) for r in settings.REGIONS]  # type: ignore[attr-defined]


class RenameForm(forms.Form):
    """The new name of a Project."""

    name = forms.CharField(label="Name", max_length=256, validators=[naming.validate])


class InvitationForm(forms.Form):
    """The person to invite, and their role."""

    email = forms.CharField(label="Email", widget=forms.EmailInput(attrs={"autocomplete": "off"}))
    role = forms.ChoiceField(
        label="Role", choices=ProjectRole.choices, initial=ProjectRole.DEVELOPER, help_text=ROLE_HELP
    )


class RoleForm(forms.Form):
    """The role of one member, on a page with a form for each."""

    role = forms.ChoiceField(label="Role", choices=ProjectRole.choices)

    def __init__(self, data: Any = None, *, member: Membership) -> None:
        super().__init__(data, prefix=f"m{member.pk}", initial={"role": member.role})
        self.fields["role"].label = f"Role of {member.user}"


class MemberField(forms.ModelChoiceField):  # type: ignore[type-arg]
    """A selection of one member."""

    def label_from_instance(self, obj: Any) -> str:
        """Return the name and the address."""
        return f"{obj.user} ({obj.user.email})"


class HandOverForm(forms.Form):
    """The member who becomes the owner in place of `by`."""

    member = MemberField(label="New owner", queryset=Membership.objects.none(), empty_label=None)

    def __init__(self, data: Any = None, *, by: Membership) -> None:
        super().__init__(data)
        others = Membership.objects.filter(project=by.project_id).exclude(pk=by.pk).select_related("user")
        self.fields["member"].queryset = others.order_by("user__name", "user__email")  # type: ignore[attr-defined]


class ClientForm(forms.Form):
    """A new API client."""

    name = forms.CharField(
        label="Name",
        max_length=100,
        required=False,
        validators=[naming.validate],
        help_text="What will use it, such as “release pipeline”.",
    )
    scope = forms.ChoiceField(
        label="Scope",
        choices=[(scope, SCOPE_LABELS[scope]) for scope in INCLUDED_SCOPES],
        initial="manage_connectors",
        widget=forms.RadioSelect,
    )


class DeployKeyForm(forms.Form):
    """A new deploy key."""

    repository = forms.CharField(
        label="Repository",
        required=False,
        max_length=220,
        help_text="As owner/name. Leave empty to create a key for a machine user with access to all repositories.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )


class WebhookForm(forms.Form):
    """A webhook's address and the events it subscribes to."""

    url = forms.CharField(
        label="URL",
        max_length=2048,
        help_text="An HTTPS address on your server. Each message is signed.",
        widget=forms.URLInput(attrs={"placeholder": "https://", "autocomplete": "off"}),
    )
    kinds = forms.MultipleChoiceField(
        label="Messages",
        required=False,
        help_text="Select none to receive all, including future ones.",
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kinds"].choices = list(kinds.known().items())  # type: ignore[attr-defined]


class InvitationMailsForm(forms.Form):
    """Whether somebody gets mails of invitations. It stops them unless it clearly asks for them."""

    ON = "on"

    mails = forms.CharField(required=False)
