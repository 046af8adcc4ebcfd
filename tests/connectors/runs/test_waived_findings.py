"""What a waiver covers."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from certification.evidence import machine_evidence
from certification.models import Round
from certification.rounds import obstacles
from connectors.models import Waiver
from connectors.runs import runs, snapshots, waived_findings
from connectors.worker import finish
from connectors.worker.tasks import run_validation
from tests import factory, repositories
from validator.checks.static_analysis import NOT_READ
from validator.results import CheckResult, Finding, Level, Outcome, Report, Severity

ERROR = Finding("sql-injection", Severity.ERROR, "m", path="service/src/db.js", fingerprint="f1")
ADVISORY = Finding("vulnerable", Severity.ERROR, "m", package="pkg:npm/a", advisory="GHSA-1", fingerprint="f2")


@pytest.mark.parametrize(
    ("waiver", "finding", "covered"),
    [
        (Waiver(scope="finding", rule="sql-injection", fingerprint="f1"), ERROR, True),
        (Waiver(scope="finding", rule="sql-injection", fingerprint="f2"), ERROR, False),
        (Waiver(scope="place", rule="sql-injection", path="service/src/db.js"), ERROR, True),
        (Waiver(scope="place", rule="sql-injection", path="service/src/"), ERROR, True),
        (Waiver(scope="place", rule="sql-injection", path="service/src/d"), ERROR, False),
        (Waiver(scope="place", rule="sql-injection", path="*/src/*.js"), ERROR, True),
        (Waiver(scope="place", rule="other", path="service/src/db.js"), ERROR, False),
        (Waiver(scope="advisory", rule="x", package="pkg:npm/a", advisory="GHSA-1"), ADVISORY, True),
        (Waiver(scope="advisory", rule="x", package="pkg:npm/a", advisory="GHSA-2"), ADVISORY, False),
    ],
)
def test_a_waiver_covers_what_it_names(waiver: Waiver, finding: Finding, covered: bool) -> None:
    assert waived_findings.covers(waiver, finding) is covered


def report(*results: CheckResult) -> Report:
    return Report(commit="c", tree="t", specification=None, results=results, rule_pack="p")


def test_a_required_check_whose_errors_are_all_waived_passes_and_says_so() -> None:
    failed = CheckResult("code", Level.REQUIRED, Outcome.FAILED, (ERROR,))

    excused = waived_findings.excuse(
        report(failed), [Waiver(scope="finding", rule="r", fingerprint="f1")], certification=True
    )

    assert excused.passed
    assert excused.results[0].detail == "1 finding is waived."
    assert excused.results[0].findings == (ERROR,)


@pytest.mark.parametrize(
    "result",
    [
        CheckResult("code", Level.REQUIRED, Outcome.FAILED, (ERROR, ADVISORY)),
        CheckResult("code", Level.REQUIRED, Outcome.FAILED),
        CheckResult("code", Level.REQUIRED, Outcome.DID_NOT_RUN, (ERROR,)),
    ],
)
def test_what_is_not_waived_as_a_whole_stays_as_it_is(result: CheckResult) -> None:
    excused = waived_findings.excuse(
        report(result), [Waiver(scope="finding", rule="r", fingerprint="f1")], certification=True
    )

    assert excused.results == (result,)


@pytest.mark.parametrize(("certification", "level"), [(True, Level.CERTIFY), (False, Level.ADVISORY)])
def test_what_is_left_for_the_certificate_stops_nothing_else(certification: bool, level: Level) -> None:
    not_read = Finding(NOT_READ.id, Severity.ERROR, "m", path="service/a.kt", fingerprint="f3")
    failed = CheckResult("code", Level.REQUIRED, Outcome.FAILED, (ERROR, not_read))

    excused = waived_findings.excuse(
        report(failed), [Waiver(scope="finding", rule="r", fingerprint="f1")], certification=certification
    )

    assert (excused.results[0].level, excused.results[0].outcome) == (level, Outcome.FAILED)
    assert excused.passed


@pytest.mark.django_db
def test_only_approved_waivers_count_until_they_expire_or_are_revoked() -> None:
    draft, now = factory.draft(), timezone.now()
    shared = {"draft": draft, "scope": "finding", "rule": "r", "fingerprint": "f1", "proposed_by_label": "Rita"}
    signed = {"approved_by_label": "Lea", "approved_at": now - timedelta(days=2)}
    later, before = now + timedelta(days=1), now - timedelta(days=1)
    counting = Waiver.objects.create(**shared, **signed, expires_at=later)
    Waiver.objects.create(**shared, expires_at=later)
    Waiver.objects.create(**shared, **signed, expires_at=before)
    Waiver.objects.create(**shared, **signed, expires_at=later, revoked_at=now, revoked_by_label="Lea")

    assert waived_findings.active(draft, now=now) == [counting]
    assert sorted(w.state_at(now) for w in Waiver.objects.all()) == ["active", "expired", "proposed", "revoked"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "fields", [{"scope": "finding"}, {"scope": "place"}, {"scope": "advisory", "package": "pkg:npm/a"}]
)
def test_the_database_refuses_a_waiver_of_nothing(fields: dict[str, str]) -> None:
    draft = factory.draft()

    with pytest.raises(IntegrityError), transaction.atomic():
        Waiver.objects.create(draft=draft, rule="r", proposed_by_label="R", expires_at=timezone.now(), **fields)


@pytest.mark.django_db
@pytest.mark.parametrize(("waived", "status"), [(True, "ReadyForCertification"), (False, "Failed")])
def test_a_waived_finding_does_not_stop_a_later_version(waived: bool, status: str) -> None:
    draft, now = factory.publish(factory.draft(), certification=True), timezone.now()
    if waived:
        Waiver.objects.create(
            draft=draft,
            scope="place",
            rule="sql-injection",
            path="service/",
            proposed_by_label="Rita",
            approved_by_label="Lea",
            approved_at=now,
            expires_at=now + timedelta(days=1),
        )
    run = factory.last_run(draft)
    lease = runs.claim(run.pk, now=now, lease_seconds=60)
    assert lease
    run.refresh_from_db()

    finish.store(
        run, report(CheckResult("code", Level.REQUIRED, Outcome.FAILED, (ERROR,))), lease=lease, now=timezone.now()
    )

    draft.refresh_from_db()
    assert draft.status == status
    assert run.findings.get().rule == "sql-injection"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("certification", "status", "level"), [(True, "ReadyForCertification", "certify"), (False, "Published", "advisory")]
)
@pytest.mark.parametrize(
    ("check", "title", "path", "content"),
    [
        ("static-analysis", "Static analysis", "service/src/main.kt", "fun main() {}"),
        ("dependencies", "Dependencies", "service/requirements.txt", "flask\n"),
        ("dependencies", "Dependencies", "service/build.gradle", "apply from: 'https://h.example/x.gradle'\n"),
    ],
)
def test_what_a_check_cannot_read_stops_the_certificate_and_no_private_publish(
    tmp_path: Path,
    settings: Any,
    certification: bool,
    status: str,
    level: str,
    check: str,
    title: str,
    path: str,
    content: str,
) -> None:
    settings.OSV_FOLDER = str(tmp_path / "osv")
    settings.CHECKOUT_DIR = tmp_path / "checkouts"
    settings.GIT_URL_REWRITES = {"https://github.com/": f"{tmp_path.as_uri()}/"}
    repositories.make(tmp_path / "acme" / "payments.git", {**repositories.FILES, path: content})
    draft = factory.publish(factory.draft(), certification=certification)

    run_validation.call(str(factory.last_run(draft).pk))

    draft.refresh_from_db()
    result = factory.last_run(draft).results.get(check_id=check)
    assert (draft.status, result.level, result.outcome) == (status, level, "failed")
    if certification:
        row = Round.objects.get(draft=draft)
        found = obstacles.of_machine(row, machine_evidence.gather(row, now=timezone.now()))
        assert any(title in obstacle.message for obstacle in found)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("certification", [True, False])
def test_the_files_of_a_commit_are_kept_when_it_is_to_be_certified(
    tmp_path: Path, settings: Any, certification: bool
) -> None:
    settings.CHECKOUT_DIR = tmp_path / "checkouts"
    settings.GIT_URL_REWRITES = {"https://github.com/": f"{tmp_path.as_uri()}/"}
    repositories.make(tmp_path / "acme" / "payments.git")
    draft = factory.publish(factory.draft(), certification=certification)

    run_validation.call(str(factory.last_run(draft).pk))

    kept = snapshots.files(factory.last_run(draft).tree)
    if not certification:
        assert kept is None
        return
    assert kept is not None
    assert snapshots.text(kept["service/index.js"]) == "export const answer = 42;\n"
