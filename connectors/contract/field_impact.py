"""What a new value of a field means for those who run the version before: a function for each kind of field.

Each takes what people call the field, the old and the new value, and yields the differences. None knows a database.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

CLOSE_ENOUGH = 0.6
"""The minimum share of equal configuration keys for a removed and an added application to count as renamed."""


class Label(StrEnum):
    """What a change means for clients with the connector installed, the most severe first."""

    BREAKING = "breaking"
    ACTION = "needs action"
    SAFE = "safe"


@dataclass(frozen=True)
class Impact:
    """One difference: its place, what happened, the old and new value as text, and its severity."""

    label: Label
    place: str
    message: str
    before: str = ""
    after: str = ""


_KINDS = (("standardConfiguration", "standard"), ("securedConfiguration", "secured"))


def configurations(
    _: str, before: Sequence[Mapping[str, Any]] | None, after: Sequence[Mapping[str, Any]] | None
) -> Iterator[Impact]:
    """Compare the configuration of applications."""
    old = {row["applicationName"]: row for row in before or []}
    new = {row["applicationName"]: row for row in after or []}
    gone = [name for name in old if name not in new]
    come = [name for name in new if name not in old]
    for name in gone:
        other = _renamed(old[name], [new[candidate] for candidate in come])
        if other is None:
            yield Impact(Label.BREAKING, name, "The application was removed.", before=name)
            continue
        come.remove(other["applicationName"])
        yield Impact(
            Label.BREAKING,
            other["applicationName"],
            "The application was renamed: its configuration under the old name is lost.",
            before=name,
            after=other["applicationName"],
        )
        yield from _application(other["applicationName"], old[name], other)
    for name in come:
        needed = [key for _, key in _needed(new[name])]
        if needed:
            message = f"A new application needs {', '.join(needed)}."
            yield Impact(Label.ACTION, name, message, after=name)
        else:
            yield Impact(Label.SAFE, name, "A new application.", after=name)
    for name, row in new.items():
        if name in old:
            yield from _application(name, old[name], row)


def _renamed(old: Mapping[str, Any], candidates: Sequence[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """Return the added application that is most likely this removed one, or None."""
    mine = set(_all_keys(old))
    best, share = None, CLOSE_ENOUGH
    for row in candidates:
        theirs = set(_all_keys(row))
        if row.get("applicationType") != old.get("applicationType") or not (mine | theirs):
            continue
        alike = len(mine & theirs) / len(mine | theirs)
        if alike >= share:
            best, share = row, alike
    return best


def _application(name: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Impact]:
    before, after = old.get("applicationType", ""), new.get("applicationType", "")
    if before != after:
        yield Impact(Label.BREAKING, name, "The application's type changed.", before=before, after=after)
    yield from _keys(name, old, new)


def _keys(place: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Impact]:
    before, after = _all_keys(old), _all_keys(new)
    gone = [key for key in before if key not in after]
    come = [key for key in after if key not in before]
    for key in gone:
        kind, row = before[key]
        successor = next((k for k in come if _same_key(before[key], after[k])), None)
        if successor is not None:
            come.remove(successor)
            message = f"The {kind} key was renamed: its value must be set again."
            yield Impact(Label.BREAKING, place, message, before=key, after=successor)
        else:
            message = f"The {'required ' if row.get('required') else ''}{kind} key was removed."
            yield Impact(Label.BREAKING, place, message, before=key)
    for key in come:
        kind, row = after[key]
        if _must_be_given(kind, row):
            yield Impact(Label.ACTION, place, f"A new {kind} key is required and has no default.", after=key)
        else:
            yield Impact(Label.SAFE, place, f"A new optional {kind} key.", after=key)
    for key, (kind, row) in after.items():
        if key in before:
            yield from _key(place, key, before[key], (kind, row))


def _key(
    place: str, key: str, old: tuple[str, Mapping[str, Any]], new: tuple[str, Mapping[str, Any]]
) -> Iterator[Impact]:
    (old_kind, before), (new_kind, after) = old, new
    where = f"{place}: {key}"
    if old_kind != new_kind:
        message = f"The key moved from {old_kind} to {new_kind}: its value must be set again."
        yield Impact(Label.BREAKING, where, message, before=old_kind, after=new_kind)
    elif _must_be_given(new_kind, after) and not _must_be_given(old_kind, before):
        message = "The key is now required and has no default."
        yield Impact(Label.ACTION, where, message, before=_need(before), after=_need(after))
    elif bool(before.get("required")) != bool(after.get("required")):
        yield Impact(Label.SAFE, where, "Whether the key is required has changed.", _need(before), _need(after))
    if new_kind == old_kind == "standard" and (before.get("default") or "") != (after.get("default") or ""):
        yield Impact(
            Label.ACTION if before.get("default") else Label.SAFE,
            where,
            "The default changed: clients that rely on it get another value.",
            before=before.get("default") or "",
            after=after.get("default") or "",
        )
    if before.get("description", "") != after.get("description", ""):
        yield Impact(
            Label.SAFE, where, "The description changed.", before.get("description", ""), after.get("description", "")
        )


def global_configuration(
    title: str, before: Mapping[str, Any] | None, after: Mapping[str, Any] | None
) -> Iterator[Impact]:
    """Compare the configuration that all applications have."""
    yield from _keys(title, before or {}, after or {})


def api_client(title: str, before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> Iterator[Impact]:
    """Compare what the API client asks for."""
    old = list((before or {}).get("scopes", []))
    new = list((after or {}).get("scopes", []))
    for scope in new:
        if scope not in old:
            message = "The API client needs a new scope."
            yield Impact(Label.ACTION, title, message, after=scope)
    for scope in old:
        if scope not in new:
            yield Impact(Label.SAFE, title, "The API client no longer needs a scope.", before=scope)


def regions(title: str, before: Sequence[str] | None, after: Sequence[str] | None) -> Iterator[Impact]:
    """Compare where it can be deployed; none named means everywhere."""
    before, after = before or [], after or []
    if before and not after:
        yield Impact(Label.SAFE, title, "The connector now runs in every region.", before=", ".join(before))
    elif after and not before:
        message = "The connector ran in every region and is now limited."
        yield Impact(Label.BREAKING, title, message, after=", ".join(after))
    else:
        for region in before:
            if region not in after:
                yield Impact(Label.BREAKING, title, "A region was removed.", before=region)
        for region in after:
            if region not in before:
                yield Impact(Label.SAFE, title, "A region was added.", after=region)


def changed(title: str, before: object, after: object) -> Iterator[Impact]:
    """Say that the value is another one, which nobody has to act on; the order of a list means nothing."""
    old, new = _shown(before), _shown(after)
    if sorted(old) != sorted(new):
        yield Impact(Label.SAFE, title, f"{title} changed.", ", ".join(old), ", ".join(new))


def _all_keys(row: Mapping[str, Any]) -> dict[str, tuple[str, Mapping[str, Any]]]:
    """Return the configuration keys of an application with their kind, in the order of the file."""
    return {key["key"]: (kind, key) for field, kind in _KINDS for key in row.get(field) or []}


def _needed(row: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(kind, name) for name, (kind, key) in _all_keys(row).items() if _must_be_given(kind, key)]


def _must_be_given(kind: str, key: Mapping[str, Any]) -> bool:
    return bool(key.get("required")) and not (kind == "standard" and key.get("default"))


def _same_key(old: tuple[str, Mapping[str, Any]], new: tuple[str, Mapping[str, Any]]) -> bool:
    """Return whether two keys differ only by name; a description of one or two words is not enough evidence."""
    (old_kind, before), (new_kind, after) = old, new
    alike = before.get("description", "") == after.get("description", "") and len(before.get("description", "")) > 10
    return alike and old_kind == new_kind


def _need(key: Mapping[str, Any]) -> str:
    if not key.get("required"):
        return "optional"
    return "required, with a default" if key.get("default") else "required"


def _shown(value: object) -> list[str]:
    """Return the parts of a value as text; an empty value has none."""
    if isinstance(value, list):
        return [str(part) for part in value]
    return [str(value)] if value else []
