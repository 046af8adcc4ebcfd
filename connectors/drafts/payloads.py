"""The bodies of requests as serializers, made from the rows of `fields`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from itertools import groupby
from typing import Any

from rest_framework import serializers

from connectors.contract import fields
from connectors.contract.fields import Field

Made = type[serializers.Serializer[Any]]
AnyField = serializers.Field[Any, Any, Any, Any]
Names = tuple[str, str]
"""Name and description of a schema."""


def serializer(
    names: Names, rows: Iterable[Field], *, make: Callable[[Field], AnyField], groups: Mapping[str, Made]
) -> Made:
    """Return a serializer class of these fields; `groups` are the serializers of what holds some of them."""
    found: dict[str, AnyField] = {}
    for group, members in groupby(rows, key=lambda row: row.group):
        found |= {group: groups[group]()} if group else {row.name: make(row) for row in members}
    return _class(names, found)


def part(names: Names, rows: Iterable[Field], *, make: Callable[[Field], AnyField], group: str) -> Made:
    """Return a serializer class of the fields within `creator` or `repository`."""
    return _class(names, {row.name: make(row) for row in rows if row.group == group})


def _class(names: Names, found: Mapping[str, AnyField]) -> Made:
    name, description = names
    return type(name, (serializers.Serializer,), {"__doc__": description, "__module__": __name__, **found})


def for_action(action: str, /, **found: AnyField) -> Made:
    """Return the serializer class of an update action's payload."""
    return _class((f"{action[0].upper()}{action[1:]}Action", ""), found)


_TYPED = fields.exchanged(fields.TYPED, ("creator.name", "creator.title"), ("privateProjects", "supportedRegions"))

ConnectorStagedDraft = serializer(
    (
        "ConnectorStagedDraft",
        "The body of a create request. Read-only and unknown fields are ignored, as the contract's example needs.",
    ),
    _TYPED,
    make=Field.create_request,
    groups={
        "creator": part(
            ("CreatorDraft", "The contract's Creator."), _TYPED, make=Field.create_request, group="creator"
        ),
        "repository": part(
            ("RepositoryDraft", "The contract's Repository."), _TYPED, make=Field.create_request, group="repository"
        ),
    },
)
