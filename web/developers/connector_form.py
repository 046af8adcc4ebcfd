"""The connector form: its fields are those of the contract, its rules are those of the requests.

The form only gathers text. What is wrong is said by the same code that answers the API, and `take_problems` puts each
sentence beside the field that it is about.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from django import forms
from django.core import signing

from accounts.models import Membership
from connectors.contract import fields, request_fields
from connectors.contract.fields import Field, Section
from connectors.contract.request_fields import Text, Whole
from connectors.drafts import payloads, repository_address
from connectors.errors import ConnectorError, DuplicateField, InvalidJsonInput
from connectors.models import ConnectorStaged

Values = dict[str, Any]


CHOSEN = frozenset(row.column for row in fields.TYPED if row.choices)
"""Fields that show all possible values, to choose from."""

LAYOUT: Mapping[Section, Sequence[Sequence[str]]] = {
    Section.ABOUT: (
        ("name", "key"),
        ("description",),
        ("documentation_url",),
        ("integration_types",),
        ("supported_regions",),
    ),
    Section.CREATOR: (
        ("creator_email", "creator_company"),
        ("creator_name", "creator_title"),
        ("creator_support_url", "creator_logo_url", "creator_no_of_contributors"),
    ),
}
"""Which fields share a line. Those that are not listed follow, each in a line of its own."""

PLAIN = {"autocomplete": "off", "spellcheck": "false"}
ATTRIBUTES: Mapping[str, dict[str, Any]] = {
    "key": PLAIN,
    "repository_url": {**PLAIN, "inputmode": "url"},
    "repository_tag": {**PLAIN, "list": "tags"},
}


class Lines(forms.CharField):
    """A list of words, one a line in a text area."""

    widget = forms.Textarea

    def prepare_value(self, value: object) -> object:
        return "\n".join(str(item) for item in value) if isinstance(value, list | tuple) else value

    def to_python(self, value: object) -> Any:
        return list(dict.fromkeys(str(value or "").split()))


def form_field(row: Field) -> forms.Field:
    """Return the form field of a field of the contract; the widget follows from what the field accepts."""
    common: Values = {"label": row.label, "required": row.required, "help_text": row.help}
    if row.choices:
        return forms.MultipleChoiceField(choices=row.choices, widget=forms.CheckboxSelectMultiple, **common)
    if row.several:
        return Lines(widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}), **common)
    return forms.CharField(widget=_widget(row), **common)


def _widget(row: Field) -> forms.Widget:
    schema = row.accepted.json_schema()
    if isinstance(row.accepted, Text) and row.accepted.multiline:
        return forms.Textarea(attrs={"rows": 5})
    if schema["type"] == "integer":
        return forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"})
    if row.link:
        return forms.URLInput(attrs={"placeholder": "https://"})
    if schema.get("format") == "email":
        return forms.EmailInput(attrs={"autocomplete": "email"})
    return forms.TextInput(attrs=ATTRIBUTES.get(row.column))


def new_sheet() -> str:
    """Return a name for a form that is drawn now."""
    return secrets.token_urlsafe(12)


class Group(NamedTuple):
    """Form fields that share a line, or one that has it alone."""

    fields: list[forms.BoundField]
    pair: bool


class ConnectorForm(forms.Form):
    """Everything a developer says about a connector. Required marks are those of the contract."""

    sheet = forms.CharField(required=False, initial=new_sheet, widget=forms.HiddenInput(attrs={"autocomplete": "off"}))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields |= {row.column: form_field(row) for row in fields.TYPED}

    @property
    def about(self) -> list[Group]:
        """The fields of the section about the connector itself."""
        return self._groups(Section.ABOUT)

    @property
    def creator(self) -> list[Group]:
        """The fields of the section about its creator."""
        return self._groups(Section.CREATOR)

    def _groups(self, section: Section) -> list[Group]:
        placed = LAYOUT[section]
        listed = {name for group in placed for name in group}
        others = [(row.column,) for row in fields.TYPED if row.section is section and row.column not in listed]
        return [
            Group([self[name] for name in group if name in self.fields], pair=len(group) > 1)
            for group in (*placed, *others)
        ]

    def clean(self) -> Values:
        """Bring the repository's address into a usual form, then find every problem at once by the contract's rules.

        The address of a release also names the tag.
        """
        values = super().clean() or {}
        if values.get("repository_url"):
            found = repository_address.read(values["repository_url"])
            values["repository_url"] = found.url
            if found.tag and not values.get("repository_tag"):
                values["repository_tag"] = found.tag
                self.errors.pop("repository_tag", None)
        self.cleaned_data = values
        try:
            request_fields.check(payloads.ConnectorStagedDraft, self.body())
        except InvalidJsonInput as error:
            self.take_problems(error)
        return self.cleaned_data

    def body(self) -> Values:
        """Return the fields as the body of a create request."""
        body: Values = {row.group: {} for row in fields.TYPED if row.group}
        for row in fields.TYPED:
            value = self.value_in(row)
            if value not in (None, ""):
                (body[row.group] if row.group else body)[row.name] = value
        return body

    def value_in(self, row: Field) -> Any:
        """Return a cleaned value as the contract's type; text that is no number stays text, for the rules to refuse."""
        value = self.cleaned_data.get(row.column)
        if isinstance(row.accepted, Whole):
            text = str(value or "")
            return int(text) if text.isascii() and text.isdigit() and len(text) < 12 else text or None
        if isinstance(value, str):
            # Browsers send CRLF for the line breaks of a text area.
            return value.replace("\r\n", "\n")
        return value

    def take_problems(self, error: ConnectorError, *, places: Mapping[str, str] | None = None) -> None:
        """Put each problem of a refused request beside its field; what belongs to none is shown above the form.

        `places` maps the paths of the request to fields; the paths of a create request unless given.
        """
        if isinstance(error, DuplicateField):
            self.add_error("key", "This key is taken. Keys are unique over all Projects.")
        elif isinstance(error, InvalidJsonInput):
            known = {row.wire: row.column for row in fields.TYPED} if places is None else places
            for problem in error.problems:
                field = _field_of(problem.field, known=known)
                # A field that has a problem already (a required one that is empty) needs no second sentence.
                if field is None or field not in self.errors:
                    self.add_error(field, problem.message if field else str(problem))
        else:
            self.add_error(None, error.message)


class NewConnectorForm(ConnectorForm):
    """The form of a draft that does not exist yet."""

    project = forms.ChoiceField(label="Project", help_text="Its members see and change the draft.")
    field_order = ("project",)

    def __init__(self, *args: Any, memberships: Sequence[Membership], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.memberships = memberships
        field = self.fields["project"]
        field.choices = [(m.project.key, f"{m.project} ({m.project.key})") for m in memberships]  # type: ignore[attr-defined]
        if len(memberships) == 1:
            field.initial = memberships[0].project.key


class EditForm(ConnectorForm):
    """The form of an existing draft. It carries the version it was filled from, and the values it had then."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1)
    base = forms.CharField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, draft: ConnectorStaged, typed: Values | None = None, **kwargs: Any) -> None:
        self.draft = draft
        current = values_of(draft)
        kwargs["initial"] = {**current, **(typed or {}), "version": draft.version, "base": sealed(current)}
        super().__init__(*args, **kwargs)
        del self.fields["key"]
        if not draft.private:
            del self.fields["private_projects"]

    def clean(self) -> Values:
        """Refuse what no update action can do, too."""
        values = super().clean()
        for row in fields.TYPED:
            removed = getattr(self.draft, row.column) is not None and not values.get(row.column)
            if isinstance(row.accepted, Whole) and removed:
                self.add_error(row.column, "This number can be changed, but not removed.")
        return values

    def clean_base(self) -> Values:
        """Return the values of the fields when the form was drawn; without them, the current ones."""
        return unsealed(self.cleaned_data["base"], draft=self.draft)

    def wanted(self) -> Values:
        """Return the values that the person changed, by field."""
        base = self.cleaned_data["base"]
        new = {row.column: self.value_in(row) for row in fields.TYPED if row.column in self.fields}
        return {field: value for field, value in new.items() if _plain(value) != _plain(base.get(field))}

    def actions(self) -> tuple[list[Values], dict[str, str]]:
        """Return the update actions for what was changed, and the field behind each path that a problem can name."""
        changed = self.wanted()
        actions: list[Values] = []
        places: dict[str, str] = {}
        for row in fields.TYPED:
            if row.setter is not None and row.column in changed:
                places[f"actions[{len(actions)}].{row.setter.key}"] = row.column
                actions.append({"action": row.setter.action, row.setter.key: changed[row.column]})
        if {"repository_url", "repository_tag"} & changed.keys():
            at = f"actions[{len(actions)}]"
            places |= {f"{at}.url": "repository_url", f"{at}.tag": "repository_tag"}
            parts = {name: self.cleaned_data[f"repository_{name}"] for name in ("url", "tag")}
            actions.append({"action": "setRepository", **parts})
        if "private_projects" in changed:
            before, after = self.cleaned_data["base"].get("private_projects", []), changed["private_projects"]
            for action, identifiers in (
                ("removePrivateProject", [one for one in before if one not in after]),
                ("addPrivateProject", [one for one in after if one not in before]),
            ):
                for identifier in identifiers:
                    places[f"actions[{len(actions)}].privateProject"] = "private_projects"
                    actions.append({"action": action, "privateProject": identifier})
        return actions, places


@dataclass(frozen=True)
class Conflict:
    """One field that both sides changed, or only the other one: the values before, now, and as typed."""

    label: str
    before: str
    now: str
    yours: str

    @property
    def both(self) -> bool:
        """Whether the typed text differs from the current value."""
        return self.yours != self.now


SALT = "connectors.forms.base"


def sealed(values: Values) -> str:
    """Return values as signed text for a hidden field."""
    return signing.dumps(values, salt=SALT, compress=True)


def unsealed(text: str, *, draft: ConnectorStaged) -> Values:
    """Return the values of a hidden field; of one that is broken or missing, those of the draft now."""
    try:
        values: Values = signing.loads(text, salt=SALT)
    except signing.BadSignature:
        return values_of(draft)
    return values


def values_of(draft: ConnectorStaged) -> Values:
    """Return what the form shows of a draft, by field."""
    return {row.column: getattr(draft, row.column) for row in fields.TYPED}


def rebased(form: EditForm, *, draft: ConnectorStaged) -> tuple[EditForm, list[Conflict]]:
    """Bring a form over to the draft as somebody else left it.

    What the person typed stays; fields that they did not touch take the new values. Returns the form to draw, and
    what the other side changed meanwhile.
    """
    base, current, typed = form.cleaned_data["base"], values_of(draft), form.wanted()
    merged = {**current, **typed}
    conflicts = _conflicts(form, base=base, current=current, merged=merged)
    data = {name: _sent(value, chosen=name in CHOSEN) for name, value in merged.items()}
    data |= {"version": draft.version, "base": sealed(current), "sheet": form.cleaned_data["sheet"]}
    fresh = EditForm(data, draft=draft)
    fresh.full_clean()
    return fresh, conflicts


def resumed(typed: Mapping[str, list[str]], *, draft: ConnectorStaged) -> tuple[EditForm, list[Conflict]] | None:
    """Return the form with what was typed once and not saved, and what was changed meanwhile; None for nothing new.

    `typed` are the fields as the browser sent them, right or wrong: nothing is judged here.
    """
    base, current = unsealed("".join(typed.get("base", [])[:1]), draft=draft), values_of(draft)
    mine: Values = {}
    for name in EditForm(draft=draft).fields:
        chosen = name in CHOSEN
        # Browsers send every text, but no box that is not checked.
        if name not in current or not (chosen or name in typed):
            continue
        value = typed.get(name, []) if chosen else "".join(typed[name][:1])
        if _plain(value) != _plain(_sent(base.get(name), chosen=chosen)):
            mine[name] = value
    if not mine:
        return None
    form = EditForm(draft=draft, typed=mine)
    return form, _conflicts(form, base=base, current=current, merged={**current, **mine})


def _conflicts(form: EditForm, *, base: Values, current: Values, merged: Values) -> list[Conflict]:
    """Return the fields that somebody else changed since the form was drawn."""
    return [
        Conflict(
            label=str(form.fields[field].label),
            before=_shown(base.get(field)),
            now=_shown(now),
            yours=_shown(merged[field]),
        )
        for field, now in current.items()
        if field in form.fields and now != base.get(field)
    ]


def _plain(value: object) -> object:
    """Return a value without what a round through a form changes: surrounding space, line breaks, order."""
    if isinstance(value, str):
        return value.replace("\r\n", "\n").strip()
    return sorted(value) if isinstance(value, list) else value


def _sent(value: Any, *, chosen: bool) -> object:
    """Return a value as a browser sends it: boxes as a list, everything else as text."""
    if chosen:
        return value or []
    return "\n".join(value) if isinstance(value, list) else "" if value is None else str(value)


def _shown(value: object) -> str:
    if isinstance(value, Iterable) and not isinstance(value, str):
        return ", ".join(str(item) for item in value)
    return "" if value is None else str(value)


def _field_of(path: str, *, known: Mapping[str, str]) -> str | None:
    """Return the field of a path; `supportedRegions[3]` belongs to the field of `supportedRegions`."""
    while path:
        if path in known:
            return known[path]
        path = path.rpartition("[")[0] if path.endswith("]") else path.rpartition(".")[0]
    return None


class CommentForm(forms.Form):
    """A public comment in the conversation with the reviewers."""

    comment = forms.CharField(
        label="Comment",
        help_text="Reviewers and everybody in your Project can read it, also through the API.",
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    def clean_comment(self) -> str:
        """Use plain line breaks: browsers send CRLF."""
        return str(self.cleaned_data["comment"]).replace("\r\n", "\n")


class PublishForm(forms.Form):
    """Privately, or for certification."""

    PRIVATELY, CERTIFIED = "private", "certification"

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1)
    how = forms.ChoiceField(
        label="How",
        choices=((CERTIFIED, "Submit for certification"), (PRIVATELY, "Publish privately")),
        widget=forms.RadioSelect,
    )


class TagForm(forms.Form):
    """Another tag, and what to do with it at once."""

    CERTIFIED, PRIVATELY, NOTHING = "certification", "private", "nothing"

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1)
    tag = forms.CharField(
        label="New tag",
        help_text="Push it first.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "list": "tags"}),
    )
    then = forms.ChoiceField(
        label="And then",
        choices=(
            (CERTIFIED, "Submit it for certification"),
            (PRIVATELY, "Publish it privately"),
            (NOTHING, "Only save it"),
        ),
        initial=CERTIFIED,
        widget=forms.RadioSelect,
    )

    def actions(self) -> tuple[list[Values], dict[str, str]]:
        """Return the update actions, and the field behind each path that a problem can name."""
        actions: list[Values] = [{"action": "setRepository", "tag": self.cleaned_data["tag"]}]
        if self.cleaned_data["then"] != self.NOTHING:
            certification = self.cleaned_data["then"] == self.CERTIFIED
            actions.append({"action": "publish", "certification": certification})
        return actions, {"actions[0].tag": "tag"}


class VersionForm(forms.Form):
    """The version that a confirmation page was drawn for."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1)
