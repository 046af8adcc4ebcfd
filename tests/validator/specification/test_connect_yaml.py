"""connect.yaml: the verdicts of the corpus, and what its problems tell."""

from __future__ import annotations

import csv
import json
import time
from pathlib import Path
from typing import Any

import pytest

from tests.processor import costs_at_most
from validator.specification import connect_yaml
from validator.specification.connect_yaml import SpecificationError, YamlProblem

CORPUS = Path(__file__).parents[2] / "data" / "connect-yaml"
with (CORPUS / "index.csv").open(encoding="utf-8", newline="") as _index:
    ROWS = list(csv.DictReader(_index))

SERVICE = "deployAs:\n  - name: svc\n    applicationType: service\n    endpoint: /service\n"


def problems(text: str) -> tuple[YamlProblem, ...]:
    with pytest.raises(SpecificationError) as caught:
        connect_yaml.parse(text.encode())
    return caught.value.problems


def places(text: str) -> list[tuple[int, int, str]]:
    return [(problem.line, problem.column, problem.path) for problem in problems(text)]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["file"])
def test_the_verdict_on_a_file_of_the_corpus_is_the_expected_one(row: dict[str, str]) -> None:
    text = (CORPUS / row["file"]).read_bytes()
    expected = json.loads((CORPUS / row["file"].replace(".yaml", ".expected.json")).read_text(encoding="utf-8"))
    found: dict[str, Any]

    with costs_at_most(5):
        try:
            parsed = connect_yaml.parse(text)
        except SpecificationError as error:
            found = {"valid": False, "errors": error.problems}
        else:
            found = {
                "valid": True,
                "configurations": list(parsed.configurations),
                "globalConfiguration": parsed.global_configuration,
                "apiClient": parsed.api_client,
            }

    if row["strict"] == "yes":
        assert found["valid"] == expected["valid"]
        assert found["valid"] is False or found == expected
    for problem in found.get("errors", ()):
        assert problem.line >= 1
        assert problem.column >= 1
        assert problem.message.endswith(".")
        assert problem.fix or problem.expected


def test_the_corpus_is_complete() -> None:
    assert len(ROWS) == 178


def test_all_problems_are_reported_at_once_in_the_order_of_the_file() -> None:
    text = """\
deployAs:
  - name: a
    applicationType: Service
    memory: 1
  - name: good
    applicationType: job
    endpoint: //
    configuration:
      standardConfiguration:
        - key: PORT
          description: " "
          required: yes
          default: 5
        - key: A-B
inheritAs:
  apiClient:
    scopes: []
"""

    assert places(text) == [
        (2, 11, "deployAs[0].name"),
        (3, 22, "deployAs[0].applicationType"),
        (4, 5, "deployAs[0].memory"),
        (5, 5, "deployAs[1].properties"),
        (7, 15, "deployAs[1].endpoint"),
        (10, 16, "deployAs[1].configuration.standardConfiguration[0].key"),
        (11, 24, "deployAs[1].configuration.standardConfiguration[0].description"),
        (12, 21, "deployAs[1].configuration.standardConfiguration[0].required"),
        (13, 20, "deployAs[1].configuration.standardConfiguration[0].default"),
        (14, 11, "deployAs[1].configuration.standardConfiguration[1].description"),
        (14, 16, "deployAs[1].configuration.standardConfiguration[1].key"),
        (17, 13, "inheritAs.apiClient.scopes"),
    ]


def test_a_problem_names_the_application_it_belongs_to() -> None:
    assert [problem.application for problem in problems(SERVICE + "    memory: 1\nversion: 2\n")] == ["svc", None]


def test_a_misspelled_type_is_answered_with_the_right_one() -> None:
    found = problems(SERVICE.replace("applicationType: service", "applicationType: Service"))

    assert found[0].fix == "Write service."


def test_a_value_in_a_message_is_shortened_and_on_one_line() -> None:
    found = problems(SERVICE.replace("/service", '"/' + "x y\\n" * 100 + '"'))

    assert "\n" not in found[0].message
    assert len(found[0].message) < 120


def test_the_type_unknown_is_refused_because_no_connector_can_hold_it() -> None:
    found = problems(SERVICE.replace("applicationType: service", "applicationType: unknown"))

    assert found[0].path == "deployAs[0].applicationType"


def test_entries_that_all_applications_inherit_become_the_global_configuration() -> None:
    text = SERVICE + (
        "inheritAs:\n  configuration:\n    standardConfiguration:\n      - key: REGION\n        description: Where\n"
        "        default: eu\n  apiClient:\n    scopes: [manage_orders]\n"
    )

    parsed = connect_yaml.parse(text.encode())

    assert parsed.global_configuration == {
        "standardConfiguration": [{"key": "REGION", "description": "Where", "required": False, "default": "eu"}],
        "securedConfiguration": [],
    }
    assert parsed.api_client == {"scopes": ["manage_orders"]}


def test_backoff_that_ends_before_it_begins_is_a_problem() -> None:
    text = SERVICE.replace("service\n    endpoint", "event\n    endpoint") + (
        "    retryPolicy: {strategy: exponential-backoff, minBackoffSeconds: 9, maxBackoffSeconds: 3}\n"
    )

    assert places(text) == [(5, 69, "deployAs[0].retryPolicy.minBackoffSeconds")]


@pytest.mark.parametrize(
    "text",
    [
        SERVICE.replace("/service", "/" + "a" * 200_000 + "!"),
        "deployAs: [{name: svc, applicationType: job, endpoint: /x, properties: {schedule: '" + "1," * 100_000 + "'}}]",
        "deployAs:\n" + "  - name: aa\n    applicationType: mc-app\n" * 4_000,
        "inheritAs: {apiClient: {scopes: [" + "'', " * 60_000 + "]}}",
    ],
    ids=["endpoint", "schedule", "applications", "scopes"],
)
def test_a_text_made_to_be_slow_gets_its_verdict_in_time(text: str) -> None:
    with costs_at_most(10):
        found = problems(text)

    assert len(found) <= 200


def test_a_usual_file_is_read_in_a_few_milliseconds() -> None:
    text = (CORPUS / "real" / "stripe__stripe-commercetools-connect-app.yaml").read_bytes()

    best = min(_seconds(text) for _ in range(10))

    # Far above what it takes, so that a busy machine does not fail it: a slow expression or a second pass does.
    assert best < 0.02


def _seconds(text: bytes) -> float:
    started = time.perf_counter()
    connect_yaml.parse(text)
    return time.perf_counter() - started
