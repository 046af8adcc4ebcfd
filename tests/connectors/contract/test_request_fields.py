"""The shape of what comes in."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import pytest
from rest_framework import serializers

from accounts.naming import control_in
from connectors.contract import request_fields
from connectors.contract.request_fields import whole
from connectors.drafts import actions
from connectors.drafts.payloads import ConnectorStagedDraft
from connectors.errors import InvalidJsonInput
from tests import contract, factory

LINK_FIELDS = ["documentationUrl", "creator.supportUrl", "creator.logoUrl"]
LONG = "x" * 257
NAMES = ["name", "creator.name", "creator.title", "creator.company"]


def changed(path: str, value: object) -> dict[str, Any]:
    """Return a good body with one value at a path."""
    data = factory.body()
    inner = data
    *parents, last = path.split(".")
    for name in parents:
        inner[name] = {**inner.get(name, {})}
        inner = inner[name]
    inner[last] = value
    return data


GOOD: list[tuple[str, object]] = [
    ("key", "ab"),
    ("key", "A-z_0" + "9" * 251),
    ("key", None),
    ("name", "x"),
    ("name", "x" * 256),
    ("name", "\u200d\U0001f4a9 <script>"),
    ("name", "\u0627\u0644\u062f\u0641\u0639 Pay"),
    ("creator.company", "\uff08\u682a\uff09\u4f8b"),
    ("description", ""),
    ("description", None),
    ("description", "x" * 5000),
    ("description", "tab\tline\nreturn\r\n"),
    ("integrationTypes", ["tax", "other"]),
    ("integrationTypes", []),
    ("integrationTypes", None),
    ("supportedRegions", ["europe-west1.gcp"]),
    ("privateProjects", ["europe-west1.gcp:acme", "a:bb", "r" * 200 + ":acme"]),
    ("creator.name", None),
    ("creator.title", ""),
    ("creator.noOfContributors", 1),
    ("creator.noOfContributors", 2**31 - 1),
    ("creator.noOfContributors", 3.0),
    ("creator.noOfContributors", None),
    ("repository.url", "git@github.com:acme/payments.git"),
    ("repository.tag", "release/1.0.0+build"),
    *[(field, "https://acme.example/path?a=b#c") for field in LINK_FIELDS],
    *[(field, None) for field in LINK_FIELDS],
    *[(field, "") for field in LINK_FIELDS],
    ("unknown", {"any": ["thing"]}),
    ("status", "Published"),
]

BAD: list[tuple[str, object]] = [
    *[("key", value) for value in ("", "a", "a" * 257, "a b", "a\n", "é1", "a.b", 7, True, ["ab"], {"a": 1})],
    *[("name", value) for value in ("", "   ", LONG, "a\x00b", "a\nb", "a\x1b[2J", "\ud800", None, 7, True, ["a"], {})],
    *[("description", value) for value in ("x" * 5001, "a\x00", "\x85", "\udfff", 7, False, [], {})],
    *[("integrationTypes", value) for value in ("tax", ["tax", "x"], [None], [["tax"]], {"a": 1}, ["tax"] * 101)],
    *[("supportedRegions", value) for value in ("europe-west1.gcp", ["mars"], [7], [{}])],
    *[("privateProjects", value) for value in (["nocolon"], ["a:b"], ["a:" + "b" * 37], ["a b:cc"], ["a:bb\n"], [7])],
    ("privateProjects", ["a:bb"] * 1001),
    ("privateProjects", ["r" * 201 + ":acme"]),
    *[(field, value) for field in NAMES for value in ("Pay\u202etnemyap\u202c", "\u2066x\u2069", "a\u200eb")],
    *[
        (field, value)
        for field in NAMES
        for value in ("\u200b\u200b", "\u3164", "\u0301", "\u00ad", "\u2800", "\u00a0")
    ],
    ("creator", None),
    ("creator", "Jane"),
    ("creator", []),
    *[
        ("creator.email", value)
        for value in ("", "nobody", "a@", "a b@c.example", "a@c.example\n", "a@c\u200b.example", None, 7)
    ],
    *[("creator.name", value) for value in (LONG, "a\x7f", 7)],
    *[("creator.noOfContributors", value) for value in (0, -1, 1.5, "3", True, 2**31, 2**70, float("inf"), [])],
    ("repository", None),
    ("repository", "https://github.com/acme/payments"),
    *[("repository.url", value) for value in ("", "file:///etc/passwd", "https://evil.example/o/r", None, 7)],
    *[("repository.tag", value) for value in ("", "-x", "a..b", "a b", "a\x00", None, 7)],
    *[(field, value) for field in LINK_FIELDS for value in ("javascript:alert(1)", "acme", "https://a b", 7, ["x"])],
]


@pytest.mark.parametrize(("path", "value"), GOOD, ids=repr)
def test_good_value_is_accepted(path: str, value: object) -> None:
    data = changed(path, value)

    request_fields.check(ConnectorStagedDraft, data)

    contract.validate("ConnectorStagedDraft.json", data)


@pytest.mark.parametrize(("path", "value"), BAD, ids=repr)
def test_bad_value_is_one_problem_that_names_its_field(path: str, value: object) -> None:
    with pytest.raises(InvalidJsonInput) as caught:
        request_fields.check(ConnectorStagedDraft, changed(path, value))

    fields = {problem.field.partition("[")[0] for problem in caught.value.problems}
    assert fields == {path}
    assert all(problem.message.endswith(".") for problem in caught.value.problems)


@pytest.mark.parametrize("path", ["name", "creator", "creator.email", "repository", "repository.url", "repository.tag"])
def test_required_field_that_is_missing_is_named(path: str) -> None:
    data = factory.body()
    inner = data
    *parents, last = path.split(".")
    for name in parents:
        inner = inner[name]
    del inner[last]

    with pytest.raises(InvalidJsonInput) as caught:
        request_fields.check(ConnectorStagedDraft, data)

    assert [problem.field for problem in caught.value.problems] == [path]


@pytest.mark.parametrize("data", [None, [], "x", 7, True])
def test_body_that_is_no_object_is_one_problem_of_the_whole(data: object) -> None:
    with pytest.raises(InvalidJsonInput) as caught:
        request_fields.check(ConnectorStagedDraft, data)

    assert [problem.field for problem in caught.value.problems] == [""]


def test_all_problems_are_told_at_once_with_their_places() -> None:
    data = {"name": 7, "creator": {"email": "x"}, "privateProjects": ["a:bb", "x", "y"], "repository": {}}

    with pytest.raises(InvalidJsonInput) as caught:
        request_fields.check(ConnectorStagedDraft, data, at="body")

    assert [problem.field for problem in caught.value.problems] == [
        "body.name",
        "body.creator.email",
        "body.repository.url",
        "body.repository.tag",
        "body.privateProjects[1]",
        "body.privateProjects[2]",
    ]


def test_second_of_two_equal_items_is_dropped() -> None:
    clean = request_fields.check(ConnectorStagedDraft, changed("privateProjects", ["a:bb", "c:dd", "a:bb"]))

    assert clean["privateProjects"] == ["a:bb", "c:dd"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("plain", None),
        ("é ñ 名前 \U0001f4a9 \u202e", None),
        ("a\x00b", "U+0000"),
        ("a\x9fb", "U+009F"),
        ("\ud83d", "U+D83D"),
        ("tab\t", "U+0009"),
    ],
)
def test_control_character_is_named(text: str, found: str | None) -> None:
    assert control_in(text) == found


@pytest.mark.parametrize(
    ("value", "number"),
    [(1, 1), (0, 0), (-1, -1), (1.0, 1), (1.5, None), (True, None), ("1", None), (None, None), (float("nan"), None)],
)
def test_whole_number_is_one_of_json(value: object, number: int | None) -> None:
    assert whole(value) == number


def state_of(field: Any) -> Any:
    """Return everything that a serializer and its fields keep, by name, with other objects by identity."""
    if isinstance(field, serializers.Field):
        return {name: state_of(value) for name, value in vars(field).items() if name not in {"parent", "_context"}}
    if isinstance(field, Mapping):
        return {name: state_of(value) for name, value in field.items()}
    return field if isinstance(field, str | int | float | bool | None) else id(field)


@pytest.mark.parametrize(
    "payload", [ConnectorStagedDraft, *dict.fromkeys(action.payload for action in actions.REGISTRY.values())]
)
def test_checking_leaves_nothing_in_the_fields_that_all_requests_share(payload: Any) -> None:
    bodies = [factory.body(), {"name": 7, "creator": {"email": "no"}, "url": "x"}, [], None, {}]
    bodies += [dict.fromkeys(payload().fields, LONG), dict.fromkeys(payload().fields, "x")]
    for body in bodies:  # The first checks prepare the fields.
        with suppress(InvalidJsonInput):
            request_fields.check(payload, body)
    before = state_of(request_fields._prepared(payload))

    for body in reversed(bodies):
        with suppress(InvalidJsonInput):
            request_fields.check(payload, body)

    assert state_of(request_fields._prepared(payload)) == before
