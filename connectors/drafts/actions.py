"""The 19 update actions: those that set a field come from its row, the others are small classes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rest_framework import serializers

from accounts.limits import table
from connectors import limits
from connectors.contract import fields, request_fields
from connectors.contract.fields import Field, Setter
from connectors.drafts import payloads, publishing, submitting
from connectors.drafts.draft_change import Change
from connectors.errors import (
    ConnectorStagedNotPrivate,
    InvalidJsonInput,
    InvalidOperation,
    Problem,
)
from connectors.models import CertificationComment, ConnectorStaged, ValidationRun
from connectors.runs import runs

LARGEST_REQUEST = 100
"""Actions of one request."""


class Action:
    """One update action. `payload` is its serializer, `event` the verb of its event."""

    name: str
    event: str
    payload: type[serializers.Serializer[Any]]

    def guard(self, draft: ConnectorStaged) -> None:
        """Refuse while the draft is frozen; actions that are allowed then override this."""
        if refusal := draft.refusal_of_change(self.name):
            raise refusal

    def apply(self, change: Change, data: dict[str, Any]) -> str | None:
        """Change the draft; `data` is the cleaned payload. Return the verb of the event if it is not `event`."""
        raise NotImplementedError

    def details(self, data: dict[str, Any]) -> dict[str, Any]:
        """Return the part of the payload that the event records."""
        return dict(data)


class Set(Action):
    """Sets one field."""

    event = "updated"

    def __init__(self, field: Field, setter: Setter) -> None:
        self.name, self.key, self.column = setter.action, setter.key, field.column
        self.payload = payloads.for_action(self.name, **{self.key: field.request(**setter.limits)})

    def apply(self, change: Change, data: dict[str, Any]) -> None:
        change.draft.take({self.column: data[self.key]})


class SetRepository(Action):
    """Changes the repository or tag. A missing url or tag means unchanged: the official command line sends only the
    tag."""

    name, event = "setRepository", "repository-set"
    payload = payloads.for_action(
        "setRepository",
        url=request_fields.repository_url(required=False),
        tag=request_fields.repository_tag(required=False),
    )

    def apply(self, change: Change, data: dict[str, Any]) -> None:
        if change.draft.set_repository(url=data.get("url"), tag=data.get("tag")):
            runs.supersede(change.draft, kinds=[ValidationRun.Kind.PREVIEW], now=change.now)
            runs.request(change.draft, kind=ValidationRun.Kind.CONFIGURATION, by=change.by, now=change.now)


class PrivateProject(Action):
    """Adds or removes a Project of a private draft. Adding a present one or removing a missing one changes nothing."""

    event = "access-changed"

    def __init__(self, name: str, *, adds: bool) -> None:
        self.name, self.adds = name, adds
        self.payload = payloads.for_action(name, privateProject=request_fields.private_project())

    def apply(self, change: Change, data: dict[str, Any]) -> None:
        draft, project = change.draft, data["privateProject"]
        if not draft.private:
            raise ConnectorStagedNotPrivate("The ConnectorStaged is not private, so every Project may use it.")
        others = [p for p in draft.private_projects if p != project]
        if not self.adds:
            draft.take({"private_projects": others})
        elif len(others) == len(draft.private_projects):
            if len(others) >= request_fields.LARGEST_ACCESS:
                raise InvalidOperation(
                    f"The ConnectorStaged already has {request_fields.LARGEST_ACCESS} private Projects."
                )
            draft.take({"private_projects": [*others, project]})


class UpdatePreviewable(Action):
    """Requests the previewable status."""

    name, event = "updatePreviewable", "preview-requested"
    payload = payloads.for_action("updatePreviewable")

    def guard(self, draft: ConnectorStaged) -> None:
        """Allow it here; the verb raises its own error."""

    def apply(self, change: Change, data: dict[str, Any]) -> None:
        submitting.require(change.by)
        change.draft.request_preview()
        runs.request(change.draft, kind=ValidationRun.Kind.PREVIEW, by=change.by, now=change.now)


class Publish(Action):
    """Starts the publishing process, with or without certification, or lists an unchanged certified Connector again."""

    name, event = "publish", "publish-requested"
    payload = payloads.for_action("publish", certification=request_fields.Truth())

    def guard(self, draft: ConnectorStaged) -> None:
        """Allow it here; the verb raises the error for each state."""

    def apply(self, change: Change, data: dict[str, Any]) -> str | None:
        certification = data["certification"]
        if certification and change.draft.can_list_again():
            publishing.list_again(change)
            return "listed"
        if certification:
            submitting.require(change.by)
        change.draft.submit(certification=certification)
        runs.request(
            change.draft,
            kind=ValidationRun.Kind.PUBLISH,
            by=change.by,
            now=change.now,
            certification=certification,
        )
        return None


class Unlist(Action):
    """Removes a certified Connector from search and catalog."""

    name, event = "unlist", "unlisted"
    payload = payloads.for_action("unlist")

    def guard(self, draft: ConnectorStaged) -> None:
        """Allow it here; the verb's error says what can be done instead."""

    def apply(self, change: Change, data: dict[str, Any]) -> None:
        publishing.unlist(change)


class AddCertificationComment(Action):
    """Adds a public comment, if a certification has ever been requested."""

    name, event = "addCertificationComment", "commented"
    payload = payloads.for_action(
        "addCertificationComment", comment=request_fields.Text(max_length=10_000, multiline=True, allow_empty=False)
    )

    def guard(self, draft: ConnectorStaged) -> None:
        if refusal := draft.refusal_of_comment():
            raise refusal

    def apply(self, change: Change, data: dict[str, Any]) -> None:
        limits.spend(table.COMMENTS, of=change.draft.project_id)
        comment(change, text=data["comment"])

    def details(self, data: dict[str, Any]) -> dict[str, Any]:
        return {}


def comment(change: Change, *, text: str, author_id: int | None = None) -> CertificationComment:
    """Add a public comment by the actor of the change."""
    return CertificationComment.objects.create(
        draft=change.draft, public_name=change.by.public_name, author_id=author_id, text=text, created_at=change.now
    )


SETTERS = sorted(((row, row.setter) for row in fields.ROWS if row.setter), key=lambda found: found[1].place)

REGISTRY: dict[str, Action] = {
    action.name: action
    for action in (
        *(Set(row, setter) for row, setter in SETTERS),
        SetRepository(),
        PrivateProject("addPrivateProject", adds=True),
        PrivateProject("removePrivateProject", adds=False),
        UpdatePreviewable(),
        Publish(),
        Unlist(),
        AddCertificationComment(),
    )
}


def parse(requested: Sequence[object]) -> list[tuple[Action, dict[str, Any]]]:
    """Return each action with its cleaned payload, or raise InvalidJsonInput with the problems of all of them."""
    parsed: list[tuple[Action, dict[str, Any]]] = []
    problems: list[Problem] = []
    for n, item in enumerate(requested):
        at = f"actions[{n}]"
        name = item.get("action") if isinstance(item, dict) else None
        action = REGISTRY.get(name) if isinstance(name, str) else None
        if not isinstance(item, dict):
            problems.append(Problem(at, "Expected an object with the field action."))
        elif action is None:
            problems.append(Problem(f"{at}.action", f"Expected one of {', '.join(REGISTRY)}."))
        else:
            try:
                parsed.append((action, request_fields.check(action.payload, item, at=at)))
            except InvalidJsonInput as error:
                problems += error.problems
    if problems:
        raise InvalidJsonInput(problems)
    return parsed
