"""`/connectors/drafts/{id}/runs`: the ladder, progress, findings, SARIF."""

from __future__ import annotations

import json
import uuid

import pytest
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from connectors.models import CheckResult, ConnectorStaged, Finding, ValidationRun
from tests import factory
from tests.api import token


def get(path: str, **headers: str) -> HttpResponse:
    """Ask as the Project acme."""
    bearer = {"Authorization": f"Bearer {token(factory.api_client())}"}
    return Client().get(path, headers={**bearer, **headers})  # type: ignore[return-value]


@pytest.fixture
def draft(db: None) -> ConnectorStaged:
    """Return a draft of the Project acme whose connect.yaml waits to be read."""
    return factory.draft()


@pytest.fixture
def run(draft: ConnectorStaged) -> ValidationRun:
    """Return a run that ended with one finding."""
    run = factory.last_run(draft, ValidationRun.Kind.CONFIGURATION)
    run.state, run.commit, run.rule_pack = ValidationRun.State.FAILED, "a" * 40, "b" * 64
    run.started_at = run.finished_at = timezone.now()
    run.save()
    CheckResult.objects.create(
        run=run, check_id="secrets", position=1, title="Secrets", level="required", outcome="failed", seconds=0.5
    )
    Finding.objects.create(
        run=run,
        check_id="secrets",
        rule="secret-private-key",
        severity="error",
        message="A private key.",
        fix="Remove it.",
        path="service/key.pem",
        line=3,
        snippet="-----BEGIN ***",
        fingerprint="c" * 32,
    )
    return run


def test_a_queued_run_is_in_the_list_before_it_starts(draft: ConnectorStaged) -> None:
    answer = get(f"/connectors/drafts/{draft.id}/runs")

    assert answer.status_code == 200
    (row,) = answer.json()["results"]
    assert row["state"] == "queued"
    assert row["startedAt"] is None


def test_the_list_shows_each_check_with_its_outcome_and_time(draft: ConnectorStaged, run: ValidationRun) -> None:
    (row,) = get(f"/connectors/drafts/{draft.id}/runs").json()["results"]

    assert row["commit"] == "a" * 40
    assert row["checks"] == [
        {
            "id": "secrets",
            "title": "Secrets",
            "level": "required",
            "outcome": "failed",
            "detail": None,
            "startedAt": None,
            "seconds": 0.5,
        }
    ]


def test_the_number_of_queries_does_not_grow_with_the_runs(
    draft: ConnectorStaged, run: ValidationRun, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for tag in ("2", "3", "4"):
        ValidationRun.objects.create(draft=draft, kind="publish", url=draft.repository_url, tag=tag)
    headers = {"Authorization": f"Bearer {token(factory.api_client())}"}

    # The token, the draft, its runs, their checks.
    with django_assert_num_queries(4):
        answer = Client().get(f"/connectors/drafts/{draft.id}/runs", headers=headers)

    assert len(answer.json()["results"]) == 4


@pytest.mark.parametrize("findings", [1, 30])
@pytest.mark.parametrize(("path", "queries"), [("", 5), ("/sarif", 6)])
def test_the_number_of_queries_of_a_run_does_not_grow_with_its_findings(
    path: str,
    queries: int,
    findings: int,
    draft: ConnectorStaged,
    run: ValidationRun,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    template = run.findings.get()
    for n in range(1, findings):
        template.pk, template.fingerprint, template._state.adding = None, f"{n:032d}", True
        template.save()
    headers = {"Authorization": f"Bearer {token(factory.api_client())}"}

    # The token, the draft, the run, its checks, its findings; SARIF names the draft.
    with django_assert_num_queries(queries):
        answer = Client().get(f"/connectors/drafts/{draft.id}/runs/{run.id}{path}", headers=headers)

    assert answer.content.count(b"key.pem") >= findings


def test_one_run_shows_its_findings(draft: ConnectorStaged, run: ValidationRun) -> None:
    answer = get(f"/connectors/drafts/{draft.id}/runs/{run.id}")

    (finding,) = answer.json()["findings"]
    assert (finding["path"], finding["line"], finding["fix"]) == ("service/key.pem", 3, "Remove it.")


def test_an_ended_run_can_be_downloaded_as_sarif(draft: ConnectorStaged, run: ValidationRun) -> None:
    answer = get(f"/connectors/drafts/{draft.id}/runs/{run.id}/sarif", accept="application/sarif+json, */*")

    log = json.loads(answer.content)
    (result,) = log["runs"][0]["results"]
    assert answer.headers["Content-Type"] == "application/sarif+json"
    assert log["version"] == "2.1.0"
    assert result["ruleId"] == "secret-private-key"
    assert result["locations"][0]["physicalLocation"]["region"]["startLine"] == 3
    described = {rule["id"] for rule in log["runs"][0]["tool"]["driver"]["rules"]}
    assert {"secret-private-key", "specification-missing", "specification-invalid"} <= described


def test_a_run_that_works_has_no_sarif_yet(draft: ConnectorStaged) -> None:
    run = factory.last_run(draft, ValidationRun.Kind.CONFIGURATION)

    answer = get(f"/connectors/drafts/{draft.id}/runs/{run.id}/sarif")

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["code"] == "InvalidOperation"


@pytest.mark.parametrize("path", ["", "/{run}", "/{run}/sarif"])
def test_the_runs_of_another_project_are_not_found(run: ValidationRun, path: str) -> None:
    bearer = token(factory.api_client(factory.project("other")))

    answer = Client().get(
        f"/connectors/drafts/{run.draft_id}/runs{path.format(run=run.id)}",
        headers={"Authorization": f"Bearer {bearer}"},
    )

    assert answer.status_code == 404


@pytest.mark.parametrize("run_id", [str(uuid.UUID(int=7)), "not-an-id"])
def test_an_unknown_run_is_not_found(draft: ConnectorStaged, run_id: str) -> None:
    assert get(f"/connectors/drafts/{draft.id}/runs/{run_id}").status_code == 404


def test_nobody_without_a_token_sees_runs(run: ValidationRun) -> None:
    answer = Client().get(f"/connectors/drafts/{run.draft_id}/runs")

    assert answer.status_code == 401
