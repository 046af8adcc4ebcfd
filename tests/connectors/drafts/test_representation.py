"""The contract's representations."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest

from connectors.choices import ConnectorStatus
from connectors.drafts import representation
from connectors.models import ConnectorStaged
from tests import contract, factory

FIELDS = [
    # In the order of the contract; `certified` is from its example of a query.
    "id",
    "version",
    "key",
    "name",
    "description",
    "integrationTypes",
    "creator",
    "repository",
    "configurations",
    "globalConfiguration",
    "apiClient",
    "private",
    "privateProjects",
    "supportedRegions",
    "certificationInfo",
    "status",
    "publishingReport",
    "alreadyListed",
    "hasChanges",
    "isPreviewable",
    "previewableReport",
    "documentationUrl",
    "certified",
]
NOT_PUBLIC = {
    "privateProjects",
    "certificationInfo",
    "status",
    "publishingReport",
    "alreadyListed",
    "hasChanges",
    "isPreviewable",
    "previewableReport",
}
CREATOR = ["name", "title", "email", "company", "logoUrl", "noOfContributors", "supportUrl"]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (datetime(2026, 1, 2, 3, 4, 5, 678_901, tzinfo=UTC), "2026-01-02T03:04:05.678Z"),
        (datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), "2026-01-02T03:04:05.000Z"),
        (datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone(timedelta(hours=5))), "2026-01-01T22:04:05.000Z"),
    ],
)
def test_moment_is_utc_with_milliseconds(value: datetime, text: str) -> None:
    assert representation.moment(value) == text


def test_stored_json_is_shown_in_the_contracts_order_whatever_the_database_made_of_it() -> None:
    stored = [{"securedConfiguration": [{"required": True, "key": "A"}], "x": 1, "applicationName": "app"}]

    shown = representation.arranged(stored)

    assert json.dumps(shown) == (
        '[{"applicationName": "app", "securedConfiguration": [{"key": "A", "required": true}], "x": 1}]'
    )


@pytest.mark.django_db
@pytest.mark.parametrize("status", ConnectorStatus)
def test_staged_has_every_field_in_the_contracts_order(status: ConnectorStatus) -> None:
    shown = json.loads(ConnectorStaged.objects.get(pk=factory.at(status).pk).document)

    assert list(shown) == FIELDS
    assert list(shown["creator"]) == CREATOR
    assert list(shown["repository"]) == ["url", "tag"]
    contract.validate("ConnectorStaged.json", shown)


@pytest.mark.django_db
@pytest.mark.parametrize("certification", [True, False])
def test_connector_is_valid_and_does_not_say_who_else_may_use_it(certification: bool) -> None:
    row = factory.at(ConnectorStatus.PUBLISHED, certification=certification, privateProjects=["us-east-2.aws:partner"])

    shown = json.loads(row.published.document)

    contract.validate("Connector.json", shown)
    first = [name for name in FIELDS if name not in {*NOT_PUBLIC, "documentationUrl", "certified"}]
    assert list(shown) == [*first, "certified", "documentationUrl"]
    assert "partner" not in row.published.document
    assert (shown["id"], shown["key"]) == (str(row.id), row.key)
    assert (shown["private"], shown["certified"]) == (not certification, certification)


@pytest.mark.django_db
def test_certification_info_appears_with_the_first_request_and_stays() -> None:
    row = factory.draft()
    assert representation.staged(row)["certificationInfo"] is None

    factory.publish(row, certification=True)
    asked = ConnectorStaged.objects.get(pk=row.pk)

    assert json.loads(asked.document)["certificationInfo"] == {"comments": []}


@pytest.mark.django_db
def test_comments_are_shown_oldest_first_without_the_name_of_a_person() -> None:
    row = factory.at(ConnectorStatus.READY_FOR_CERTIFICATION)
    for text in ("first", "second"):
        row = factory.act(row, {"action": "addCertificationComment", "comment": text})

    comments = json.loads(row.document)["certificationInfo"]["comments"]

    assert [(comment["userId"], comment["comment"]) for comment in comments] == [("acme", "first"), ("acme", "second")]


def test_document_is_compact_and_keeps_letters_as_they_are() -> None:
    assert representation.document({"name": "名前", "a": [1, None]}) == '{"name":"名前","a":[1,null]}'


def test_page_is_valid_json_around_ready_documents() -> None:
    text = representation.page(['{"a":1}', '{"a":2}'], limit=2, offset=4, total=9)

    assert json.loads(text) == {"limit": 2, "offset": 4, "count": 2, "total": 9, "results": [{"a": 1}, {"a": 2}]}
    assert json.loads(representation.page([], limit=0, offset=0, total=0))["results"] == []
