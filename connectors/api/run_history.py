"""Validation runs as clients see them: the result and findings of each check, also as SARIF."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Prefetch, QuerySet

from connectors.drafts.representation import moment
from connectors.models import CheckResult, Finding, ValidationRun
from validator import results, sarif, steps

NEWEST = 20
"""How many runs a list shows."""


def newest(draft_id: UUID) -> QuerySet[ValidationRun]:
    """Return the newest runs of a draft with their checks, in two queries."""
    checks = Prefetch("results", CheckResult.objects.order_by("position"))
    return ValidationRun.objects.filter(draft_id=draft_id).prefetch_related(checks).order_by("-queued_at", "id")


def run(row: ValidationRun) -> dict[str, Any]:
    """Return a run with its checks; while it is running, they have their current state."""
    return {
        "id": str(row.id),
        "kind": row.kind,
        "certification": row.certification,
        "state": row.state,
        "repository": {"url": row.url, "tag": row.tag},
        "commit": row.commit or None,
        "tree": row.tree or None,
        "rulePack": row.rule_pack or None,
        "tools": row.tools,
        "queuedAt": moment(row.queued_at),
        "startedAt": _moment(row.started_at),
        "finishedAt": _moment(row.finished_at),
        "checks": [check(result) for result in row.results.all()],
    }


def check(row: CheckResult) -> dict[str, Any]:
    """Return one check: queued, running, passed, failed or did not run, with its duration."""
    return {
        "id": row.check_id,
        "title": row.title,
        "level": row.level,
        "outcome": row.outcome,
        "detail": row.detail or None,
        "startedAt": _moment(row.started_at),
        "seconds": row.seconds,
    }


def finding(row: Finding) -> dict[str, Any]:
    """Return one finding; a secret in its snippet was masked before it was stored."""
    return {
        "check": row.check_id,
        "rule": row.rule,
        "severity": row.severity,
        "message": row.message,
        "fix": row.fix or None,
        "application": row.application or None,
        "path": row.path or None,
        "line": row.line,
        "column": row.column,
        "snippet": row.snippet or None,
        "package": row.package or None,
        "advisory": row.advisory or None,
        "fingerprint": row.fingerprint,
    }


def as_sarif(row: ValidationRun) -> dict[str, Any]:
    """Return a finished run as a SARIF 2.1.0 log, with all rules that were applied."""
    return sarif.write(report(row), rules=steps.rules(), repository=row.url, tag=row.tag)


def report(row: ValidationRun) -> results.Report:
    """Return the report of a finished run as the engine created it, except for connect.yaml's content."""
    found: dict[str, list[Finding]] = {}
    for one in row.findings.order_by("id"):
        found.setdefault(one.check_id, []).append(one)
    return results.Report(
        commit=row.commit or None,
        tree=row.tree or None,
        specification=None,
        results=tuple(_result(one, found.get(one.check_id, ())) for one in row.results.order_by("position")),
        rule_pack=row.rule_pack,
        tag=row.tag,
        tools=row.tools,
    )


def _result(row: CheckResult, findings: Iterable[Finding]) -> results.CheckResult:
    outcomes = {outcome.value: outcome for outcome in results.Outcome}
    return results.CheckResult(
        check=row.check_id,
        level=results.Level(row.level),
        outcome=outcomes.get(row.outcome, results.Outcome.DID_NOT_RUN),
        findings=tuple(_finding(one) for one in findings),
        detail=row.detail,
        seconds=row.seconds or 0.0,
        tool=row.tool,
    )


def _finding(row: Finding) -> results.Finding:
    return results.Finding(
        rule=row.rule,
        severity=results.Severity(row.severity),
        message=row.message,
        fix=row.fix,
        application=row.application or None,
        path=row.path or None,
        line=row.line,
        column=row.column,
        snippet=row.snippet,
        package=row.package or None,
        advisory=row.advisory or None,
        fingerprint=row.fingerprint,
    )


def _moment(value: datetime | None) -> str | None:
    return moment(value) if value else None
