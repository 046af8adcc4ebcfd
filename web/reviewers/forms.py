"""The forms of the reviewers' pages. They read input; the verbs judge it, and their refusals appear at the field."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from django import forms

from accounts import naming
from accounts.models import User
from accounts.requests.fields import BIGINT, INTEGER, identifier
from certification import business_calendar, decisions
from certification.choices import Escalation
from certification.decisions import Choice, DecisionKind, WholeNumber
from certification.models import Criterion
from certification.rounds import conversation
from certification.rounds.abilities import Abilities

Choices = Iterable[tuple[object, str]]
NUMERIC = {"inputmode": "numeric", "pattern": "[0-9]*"}
WHOLE = "Enter a whole number from 0 to {}."


class TextField(forms.CharField):
    """A text exactly as somebody typed it. The verb decides whether it may be empty."""

    widget = forms.Textarea

    def __init__(self, *, longest: int, attrs: Mapping[str, object] | None = None, **kwargs: Any):
        super().__init__(strip=False, **kwargs)
        self.widget.attrs.update({"cols": False, "rows": False, "maxlength": longest, **(attrs or {})})

    def validate(self, value: str) -> None:
        """Leave it to the verb whether the text may be empty."""


class Chosen(forms.ChoiceField):
    """One of some choices, or none. The verb decides whether one is required."""

    def validate(self, value: str) -> None:
        if value:
            super().validate(value)


class Number(forms.IntegerField):
    """An optional whole number, in a text field, because the mouse wheel changes a number field by accident."""

    widget = forms.TextInput

    def __init__(self, *, largest: int = INTEGER, **kwargs: Any) -> None:
        problem = WHOLE.format(f"{largest:,}")
        super().__init__(required=False, min_value=0, max_value=largest, **kwargs)
        self.error_messages["invalid"] = problem
        for validator in self.validators:
            validator.message = problem  # type: ignore[attr-defined]
        if not isinstance(self.widget, forms.HiddenInput):
            self.widget.attrs.update(NUMERIC)


class Several(forms.Field):
    """All values of a repeated field."""

    widget = forms.MultipleHiddenInput

    def to_python(self, value: Iterable[str] | None) -> list[str]:
        return list(value or ())


def hidden(largest: int = BIGINT) -> Number:
    """Return a field for a number that the page sends and nobody types."""
    return Number(largest=largest, widget=forms.HiddenInput)


def fields_of(form: forms.Form) -> dict[str, str]:
    """Return the sent fields, one text for each name."""
    return {name: str(text) for name, text in form.data.items() if isinstance(text, str)}


class ReviewForm(forms.Form):
    """A form of the review page.

    `slot` is the key under which its text is saved until it is sent, `beside` the field that shows a refusal, and
    `offered` the ability in certification.rounds.abilities without which the page hides the form.
    """

    slot_name: str = ""
    offered: str = "request_change"
    beside: str = "message"

    slot = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, unsent: Mapping[str, str] | None = None, **kwargs: Any) -> None:
        kwargs.setdefault("auto_id", f"{self.slot_name}-%s")
        super().__init__(*args, **kwargs)
        self.initial.setdefault("slot", self.slot_name)
        for name, text in (unsent or {}).items():
            if name == self.slot_name:
                self.initial["message"] = text
            elif name.startswith(f"{self.slot_name}."):
                self.initial[name.removeprefix(f"{self.slot_name}.")] = text

    @property
    def text(self) -> str:
        """The text exactly as it was typed."""
        return str(self["message"].value() or "")

    @property
    def is_begun(self) -> bool:
        """Whether somebody has entered anything."""
        return self.is_bound or any(value for name, value in self.initial.items() if name != "slot")

    @property
    def refusals(self) -> list[str]:
        """The errors of all fields, in sentences."""
        return [str(problem) for problems in self.errors.values() for problem in problems]

    def typed(self) -> dict[str, str]:
        """Return what was entered, by slot, for parts of the page that are rendered many times."""
        return conversation.form(self.slot_name, self.text, fields_of(self))

    def refuse(self, message: str) -> None:
        """Show a refusal of the verb at the field."""
        self.add_error(self.beside, message)


class CommentForm(ReviewForm):
    """A public comment."""

    slot_name = "comment"
    offered = "comment"

    message = TextField(
        label="Public comment",
        longest=conversation.LONGEST_MESSAGE,
        attrs={"data-key": "c", "data-answers": True},
    )
    token = forms.UUIDField(required=False, widget=forms.HiddenInput)


class NoteForm(ReviewForm):
    """A private note."""

    slot_name = "note"
    offered = "note"

    message = TextField(label="Private note", longest=conversation.LONGEST_NOTE, attrs={"data-key": "m"})


class EscalationForm(ReviewForm):
    """Whom to ask for help, and why. Without a role, the escalation ends."""

    slot_name = "escalation"
    offered = "escalate"

    to = Chosen(label="To", choices=[choice for choice in Escalation.choices if choice[0]])
    message = TextField(label="Reason, as a private note", longest=conversation.LONGEST_NOTE)


class RequestForm(ReviewForm):
    """What should change, where, and for which criterion or finding."""

    slot_name = conversation.REQUEST

    message = TextField(label="What should change?", longest=conversation.LONGEST_REQUEST, attrs={"data-answers": True})
    path = forms.CharField(label="File", required=False)
    line = Number(label="Line")
    criterion = forms.ChoiceField(label="Criterion", required=False)
    fingerprint = forms.CharField(required=False, widget=forms.HiddenInput)
    finding = hidden()

    def __init__(self, *args: Any, criteria: Choices | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        listed = Criterion.objects.values_list("key", "title") if criteria is None else criteria
        cast(forms.ChoiceField, self.fields["criterion"]).choices = [("", "None"), *listed]


class LineCommentForm(ReviewForm):
    """A comment, or a request, on a line or a file."""

    offered = "line_comment"

    path = forms.CharField(required=False, strip=False, widget=forms.HiddenInput)
    line = Number(label="Line of the new version")
    message = TextField(label="Text", longest=conversation.LONGEST_NOTE, attrs={"data-key": "c", "data-answers": True})

    def __init__(self, *args: Any, place: str = "", **kwargs: Any) -> None:
        self.slot_name = place
        super().__init__(*args, auto_id="remark-%s", **kwargs)
        self.fields["as"] = Chosen(label="As", choices=[("comment", "A comment"), ("request", "A change request")])


class WaiverForm(ReviewForm):
    """What to waive, why and until when."""

    offered = "propose_waiver"

    scope = forms.CharField(required=False)
    path = forms.CharField(required=False)
    message = TextField(label="Reason", longest=conversation.LONGEST_REQUEST)
    false_alarm = forms.BooleanField(required=False)
    until = forms.DateField(
        required=False,
        input_formats=["%Y-%m-%d"],
        error_messages={"invalid": "The date cannot be read. Write it as YYYY-MM-DD."},
    )

    def __init__(self, *args: Any, finding_id: int, **kwargs: Any) -> None:
        self.slot_name = f"waiver:{finding_id}"
        super().__init__(*args, auto_id=f"waiver-%s-{finding_id}", **kwargs)

    def clean_until(self) -> datetime | None:
        """Return the end of the selected day: "until" a day includes it."""
        day = self.cleaned_data["until"]
        return None if day is None else business_calendar.calendar().end_of(day)


class VerdictForm(ReviewForm):
    """A verdict on a criterion, and the version of the one that the page showed."""

    offered = "give_verdict"

    value = forms.CharField(required=False)
    message = TextField(label="Comment", longest=conversation.LONGEST_REQUEST)
    version = hidden(INTEGER)

    def __init__(self, *args: Any, key: str, **kwargs: Any) -> None:
        self.slot_name = f"verdict:{key}"
        super().__init__(*args, auto_id=f"%s-{key}", **kwargs)


class UnsentForm(forms.Form):
    """Any form of the review while somebody is typing it."""

    slot = forms.CharField(required=False, strip=False)
    message = forms.CharField(required=False, strip=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in conversation.FIELDS:
            self.fields[name] = forms.CharField(required=False, strip=False)

    @property
    def place(self) -> tuple[str, int | None]:
        """The file and line of the text; "" and None when it has none."""
        line = LineCommentForm(self.data)
        line.is_valid()
        return line.cleaned_data.get("path", ""), line.cleaned_data.get("line")


class KindForm(forms.Form):
    """The kind of a decision."""

    kind = forms.CharField()

    @property
    def decision(self) -> DecisionKind | None:
        """The decision that was chosen, None for what is none."""
        return decisions.registered().get(self["kind"].data or "")


class SeenForm(forms.Form):
    """The last event that a page knew, in its address."""

    seen = hidden()

    @property
    def number(self) -> int | None:
        """The id of the event, None for none and for nonsense."""
        return self.cleaned_data["seen"] if self.is_valid() else None


class PreviewForm(ReviewForm):
    """A decision to preview before it is sent, or a prepared answer to insert into its message.

    Some decisions need a message and some do not, so the browser does not insist on one; nor does the preview on what
    else the decision asks for.
    """

    slot_name = "message"
    offered = "decide"
    use_required_attribute = False

    message = TextField(
        label="Message to the developer",
        longest=conversation.LONGEST_MESSAGE,
        help_text=(
            "Prepared from failed criteria, change requests and line comments. "
            "You see it as a mail and a comment before it is sent."
        ),
        attrs={"data-answers": True, "data-first-field": True, "class": "cr-message"},
    )
    seen = hidden()
    insert = forms.BooleanField(required=False)
    answer = hidden()

    def __init__(self, *args: Any, decision: DecisionKind | None = None, **kwargs: Any) -> None:
        super().__init__(*args, auto_id="decide-%s", **kwargs)
        for one in decision.fields if decision else ():
            self.fields[one.name] = (
                Number(largest=one.largest)
                if isinstance(one, WholeNumber)
                else forms.ChoiceField(required=False, choices=one.choices)
            )


class DecisionForm(ReviewForm):
    """A decision as it is sent, with what it asks for. `token` lets it be sent once, `seen` tells what the page knew.

    `can` is what the person may do, where the form is drawn: a number that they may not set is shown, not asked for.
    """

    slot_name = "message"
    offered = "decide"

    kind = forms.CharField(widget=forms.HiddenInput)
    token = forms.UUIDField(required=False, widget=forms.HiddenInput)
    seen = hidden()
    message = TextField(
        label="Message",
        longest=conversation.LONGEST_MESSAGE,
        attrs={"data-answers": True, "class": "cr-message"},
    )

    def __init__(self, *args: Any, decision: DecisionKind, can: Abilities | None = None, **kwargs: Any) -> None:
        super().__init__(*args, auto_id="%s", **kwargs)
        self.decision = decision
        self.fields["message"].required = decision.needs_message
        for one in decision.fields:
            self.fields[one.name] = number_field(one) if isinstance(one, WholeNumber) else choice_field(one)
            if isinstance(one, WholeNumber) and can is not None:
                self._show_usual(one, can)

    def _show_usual(self, number: WholeNumber, can: Abilities) -> None:
        may_set = number.ability(can).possible
        if not may_set or not self.initial.get(number.name):
            self.initial[number.name] = number.usual()
        self.fields[number.name].disabled = not may_set

    @property
    def asked(self) -> list[forms.BoundField]:
        """What the decision asks for besides the message."""
        return [self[one.name] for one in self.decision.fields]

    @property
    def given(self) -> dict[str, Any]:
        """What was entered there."""
        return {one.name: self.cleaned_data.get(one.name) for one in self.decision.fields}


def number_field(number: WholeNumber) -> forms.Field:
    """Return the field for a number that a decision asks for."""
    return forms.IntegerField(
        label=number.label,
        required=False,
        min_value=number.smallest,
        max_value=number.largest,
        widget=forms.TextInput(attrs=NUMERIC),
        help_text=number.help,
        error_messages={"invalid": "Enter a whole number."},
    )


def choice_field(choice: Choice) -> forms.Field:
    """Return the field for a choice that a decision asks for."""
    return forms.ChoiceField(
        label=choice.label, choices=[("", "Choose"), *choice.choices], error_messages={"required": choice.missing}
    )


class TagsForm(forms.Form):
    """Up to two tags whose files a worker fetches; without any, it fetches the list of tags."""

    tag = Several(required=False)

    def clean_tag(self) -> list[str]:
        tags: list[str] = self.cleaned_data["tag"]
        return tags[:2]


class AssignForm(forms.Form):
    """The reviewer to assign."""

    to = forms.ModelChoiceField(
        label="Reviewer",
        queryset=User.objects.all(),
        error_messages=dict.fromkeys(("required", "invalid_choice"), "Choose a reviewer."),
    )

    def __init__(self, *args: Any, reviewers: Choices = (), **kwargs: Any) -> None:
        kwargs["auto_id"] = "assign-%s"
        super().__init__(*args, **kwargs)
        self.fields["to"].widget.choices = [("", "Choose"), *reviewers]  # type: ignore[attr-defined]


class BulkForm(forms.Form):
    """The submissions selected in the queue, the verb for them, and whom to assign them to."""

    MOST = 100

    draft = Several(required=False)
    action = forms.CharField(required=False)
    to = forms.ModelChoiceField(queryset=User.objects.all(), required=False)

    def clean_draft(self) -> list[UUID]:
        found = [draft_id for text in self.cleaned_data["draft"] if (draft_id := identifier(text))]
        return found[: self.MOST]


class SavedViewForm(forms.Form):
    """A name for the filters in the URL, which are passed as `query`."""

    LONGEST_QUERY = 1000

    name = forms.CharField(
        label="Save these filters as",
        max_length=60,
        validators=[naming.validate],
        error_messages={"required": "Name the view."},
    )
    shared = forms.BooleanField(label="For everybody", required=False)

    def __init__(self, *args: Any, query: str, may_share: bool, **kwargs: Any) -> None:
        kwargs["auto_id"] = "view-%s"
        super().__init__(*args, **kwargs)
        self.query = query
        if not may_share:
            del self.fields["shared"]

    def clean(self) -> None:
        """Refuse filters that are too long to save."""
        super().clean()
        if len(self.query) > self.LONGEST_QUERY:
            raise forms.ValidationError("These filters are too long to save. Remove some.")
