"""The contract's representations, each built in one place and stored as the row's `document`.

`document` is a copy: `connectors.drafts.update` writes it in the same statement as the row, and a test compares every
stored document with the result of this module.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from connectors.contract import fields
from connectors.contract.fields import Field
from connectors.models import CertificationComment, Connector, ConnectorStaged
from connectors.models.content import Content
from validator.report.entries import Entry


def moment(value: datetime) -> str:
    """Return an RFC 3339 date and time in UTC with milliseconds, in the contract's format."""
    return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


ORDER = (
    "applicationName",
    "applicationType",
    "standardConfiguration",
    "securedConfiguration",
    "key",
    "description",
    "required",
    "default",
    "type",
    "title",
    "message",
    "application",
    "createdAt",
)
"""The contract's order of the fields in stored JSON."""

CONNECTOR = tuple(fields.exchanged(fields.PUBLIC, ("documentationUrl", "certified")))
"""The fields of a production Connector in the contract's order."""

_PLACE = {name: place for place, name in enumerate(ORDER)}


def arranged(value: Any) -> Any:
    """Return stored JSON with the fields of each object in the contract's order: PostgreSQL does not keep it."""
    if isinstance(value, dict):
        return {name: arranged(value[name]) for name in sorted(value, key=lambda name: _PLACE.get(name, len(ORDER)))}
    if isinstance(value, list):
        return [arranged(item) for item in value]
    return value


def certification_info(comments: Iterable[CertificationComment]) -> dict[str, Any]:
    """Return the contract's CertificationInfo, oldest comment first."""
    return {
        "comments": [{"userId": c.public_name, "datetime": moment(c.created_at), "comment": c.text} for c in comments]
    }


def report_entry(entry: Entry, *, now: datetime) -> dict[str, Any]:
    """Return a report entry with its time, with fields in the contract's order."""
    return {
        "type": entry["type"],
        "title": entry["title"],
        "message": entry["message"],
        "application": entry["application"],
        "createdAt": moment(now),
    }


def staged(draft: ConnectorStaged, *, comments: Iterable[CertificationComment] = ()) -> dict[str, Any]:
    """Return a ConnectorStaged: every field, in the contract's order."""
    said = certification_info(comments) if draft.certification_requested else None
    return _shown(draft, fields.ROWS, certificationInfo=said)


def connector(row: Connector) -> dict[str, Any]:
    """Return a production Connector. It does not show who may use a private one."""
    return _shown(row, CONNECTOR)


def _shown(row: Content, rows: Iterable[Field], **known: Any) -> dict[str, Any]:
    """Return these fields of a row; those that are `known` are not read."""
    found: dict[str, Any] = {}
    for field in rows:
        if field.wire in known:
            value = known[field.wire]
        else:
            value = field.shown(row)
            if field.accepts is None and isinstance(value, dict | list):
                value = arranged(value)
        if field.group:
            found.setdefault(field.group, {})[field.name] = value
        else:
            found[field.name] = value
    return found


def document(data: dict[str, Any]) -> str:
    """Return a representation as compact JSON."""
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))


def page(documents: list[str], *, limit: int, offset: int, total: int) -> str:
    """Return a PagedQueryResult of stored documents."""
    head = f'{{"limit":{limit},"offset":{offset},"count":{len(documents)},"total":{total},"results":['
    return head + ",".join(documents) + "]}"
