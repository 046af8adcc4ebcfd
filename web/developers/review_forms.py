"""The developer's forms in a review."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.utils import timezone

LONGEST_CREDENTIALS_DAYS = 90


class WithdrawForm(forms.Form):
    """The version that the page was drawn for."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1)


class ResubmitForm(WithdrawForm):
    """Another tag for the round."""

    tag = forms.CharField(
        label="New tag",
        max_length=256,
        help_text="Push it first. It is checked at once, then the review goes on.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "list": "tags"}),
    )


class AppealForm(WithdrawForm):
    """Why the refusal is wrong."""

    text = forms.CharField(
        label="Your appeal",
        help_text="Name the criterion and say how your connector meets it. It is public, like every comment.",
        widget=forms.Textarea(attrs={"rows": 6}),
    )


class HandBackForm(forms.Form):
    """A last word before the turn goes back."""

    text = forms.CharField(
        label="Message",
        required=False,
        help_text="Public, like every comment.",
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class NotesForm(forms.Form):
    """What only the reviewers read."""

    notes = forms.CharField(
        label="Notes",
        required=False,
        max_length=5000,
        help_text="How to try it out, what is special, what you know about.",
        widget=forms.Textarea(attrs={"rows": 5}),
    )
    changelog = forms.CharField(
        label="What changed",
        required=False,
        max_length=10_000,
        help_text="Since the last version that was certified.",
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    credentials = forms.CharField(
        label="Test credentials",
        required=False,
        max_length=4000,
        help_text="For a test account only. Stored encrypted; each look at them is recorded. Leave it empty to keep "
        "those that are there.",
        widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "off", "spellcheck": "false"}),
    )
    until = forms.DateField(
        label="Valid until",
        required=False,
        help_text=f"After this day nobody can read them. At most {LONGEST_CREDENTIALS_DAYS} days ahead.",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    def clean(self) -> dict[str, Any]:
        """Ask for a day in the near future when there are credentials."""
        values = super().clean() or {}
        today = timezone.localdate()
        until = values.get("until")
        if values.get("credentials") and until is None and "until" not in self.errors:
            self.add_error("until", "Say until which day the credentials are valid.")
        if until is not None and not today <= until <= today + timedelta(days=LONGEST_CREDENTIALS_DAYS):
            self.add_error("until", f"Choose a day from today to {LONGEST_CREDENTIALS_DAYS} days ahead.")
        return values

    def expires_at(self) -> datetime | None:
        """Return the end of the chosen day."""
        until = self.cleaned_data.get("until")
        return timezone.make_aware(datetime.combine(until, time.max)) if until else None


class TickForm(forms.Form):
    """Whether a request is done, with a word to it."""

    done = forms.BooleanField(required=False)
    reply = forms.CharField(required=False, max_length=5000)
