"""The forms of a person's own pages: profile, theme, inbox and notification settings."""

from __future__ import annotations

from typing import Any

from django import forms

from accounts import naming
from accounts.requests.fields import BIGINT
from certification.notifications.kinds import Kind
from certification.notifications.preferences import Way, Wish
from web.context import THEMES


class ProfileForm(forms.Form):
    """A person's own name."""

    name = forms.CharField(
        label="Name",
        max_length=256,
        required=False,
        validators=[naming.validate],
        help_text="Shown to members of your Projects and to reviewers, never in the API.",
    )


class ThemeForm(forms.Form):
    """The theme, and the page to return to. Any value except light and dark means the system's theme."""

    theme = forms.ChoiceField(required=False, choices=[(theme, theme) for theme in sorted(THEMES)])
    next = forms.CharField(required=False)

    def chosen(self) -> tuple[str, str]:
        """Return the theme, "" for the system's, and the page to return to."""
        self.full_clean()
        return self.cleaned_data.get("theme", ""), self.cleaned_data.get("next", "")


class ReadForm(forms.Form):
    """The id of the newest notification on the page. Later ones stay unread."""

    until = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=BIGINT, required=False)


class WishForm(forms.Form):
    """The notification setting for one kind of event, on a page with a form for each."""

    mail = forms.ChoiceField(choices=Way.choices, required=False)
    inbox = forms.BooleanField(label="In the inbox", required=False)

    def __init__(self, data: Any = None, *, kind: Kind, wish: Wish) -> None:
        super().__init__(data, prefix=kind.id, initial={"mail": wish.mail, "inbox": wish.inbox})
        self.kind = kind
        self.fields["mail"].label = f"Email about {kind.title}"

    def was_sent(self) -> bool:
        """Return whether the page had this kind; one that was added later keeps its setting."""
        return bool(self.cleaned_data["mail"])

    def wish(self) -> Wish:
        """Return the chosen setting."""
        return Wish(inbox=self.cleaned_data["inbox"], mail=self.cleaned_data["mail"])
