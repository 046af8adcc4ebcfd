"""The connector form: its fields are those of the contract, its rules are those of `payloads`.

The form only gathers text. What is wrong is said by the same code that answers the API, and `take_problems` puts each
sentence beside the field that it is about.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.conf import settings
from django.core import signing

from accounts.models import Membership
from connectors.choices import IntegrationType
from connectors.drafts import payloads, repository_address, request_fields
from connectors.errors import ConnectorError, DuplicateField, InvalidJsonInput
from connectors.models import ConnectorStaged

Values = dict[str, Any]


@dataclass(frozen=True)
class Bound:
    """Where one form field ends up: its path in a create request, and its update action with the payload's name."""

    field: str
    attribute: str
    path: str
    action: str
    payload: str


BINDINGS = (
    Bound("name", "name", "name", "setName", "name"),
    Bound("description", "description", "description", "setDescription", "description"),
    Bound("integration_types", "integration_types", "integrationTypes", "setIntegrationTypes", "integrationTypes"),
    Bound("supported_regions", "supported_regions", "supportedRegions", "setSupportedRegions", "regions"),
    Bound("documentation_url", "documentation_url", "documentationUrl", "setDocumentationUrl", "documentationUrl"),
    Bound("creator_company", "creator_company", "creator.company", "setCreatorCompany", "creatorCompany"),
    Bound("creator_name", "creator_name", "creator.name", "setCreatorName", "creatorName"),
    Bound("creator_title", "creator_title", "creator.title", "setCreatorTitle", "creatorTitle"),
    Bound("creator_email", "creator_email", "creator.email", "setCreatorEmail", "creatorEmail"),
    Bound(
        "creator_support_url", "creator_support_url", "creator.supportUrl", "setCreatorSupportUrl", "creatorSupportUrl"
    ),
    Bound("creator_logo_url", "creator_logo_url", "creator.logoUrl", "setCreatorLogo", "logoUrl"),
    Bound(
        "creator_no_of_contributors",
        "creator_no_of_contributors",
        "creator.noOfContributors",
        "setCreatorNoOfContributors",
        "creatorNoOfContributors",
    ),
    Bound("repository_url", "repository_url", "repository.url", "setRepository", "url"),
    Bound("repository_tag", "repository_tag", "repository.tag", "setRepository", "tag"),
)
FIELD_OF_PATH = {bound.path: bound.field for bound in BINDINGS} | {"key": "key", "privateProjects": "private_projects"}


class Lines(forms.CharField):
    """A list of words, one a line in a text area."""

    widget = forms.Textarea

    def prepare_value(self, value: object) -> object:
        return "\n".join(str(item) for item in value) if isinstance(value, list | tuple) else value

    def to_python(self, value: object) -> Any:
        return list(dict.fromkeys(str(value or "").split()))


def new_sheet() -> str:
    """Return a name for a form that is drawn now."""
    return secrets.token_urlsafe(12)


class ConnectorForm(forms.Form):
    """Everything a developer says about a connector. Required marks are those of the contract."""

    sheet = forms.CharField(required=False, initial=new_sheet, widget=forms.HiddenInput(attrs={"autocomplete": "off"}))
    repository_url = forms.CharField(
        label="Repository",
        help_text="Paste its address in any form: from the browser, from “Clone”, or owner/name.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "inputmode": "url"}),
    )
    repository_tag = forms.CharField(
        label="Tag",
        help_text="The Git tag to check and publish. Its commit is pinned when you publish.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "list": "tags"}),
    )
    name = forms.CharField(label="Name", help_text="As it will stand in the catalogue.")
    key = forms.CharField(
        label="Key",
        required=False,
        help_text="A short name for scripts: letters, digits, hyphens, underscores. It cannot be changed later.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    description = forms.CharField(
        label="Description",
        required=False,
        help_text="What it connects and what it does, for somebody who chooses between connectors.",
        widget=forms.Textarea(attrs={"rows": 5}),
    )
    documentation_url = forms.CharField(
        label="Documentation", required=False, widget=forms.URLInput(attrs={"placeholder": "https://"})
    )
    integration_types = forms.MultipleChoiceField(
        label="Integration types", required=False, choices=IntegrationType.choices, widget=forms.CheckboxSelectMultiple
    )
    supported_regions = forms.MultipleChoiceField(
        label="Supported regions", required=False, widget=forms.CheckboxSelectMultiple
    )
    private_projects = Lines(
        label="Projects that may use it while it is private",
        required=False,
        help_text="One a line, as region:projectKey. Your own Project may always use it.",
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}),
    )
    creator_company = forms.CharField(label="Company", required=False)
    creator_name = forms.CharField(label="Contact", required=False, help_text="A person or a team.")
    creator_title = forms.CharField(label="Title", required=False)
    creator_email = forms.CharField(label="E-mail", widget=forms.EmailInput(attrs={"autocomplete": "email"}))
    creator_support_url = forms.CharField(
        label="Support page", required=False, widget=forms.URLInput(attrs={"placeholder": "https://"})
    )
    creator_logo_url = forms.CharField(
        label="Logo", required=False, widget=forms.URLInput(attrs={"placeholder": "https://"})
    )
    creator_no_of_contributors = forms.CharField(
        label="Number of contributors",
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        regions = self.fields["supported_regions"]
        regions.choices = [(region, region) for region in settings.REGIONS]  # type: ignore[attr-defined]

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
        body: Values = {"creator": {}, "repository": {}}
        for bound in BINDINGS:
            target, _, name = bound.path.rpartition(".")
            value = self.value_of(bound.field)
            if value not in (None, ""):
                (body[target] if target else body)[name] = value
        body["key"] = self.cleaned_data.get("key") or None
        body["privateProjects"] = self.cleaned_data.get("private_projects") or []
        return body

    def value_of(self, field: str) -> Any:
        """Return a cleaned value as the contract's type; text that is no number stays text, for the rules to refuse."""
        value = self.cleaned_data.get(field)
        if field == "creator_no_of_contributors":
            text = str(value or "")
            return int(text) if text.isascii() and text.isdigit() and len(text) < 12 else text or None
        if isinstance(value, str):
            # Browsers send CRLF for the line breaks of a text area.
            return value.replace("\r\n", "\n")
        return value

    def take_problems(self, error: ConnectorError, *, fields: Mapping[str, str] | None = None) -> None:
        """Put each problem of a refused request beside its field; what belongs to none stands above the form.

        `fields` maps the paths of the request to fields; the paths of a create request unless given.
        """
        if isinstance(error, DuplicateField):
            self.add_error("key", "This key is taken. Keys are unique over all Projects.")
        elif isinstance(error, InvalidJsonInput):
            known = FIELD_OF_PATH if fields is None else fields
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
    """The form of an existing draft. It carries the version it was filled from, and what stood there then."""

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
        contributors = "creator_no_of_contributors"
        if self.draft.creator_no_of_contributors is not None and not values.get(contributors):
            self.add_error(contributors, "This number can be changed, but not removed.")
        return values

    def clean_base(self) -> Values:
        """Read what stood in the fields when the form was drawn; without it, what stands there now."""
        return unsealed(self.cleaned_data["base"], draft=self.draft)

    def wanted(self) -> Values:
        """Return the values that the person changed, by field."""
        base = self.cleaned_data["base"]
        new = {bound.field: self.value_of(bound.field) for bound in BINDINGS}
        if "private_projects" in self.fields:
            new["private_projects"] = self.value_of("private_projects")
        return {field: value for field, value in new.items() if _plain(value) != _plain(base.get(field))}

    def actions(self) -> tuple[list[Values], dict[str, str]]:
        """Return the update actions for what was changed, and the field behind each path that a problem can name."""
        changed = self.wanted()
        actions: list[Values] = []
        fields: dict[str, str] = {}
        for bound in BINDINGS:
            if bound.field not in changed or bound.action == "setRepository":
                continue
            fields[f"actions[{len(actions)}].{bound.payload}"] = bound.field
            actions.append({"action": bound.action, bound.payload: changed[bound.field]})
        if {"repository_url", "repository_tag"} & changed.keys():
            at = f"actions[{len(actions)}]"
            fields |= {f"{at}.url": "repository_url", f"{at}.tag": "repository_tag"}
            parts = {name: self.value_of(f"repository_{name}") for name in ("url", "tag")}
            actions.append({"action": "setRepository", **parts})
        if "private_projects" in changed:
            before, after = self.cleaned_data["base"].get("private_projects", []), changed["private_projects"]
            for action, rows in (
                ("removePrivateProject", [row for row in before if row not in after]),
                ("addPrivateProject", [row for row in after if row not in before]),
            ):
                for row in rows:
                    fields[f"actions[{len(actions)}].privateProject"] = "private_projects"
                    actions.append({"action": action, "privateProject": row})
        return actions, fields


@dataclass(frozen=True)
class Conflict:
    """One field that both sides changed, or only the other one: what stood there, stands there, and was typed."""

    label: str
    before: str
    now: str
    yours: str

    @property
    def both(self) -> bool:
        """Whether the typed text differs from what stands there now."""
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
    values = {bound.field: getattr(draft, bound.attribute) for bound in BINDINGS}
    return {**values, "private_projects": list(draft.private_projects)}


def rebased(form: EditForm, *, draft: ConnectorStaged) -> tuple[EditForm, list[Conflict]]:
    """Bring a form over to the draft as somebody else left it.

    What the person typed stays; fields that they did not touch take the new values. Returns the form to draw, and
    what the other side changed meanwhile.
    """
    base, current, typed = form.cleaned_data["base"], values_of(draft), form.wanted()
    merged = {**current, **typed}
    conflicts = _conflicts(form, base=base, current=current, merged=merged)
    data = {**merged, "version": draft.version, "base": sealed(current), "sheet": form.cleaned_data["sheet"]}
    if data["creator_no_of_contributors"] is None:
        data["creator_no_of_contributors"] = ""
    data["private_projects"] = "\n".join(data["private_projects"])
    fresh = EditForm(data, draft=draft)
    fresh.full_clean()
    return fresh, conflicts


def resumed(typed: Mapping[str, list[str]], *, draft: ConnectorStaged) -> tuple[EditForm, list[Conflict]] | None:
    """Return the form with what was typed once and not saved, and what was changed meanwhile; None for nothing new.

    `typed` are the fields as the browser sent them, right or wrong: nothing is judged here.
    """
    base, current = unsealed("".join(typed.get("base", [])[:1]), draft=draft), values_of(draft)
    mine: Values = {}
    for name, field in EditForm(draft=draft).fields.items():
        chosen = isinstance(field, forms.MultipleChoiceField)
        # Browsers send every text, but no box that is not ticked.
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
