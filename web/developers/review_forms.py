"""The developer's forms in a review."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.utils import timezone

from web.developers.review_summary import Task

LONGEST_CREDENTIALS_DAYS = 90


class WithdrawForm(forms.Form):
    """The version that the page was drawn for."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1)


class ResubmitForm(WithdrawForm):
    """A new tag for the review."""

    tag = forms.CharField(
        label="New tag",
        max_length=256,
        help_text="Push it first. It is checked right away, then the review continues.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "list": "tags"}),
    )


class AppealForm(WithdrawForm):
    """Why the decision is wrong."""

    text = forms.CharField(
        label="Your appeal",
        help_text="Name the criterion and explain how your connector meets it. Public, like every comment.",
        widget=forms.Textarea(attrs={"rows": 6}),
    )


class HandBackForm(forms.Form):
    """A message for the reviewer, whose turn it is next."""

    text = forms.CharField(
        label="Message",
        required=False,
        help_text="Public, like every comment.",
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class NotesForm(forms.Form):
    """What only reviewers can see."""

    notes = forms.CharField(
        label="Notes",
        required=False,
        max_length=5000,
        help_text="How to test it, special cases, known issues.",
        widget=forms.Textarea(attrs={"rows": 5}),
    )
    changelog = forms.CharField(
        label="What changed",
        required=False,
        max_length=10_000,
        help_text="Since the last certified version.",
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    credentials = forms.CharField(
        label="Test credentials",
        required=False,
        max_length=4000,
        help_text="For a test account only. Stored encrypted; every access is logged. Leave empty to keep them.",
        widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "off", "spellcheck": "false"}),
    )
    until = forms.DateField(
        label="Valid until",
        required=False,
        help_text=f"Nobody can read them after this day. At most {LONGEST_CREDENTIALS_DAYS} days ahead.",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    def clean(self) -> dict[str, Any]:
        """Require a day in the near future when there are credentials."""
        values = super().clean() or {}
        today = timezone.localdate()
        until = values.get("until")
        if values.get("credentials") and until is None and "until" not in self.errors:
            self.add_error("until", "Enter the last day the credentials are valid.")
        if until is not None and not today <= until <= today + timedelta(days=LONGEST_CREDENTIALS_DAYS):
            self.add_error("until", f"Choose a day between today and {LONGEST_CREDENTIALS_DAYS} days from now.")
        return values

    def expires_at(self) -> datetime | None:
        """Return the end of the chosen day."""
        until = self.cleaned_data.get("until")
        return timezone.make_aware(datetime.combine(until, time.max)) if until else None


class DoneForm(forms.Form):
    """Whether one requested change is done, with a reply; among the forms of the other requests on one page."""

    done = forms.BooleanField(required=False, initial=True, widget=forms.HiddenInput)
    reply = forms.CharField(
        required=False,
        max_length=5000,
        widget=forms.TextInput(attrs={"placeholder": "Reply (optional)", "autocomplete": "off"}),
    )

    def __init__(self, data: Any = None, *, pk: int) -> None:
        super().__init__(data, auto_id=f"request-{pk}-%s")
        self.pk = pk


def numbered(tasks: Iterable[Task], *, refused: DoneForm | None = None) -> list[tuple[Task, DoneForm]]:
    """Return each task with its form, labeled with its number; `refused` stays as it was typed."""
    rows = []
    for number, task in enumerate(tasks, 1):
        form = refused if refused is not None and refused.pk == task.pk else DoneForm(pk=task.pk)
        form.fields["reply"].label = f"Reply to request {number}"
        rows.append((task, form))
    return rows
