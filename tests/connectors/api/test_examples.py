"""Every example of the contract, as input or compared as output."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.choices import ConnectorStatus
from tests import contract, factory
from tests.api import Api

DRAFTS = "/connectors/drafts"
ROWS = {row["file"]: row for row in contract.examples()}
ANSWERS = [name for name in ROWS if ".response-" in name]


def fields(value: object, *, at: str = "") -> set[str]:
    """Return the paths of all fields within a JSON value; items of a list share theirs."""
    if isinstance(value, dict):
        return {f"{at}.{name}" for name in value}.union(*(fields(v, at=f"{at}.{k}") for k, v in value.items()))
    if isinstance(value, list):
        return set[str]().union(*(fields(item, at=at) for item in value))
    return set()


def full(api: Api, key: str = "connector-key") -> dict[str, Any]:
    """Return a draft that has something in every field, as a query shows it."""
    row = factory.draft(
        **{
            **contract.example("create.request.json"),
            "key": key,
            "integrationTypes": ["other"],
        }
    )
    factory.act(row, {"action": "updatePreviewable"})
    factory.previewed(row)
    failed = factory.rejected(factory.publish(row, certification=True))
    return dict(api.get(f"{DRAFTS}/{failed.id}").json)


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_example_validates_against_its_schema(row: dict[str, str]) -> None:
    contract.validate(row["schema"], contract.example(row["file"]))


def test_create_request_is_accepted_and_answered_as_in_the_example(api: Api) -> None:
    request, expected = contract.example("create.request.json"), contract.example("create.response-201.json")

    created = api.post(DRAFTS, {**request, "integrationTypes": expected["integrationTypes"]})

    assert created.status == 201
    read_later_or_random = {"id", "configurations"}
    assert {name: created.json[name] for name in expected if name not in read_later_or_random} == {
        name: {"logoUrl": None, "supportUrl": None, **value} if name == "creator" else value
        for name, value in expected.items()
        if name not in read_later_or_random
    }


@pytest.mark.parametrize(("name", "where"), [("update-by-id", "{id}"), ("update-by-key", "key={key}")])
def test_update_request_is_accepted_and_answered_as_in_the_example(name: str, where: str, api: Api) -> None:
    created = api.post(DRAFTS, contract.example("create.request.json")).json
    expected = contract.example(f"{name}.response-201.json")

    answer = api.post(f"{DRAFTS}/{where.format(**created)}", contract.example(f"{name}.request.json"))

    assert answer.status == 201
    assert (answer.json["name"], answer.json["version"]) == (expected["name"], expected["version"])
    assert answer.json["status"] == expected["status"]


@pytest.mark.parametrize("name", ANSWERS)
def test_every_field_of_an_example_answer_is_in_ours(name: str, api: Api) -> None:
    example = contract.example(name)
    shown = full(api)
    ours = api.get(DRAFTS).json if name.startswith("query.") else shown

    assert fields(example) <= fields(ours)


@pytest.mark.parametrize("name", ["get-by-id.response-200.json", "get-by-key.response-200.json"])
def test_failed_draft_reports_as_in_the_example(name: str, api: Api) -> None:
    expected, shown = contract.example(name), full(api)

    assert shown["status"] == expected["status"] == ConnectorStatus.FAILED
    for entry, example in zip(
        shown["publishingReport"]["entries"], expected["publishingReport"]["entries"], strict=True
    ):
        assert (entry["type"], entry["title"]) == (example["type"], example["title"])


ACTIONS = [name for name in ROWS if name.startswith("action.")]
NEEDS = {
    # The status that an action needs, where that is not Draft.
    "unlist": ConnectorStatus.PUBLISHED,
    "addCertificationComment": ConnectorStatus.READY_FOR_CERTIFICATION,
}


@pytest.mark.parametrize("name", ACTIONS)
def test_example_action_is_accepted(name: str, api: Api) -> None:
    action = contract.example(name)
    row = factory.at(NEEDS.get(action["action"], ConnectorStatus.DRAFT))

    answer = api.post(f"{DRAFTS}/{row.id}", {"version": row.version, "actions": [action]})

    assert answer.status == 201
    assert answer.json["version"] == row.version + 1


def test_example_types_are_parts_of_a_draft(api: Api) -> None:
    shown = full(api)
    parts = {
        "type.Creator.json": shown["creator"],
        "type.Repository.json": shown["repository"],
        "type.ConnectorConfigurationApplication.json": shown["configurations"][0],
        "type.StandardConfigurationKey.json": shown["configurations"][0]["standardConfiguration"][0],
        "type.SecuredConfigurationKey.json": shown["configurations"][0]["securedConfiguration"][0],
        "type.ConnectorReportEntry.json": shown["publishingReport"]["entries"][0],
    }

    # The contract's example of a secured key shows a default, which its table of fields does not have.
    beyond = {"type.SecuredConfigurationKey.json": {".default"}}
    for name, part in parts.items():
        assert fields(contract.example(name)) - beyond.get(name, set()) <= fields(part), name
    assert {name for name in ROWS if name.startswith("type.")} == {*parts, "type.CertificationInfoComment.json"}


def test_example_comment_looks_like_ours(api: Api) -> None:
    row = factory.at(ConnectorStatus.READY_FOR_CERTIFICATION)
    example = contract.example("type.CertificationInfoComment.json")

    factory.act(row, {"action": "addCertificationComment", "comment": example["comment"]})

    (comment,) = api.get(f"{DRAFTS}/{row.id}").json["certificationInfo"]["comments"]
    assert list(comment) == list(example)
    assert comment["comment"] == example["comment"]
