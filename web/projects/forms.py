"""The forms of a Project's pages. They gather; the verbs of this floor judge, in words that stand beside the field."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.conf import settings

from accounts import naming
from accounts.access.roles import INCLUDED_SCOPES, ProjectRole
from accounts.models import Membership
from accounts.webhooks import kinds

SCOPE_LABELS = {
    "manage_project": "Everything in the Project (manage_project)",
    "manage_connectors": "Make and change connectors (manage_connectors)",
    "view_connectors": "Look at connectors (view_connectors)",
}
ROLE_HELP = "Owners manage members, clients and keys. Developers make and submit connectors. Viewers look and are told."


class ProjectForm(forms.Form):
    """A new Project."""

    name = forms.CharField(label="Name", max_length=256, validators=[naming.validate], help_text="As people call it.")
    key = forms.CharField(
        label="Key",
        max_length=36,
        help_text="2 to 36 letters, digits, hyphens and underscores. It stands in scopes and cannot be changed later.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    region = forms.ChoiceField(label="Region", help_text="Where the Project’s data lives. It cannot be changed later.")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["region"].choices = [(r, r) for r in settings.REGIONS]  # type: ignore[attr-defined]


class RenameForm(forms.Form):
    """A Project's other name."""

    name = forms.CharField(label="Name", max_length=256, validators=[naming.validate])


class InvitationForm(forms.Form):
    """Who is offered which place."""

    email = forms.CharField(label="Email", widget=forms.EmailInput(attrs={"autocomplete": "off"}))
    role = forms.ChoiceField(
        label="Role", choices=ProjectRole.choices, initial=ProjectRole.DEVELOPER, help_text=ROLE_HELP
    )


class RoleForm(forms.Form):
    """A member's other role."""

    role = forms.ChoiceField(label="Role", choices=ProjectRole.choices)


class HandOverForm(forms.Form):
    """Who becomes the owner."""

    member = forms.ChoiceField(label="New owner")

    def __init__(self, *args: Any, others: Iterable[Membership], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = [(str(m.pk), f"{m.user} ({m.user.email})") for m in others]
        self.fields["member"].choices = rows  # type: ignore[attr-defined]


class ClientForm(forms.Form):
    """A new API client."""

    name = forms.CharField(
        label="Name",
        max_length=100,
        required=False,
        validators=[naming.validate],
        help_text="What uses it, such as “release pipeline”.",
    )
    scope = forms.ChoiceField(
        label="What it may do",
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
        help_text="As owner/name. Leave it empty for a key that a machine user with access to all of them adds.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )


class WebhookForm(forms.Form):
    """A webhook's address and what it wants to hear of."""

    url = forms.CharField(
        label="Address",
        max_length=2048,
        help_text="An HTTPS address of yours. Each message is signed.",
        widget=forms.URLInput(attrs={"placeholder": "https://", "autocomplete": "off"}),
    )
    kinds = forms.MultipleChoiceField(
        label="Messages",
        required=False,
        help_text="Choose none to get all of them, also those that come to be later.",
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kinds"].choices = list(kinds.known().items())  # type: ignore[attr-defined]


class ProfileForm(forms.Form):
    """A person's own name."""

    name = forms.CharField(
        label="Name",
        max_length=256,
        required=False,
        validators=[naming.validate],
        help_text="Your Projects and the reviewers see it; the API never does.",
    )
