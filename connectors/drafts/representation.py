"""The contract's representations, each made in one place and kept ready as the row's `document`.

`document` is a copy: `connectors.drafts.update.store` writes it in the same statement as the row, and a test compares
every stored document with what is made here.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from connectors.models import CertificationComment, Connector, ConnectorStaged
from connectors.models.content import CREATOR, Content
from validator.report.entries import Entry


def moment(value: datetime) -> str:
    """Return an RFC 3339 date and time in UTC with milliseconds, as the contract writes it."""
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
"""The contract's order of the fields within what is stored as JSON."""

_PLACE = {name: place for place, name in enumerate(ORDER)}


def arranged(value: Any) -> Any:
    """Return stored JSON with the fields of each object in the contract's order: PostgreSQL keeps none."""
    if isinstance(value, dict):
        return {name: arranged(value[name]) for name in sorted(value, key=lambda name: _PLACE.get(name, len(ORDER)))}
    if isinstance(value, list):
        return [arranged(item) for item in value]
    return value


def creator(row: Content) -> dict[str, Any]:
    """Return the contract's Creator; fields without a value are null."""
    return {wire: getattr(row, attribute) or None for wire, attribute in CREATOR.items()}


def repository(row: Content) -> dict[str, str]:
    """Return the contract's Repository."""
    return {"url": row.repository_url, "tag": row.repository_tag}


def certification_info(comments: Iterable[CertificationComment]) -> dict[str, Any]:
    """Return the contract's CertificationInfo, oldest comment first."""
    return {
        "comments": [{"userId": c.public_name, "datetime": moment(c.created_at), "comment": c.text} for c in comments]
    }


def report_entry(entry: Entry, *, now: datetime) -> dict[str, Any]:
    """Return an entry of a report with its moment, in the contract's order of fields."""
    return {
        "type": entry["type"],
        "title": entry["title"],
        "message": entry["message"],
        "application": entry["application"],
        "createdAt": moment(now),
    }


def staged(draft: ConnectorStaged, *, comments: Iterable[CertificationComment] = ()) -> dict[str, Any]:
    """Return a ConnectorStaged: every field, in the contract's order."""
    return {
        "id": str(draft.id),
        "version": draft.version,
        "key": draft.key,
        "name": draft.name,
        "description": draft.description or None,
        "integrationTypes": draft.integration_types,
        "creator": creator(draft),
        "repository": repository(draft),
        "configurations": arranged(draft.configurations),
        "globalConfiguration": arranged(draft.global_configuration),
        "apiClient": arranged(draft.api_client),
        "private": draft.private,
        "privateProjects": draft.private_projects,
        "supportedRegions": draft.supported_regions,
        "certificationInfo": certification_info(comments) if draft.certification_requested else None,
        "status": str(draft.status),
        "publishingReport": arranged(draft.publishing_report),
        "alreadyListed": draft.already_listed,
        "hasChanges": draft.has_changes,
        "isPreviewable": str(draft.is_previewable),
        "previewableReport": arranged(draft.previewable_report),
        "documentationUrl": draft.documentation_url or None,
        "certified": draft.certified,
    }


def connector(row: Connector) -> dict[str, Any]:
    """Return a production Connector. Who else may use a private one is not shown."""
    return {
        "id": str(row.pk),
        "version": row.version,
        "key": row.key,
        "name": row.name,
        "description": row.description or None,
        "integrationTypes": row.integration_types,
        "creator": creator(row),
        "repository": repository(row),
        "configurations": arranged(row.configurations),
        "globalConfiguration": arranged(row.global_configuration),
        "apiClient": arranged(row.api_client),
        "private": row.private,
        "supportedRegions": row.supported_regions,
        "certified": row.certified,
        "documentationUrl": row.documentation_url or None,
    }


def document(data: dict[str, Any]) -> str:
    """Return a representation as compact JSON."""
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))


def page(documents: list[str], *, limit: int, offset: int, total: int) -> str:
    """Return a PagedQueryResult around ready documents."""
    head = f'{{"limit":{limit},"offset":{offset},"count":{len(documents)},"total":{total},"results":['
    return head + ",".join(documents) + "]}"
