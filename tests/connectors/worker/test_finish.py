from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.utils import timezone

from accounts.models import Event
from connectors.drafts import representation
from connectors.models import CheckResult, Connector, ConnectorStaged, Finding, Release, ValidationRun
from connectors.runs import runs
from connectors.runs.runs import Kind, State
from connectors.worker import finish
from connectors.worker.finish import LeaseLost
from tests import factory
from validator import results
from validator.results import CheckResult as Result
from validator.results import Level, Outcome, Report, Severity, Specification

pytestmark = pytest.mark.django_db

ROW = {
    "applicationName": "service",
    "applicationType": "service",
    "standardConfiguration": [],
    "securedConfiguration": [],
}
SPECIFICATION = Specification(configurations=(ROW,), global_configuration=None, api_client={"scopes": ["view_orders"]})
PASSED = (
    Result("repository", Level.REQUIRED, Outcome.PASSED, seconds=0.5),
    Result("specification", Level.REQUIRED, Outcome.PASSED),
    Result("secrets", Level.REQUIRED, Outcome.PASSED, tool="rules 1"),
)


def report(*found: Result, specification: Specification | None = SPECIFICATION) -> Report:
    return Report(
        commit=factory.COMMIT,
        tree=factory.TREE,
        specification=specification,
        results=found or PASSED,
        rule_pack="f" * 64,
        tag="1.0.0",
        tools={"git": "2.39"},
    )


def secret(path: str = "service/index.js") -> results.Finding:
    return results.Finding(
        "private-key", Severity.ERROR, "A private key.", path=path, line=3, snippet="key\0\ud800", fingerprint="ab"
    )


LEAKED = Result("secrets", Level.REQUIRED, Outcome.FAILED, findings=(secret(),))
BROKEN = Result("secrets", Level.REQUIRED, Outcome.DID_NOT_RUN, detail="The scanner is missing.")


def claimed(row: ConnectorStaged, kind: str = Kind.PUBLISH) -> tuple[ValidationRun, UUID]:
    """Claim the latest run of a kind and write its plan."""
    run = factory.last_run(row, kind)
    lease = runs.claim(run.pk, now=timezone.now(), lease_seconds=60)
    assert lease
    run.refresh_from_db()
    finish.plan(run, lease=lease)
    return run, lease


def finished(row: ConnectorStaged, found: Report, kind: str = Kind.PUBLISH) -> ValidationRun:
    run, lease = claimed(row, kind)
    finish.store(run, found, lease=lease, now=timezone.now())
    run.refresh_from_db()
    row.refresh_from_db()
    return run


def published(*, certification: bool) -> ConnectorStaged:
    return factory.publish(factory.draft(), certification=certification)


def test_the_plan_shows_every_check_as_waiting() -> None:
    run, _ = claimed(published(certification=True))

    rows = list(run.results.values_list("check_id", "outcome"))

    assert [check for check, _ in rows][:2] == ["repository", "specification"]
    assert len(rows) > 2
    assert {outcome for _, outcome in rows} == {"queued"}


def test_a_run_that_passed_makes_a_draft_ready_for_certification() -> None:
    row = published(certification=True)

    run = finished(row, report())

    assert (row.status, row.version) == ("ReadyForCertification", 3)
    assert (run.state, run.commit, run.tree, run.lease) == (State.PASSED, factory.COMMIT, factory.TREE, None)
    assert row.configurations == [ROW]
    assert row.api_client == {"scopes": ["view_orders"]}
    assert Event.objects.get(name="connector:admitted").commit == factory.COMMIT
    assert not Connector.objects.exists()


def test_a_run_that_passed_publishes_privately_without_certification() -> None:
    row = published(certification=False)

    run = finished(row, report())

    assert row.status == "Published"
    production = Connector.objects.get(pk=row.pk)
    assert (production.certified, production.private, production.commit) == (False, True, factory.COMMIT)
    assert production.configurations == [ROW]
    assert Release.objects.get().run == run
    assert not row.has_changes


def test_a_run_that_found_an_error_fails_the_draft_with_a_report() -> None:
    row = published(certification=True)

    run = finished(row, report(*PASSED[:2], LEAKED))

    assert row.status == "Failed"
    assert run.state == State.FAILED
    assert row.publishing_report == {"entries": run.entries}
    entry = next(e for e in run.entries if e["type"] == "Error")
    assert set(entry) == {"type", "title", "message", "application", "createdAt"}
    assert entry["createdAt"] == representation.moment(run.finished_at)
    assert "service/index.js, line 3" in entry["message"]


def test_findings_and_results_are_kept_in_a_form_that_every_database_takes() -> None:
    row = published(certification=True)

    run = finished(row, report(*PASSED[:2], LEAKED))

    finding = Finding.objects.get(run=run)
    assert (finding.check_id, finding.path, finding.line, finding.fingerprint) == (
        "secrets",
        "service/index.js",
        3,
        "ab",
    )
    assert finding.snippet == "key\ufffd?"
    assert list(CheckResult.objects.filter(run=run).values_list("check_id", "outcome", "position")) == [
        ("repository", "passed", 0),
        ("specification", "passed", 1),
        ("secrets", "failed", 2),
    ]


def test_a_required_check_that_did_not_run_fails_the_draft_and_says_whose_fault_it_is() -> None:
    row = published(certification=False)

    run = finished(row, report(*PASSED[:2], BROKEN))

    assert row.status == "Failed"
    assert run.state == State.ERRORED
    assert any(e["type"] == "Error" and "fault on our side" in e["message"] for e in run.entries)


def test_the_stored_document_is_the_representation() -> None:
    row = published(certification=True)

    finished(row, report())

    row = ConnectorStaged.objects.get(pk=row.pk)
    assert json.loads(row.document) == representation.staged(row, comments=())


@pytest.mark.parametrize(("found", "answer"), [(report(), "true"), (report(*PASSED[:2], LEAKED), "false")])
def test_a_preview_is_granted_or_refused(found: Report, answer: str) -> None:
    row = factory.act(factory.draft(), {"action": "updatePreviewable"})

    run = finished(row, found, Kind.PREVIEW)

    assert (row.is_previewable, row.status, row.publishing_report) == (answer, "Draft", None)
    assert row.previewable_report == {"entries": run.entries}


def test_reading_connect_yaml_does_not_move_the_version() -> None:
    row = factory.draft()
    modified = row.last_modified_at

    finished(row, report(*PASSED[:2]), Kind.CONFIGURATION)

    assert (row.version, row.status, row.last_modified_at) == (1, "Draft", modified)
    assert row.configurations == [ROW]
    assert row.publishing_report is None


def test_a_connect_yaml_that_became_invalid_empties_the_configuration() -> None:
    row = factory.draft()
    finished(row, report(*PASSED[:2]), Kind.CONFIGURATION)
    factory.publish(row, certification=False)
    invalid = Result("specification", Level.REQUIRED, Outcome.FAILED, findings=(secret("connect.yaml"),))

    finished(row, report(PASSED[0], invalid, specification=None))

    assert row.status == "Failed"
    assert row.configurations == []


def test_a_recheck_changes_nothing_but_its_own_report() -> None:
    row = factory.at("Published")
    before = row.document
    run = runs.request(row, kind=Kind.RECHECK, by=factory.WORKER, now=timezone.now())

    run = finished(row, report(*PASSED[:2], LEAKED), Kind.RECHECK)

    assert row.document == before
    assert run.state == State.FAILED
    assert run.findings.count() == 1


def test_a_run_over_other_code_than_the_drafts_stores_nothing() -> None:
    row = published(certification=True)
    run, lease = claimed(row)
    ConnectorStaged.objects.filter(pk=row.pk).update(repository_tag="2.0.0")

    state = finish.store(run, report(*PASSED[:2], LEAKED), lease=lease, now=timezone.now())

    run.refresh_from_db()
    row.refresh_from_db()
    assert state == run.state == State.SUPERSEDED
    assert (row.status, row.publishing_report, row.configurations) == ("Processing", None, [])
    assert not run.findings.exists() and not run.results.exists()


def test_a_run_of_a_draft_that_is_not_processing_any_more_stores_nothing() -> None:
    row = published(certification=True)
    run, lease = claimed(row)
    ConnectorStaged.objects.filter(pk=row.pk).update(status="Draft")

    finish.store(run, report(), lease=lease, now=timezone.now())

    row.refresh_from_db()
    assert (row.status, row.version) == ("Draft", 2)


def test_reading_connect_yaml_ends_without_effect_while_the_draft_is_frozen() -> None:
    row = factory.draft()
    run, lease = claimed(row, Kind.CONFIGURATION)
    ConnectorStaged.objects.filter(pk=row.pk).update(status="InCertification")

    state = finish.store(run, report(*PASSED[:2]), lease=lease, now=timezone.now())

    row.refresh_from_db()
    assert state == State.SUPERSEDED
    assert row.configurations == []


@pytest.mark.parametrize("reason", ["another worker has it", "it was dropped", "the draft is gone", "it was stored"])
def test_a_run_whose_lease_is_lost_stores_nothing(reason: str) -> None:
    row = published(certification=True)
    run, lease = claimed(row)
    match reason:
        case "another worker has it":
            runs.claim(run.pk, now=timezone.now() + timedelta(minutes=2), lease_seconds=60)
        case "it was dropped":
            runs.supersede(row, kinds=[Kind.PUBLISH], now=timezone.now())
        case "it was stored":
            finish.store(run, report(*PASSED[:2], LEAKED), lease=lease, now=timezone.now())
        case _:
            ConnectorStaged.objects.filter(pk=row.pk).delete()
    before = list(ConnectorStaged.objects.values()), Event.objects.count(), Finding.objects.count()

    with pytest.raises(LeaseLost):
        finish.store(run, report(), lease=lease, now=timezone.now())

    assert (list(ConnectorStaged.objects.values()), Event.objects.count(), Finding.objects.count()) == before


@pytest.mark.parametrize("reason", ["another worker has it", "it was dropped", "the draft is gone"])
def test_a_run_whose_lease_is_lost_is_not_begun(reason: str) -> None:
    row = published(certification=True)
    run = factory.last_run(row)
    lease = runs.claim(run.pk, now=timezone.now(), lease_seconds=60)
    assert lease
    match reason:
        case "another worker has it":
            runs.claim(run.pk, now=timezone.now() + timedelta(minutes=2), lease_seconds=60)
        case "it was dropped":
            runs.supersede(row, kinds=[Kind.PUBLISH], now=timezone.now())
        case _:
            ConnectorStaged.objects.filter(pk=row.pk).delete()

    with pytest.raises(LeaseLost):
        finish.plan(run, lease=lease)

    assert not CheckResult.objects.exists()


@pytest.mark.parametrize("kind", [Kind.PUBLISH, Kind.PREVIEW])
def test_after_the_last_attempt_the_report_says_that_the_fault_is_ours(kind: str) -> None:
    action: dict[str, Any] = {"action": "updatePreviewable"}
    if kind == Kind.PUBLISH:
        action = {"action": "publish", "certification": True}
    row = factory.act(factory.draft(), action)
    run, _ = claimed(row, kind)
    after = timezone.now() + timedelta(minutes=2)

    ended = finish.give_up(run, now=after)

    run.refresh_from_db()
    row.refresh_from_db()
    assert ended
    assert (run.state, run.lease) == (State.ERRORED, None)
    shown = row.publishing_report if kind == Kind.PUBLISH else row.previewable_report
    assert [(e["type"], e["title"]) for e in shown["entries"]] == [("Error", finish.NOT_COMPLETED)]
    assert "fault on our side" in shown["entries"][0]["message"]
    assert (row.status, row.is_previewable) == (("Failed", "none") if kind == Kind.PUBLISH else ("Draft", "false"))
    assert set(run.results.values_list("outcome", flat=True)) == {"did not run"}


def test_a_run_that_somebody_works_on_is_not_given_up() -> None:
    row = published(certification=True)
    run, _ = claimed(row)

    ended = finish.give_up(run, now=timezone.now())

    row.refresh_from_db()
    assert not ended
    assert row.status == "Processing"
