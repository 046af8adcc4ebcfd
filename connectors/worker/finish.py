"""Apply a finished run to its draft: results, findings, report and verb, in one transaction under the lease."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from accounts import actors
from connectors.choices import ConnectorStatus, IsPreviewable, ReportEntryType
from connectors.drafts import publishing, representation, update
from connectors.drafts.draft_change import Change
from connectors.drafts.update import Lookup
from connectors.errors import ResourceNotFound
from connectors.models import CheckResult, ConnectorStaged, Finding, ValidationRun
from connectors.runs import engine, runs, waived_findings
from connectors.runs.runs import Kind, State
from validator import pipeline, steps
from validator.report import entries
from validator.results import Level, Outcome, Report

VALIDATION = actors.system("Validation")

NOT_COMPLETED = "Validation could not be completed"


class LeaseLost(Exception):
    """The run is no longer ours: nothing was stored."""


def plan(run: ValidationRun, *, lease: UUID) -> None:
    """Store the planned checks of a claimed run as queued; raise LeaseLost when the run is no longer ours."""
    scanners = engine.settings_of_portal().scanners
    wanted = pipeline.planned(only_specification=run.kind == Kind.CONFIGURATION, scanners=scanners)
    rows = [
        CheckResult(
            run=run,
            check_id=step,
            position=n,
            title=entries.title_of(step, scanners=scanners)[:120],
            level=_level(step, run, scanners=scanners),
        )
        for n, step in enumerate(wanted)
    ]
    with transaction.atomic():
        if not runs.hold(run.pk, lease=lease):
            raise LeaseLost
        CheckResult.objects.filter(run=run).delete()
        CheckResult.objects.bulk_create(rows)


def store(run: ValidationRun, report: Report, *, lease: UUID, now: datetime) -> str:
    """Store the results of a run, and change its draft's status; return the state of the run.

    Everything is one transaction under the lease: raises LeaseLost and stores nothing when another worker has the run
    or it was dropped. A run whose draft has changed ends as superseded and changes nothing. A waived finding does not
    fail its check.
    """
    with transaction.atomic():
        draft = _lock(run)
        report = waived_findings.excuse(report, waived_findings.active(draft, now=now), certification=run.certification)
        if not _is_wanted(run, draft):
            _close(run, lease=lease, state=State.SUPERSEDED, now=now)
            CheckResult.objects.filter(run=run).delete()
            return State.SUPERSEDED
        report_entries = [representation.report_entry(entry, now=now) for entry in entries.from_report(report)]
        state = _state_of(report)
        run.commit, run.tree = report.commit or "", report.tree or ""
        run.rule_pack, run.tools, run.entries = report.rule_pack, dict(report.tools), report_entries
        _close(run, lease=lease, state=state, now=now)
        _keep_results(run, report)
        if run.kind == Kind.RECHECK:
            return state
        with update.changing(
            Lookup(id=run.draft_id), by=VALIDATION, now=now, derived=run.kind == Kind.CONFIGURATION
        ) as change:
            _apply(change, run, report)
    return state


def give_up(run: ValidationRun, *, now: datetime, lease: UUID | None = None) -> bool:
    """End a run with no attempts left: the report says that the fault is ours, and how to repeat the request.

    With `lease` the caller holds the run; without it, nobody may hold it. Returns False when it must not be ended.
    """
    message = (
        f"The checks were interrupted {run.attempt} times by a fault on our side, not in the "
        f"connector. {'Request the preview' if run.kind == Kind.PREVIEW else 'Publish'} again to repeat them."
    )
    entry = entries.Entry(type=ReportEntryType.ERROR.value, title=NOT_COMPLETED, message=message, application=None)
    try:
        with transaction.atomic():
            draft = _lock(run)
            wanted = _is_wanted(run, draft)
            run.entries = [representation.report_entry(entry, now=now)]
            _close(run, lease=lease, state=State.ERRORED if wanted else State.SUPERSEDED, now=now)
            if not wanted or run.kind == Kind.CONFIGURATION:
                CheckResult.objects.filter(run=run).delete()
            CheckResult.objects.filter(
                run=run, outcome__in=(CheckResult.Outcome.QUEUED, CheckResult.Outcome.RUNNING)
            ).update(outcome=CheckResult.Outcome.DID_NOT_RUN, detail="The run was interrupted.")
            if wanted and run.kind in (Kind.PUBLISH, Kind.PREVIEW):
                with update.changing(Lookup(id=run.draft_id), by=VALIDATION, now=now) as change:
                    _refuse(change, run)
    except LeaseLost:
        return False
    return True


def _lock(run: ValidationRun) -> ConnectorStaged:
    """Lock the draft before the run, in the same order as everywhere."""
    try:
        return update.load(Lookup(id=run.draft_id))
    except ResourceNotFound as error:
        raise LeaseLost from error


def _is_wanted(run: ValidationRun, draft: ConnectorStaged) -> bool:
    """Return whether the draft is waiting for exactly this run."""
    if (run.url, run.tag) != (draft.repository_url, draft.repository_tag):
        return run.kind == Kind.RECHECK
    match run.kind:
        case Kind.PUBLISH:
            return draft.status == ConnectorStatus.PROCESSING
        case Kind.PREVIEW:
            return draft.is_previewable == IsPreviewable.PENDING
        case Kind.CONFIGURATION:
            # A draft in certification or published was read at its own commit.
            return not draft.frozen
        case _:
            return True


def _close(run: ValidationRun, *, lease: UUID | None, state: str, now: datetime) -> None:
    """End the run by a conditional UPDATE; raise LeaseLost when the caller does not hold it."""
    if lease is not None:
        hands = Q(state=State.RUNNING, lease=lease)
    else:
        hands = Q(state=State.QUEUED) | Q(state=State.RUNNING, lease_expires_at__lt=now)
    closed = ValidationRun.objects.filter(hands, pk=run.pk).update(
        state=state,
        finished_at=now,
        lease=None,
        lease_expires_at=None,
        commit=run.commit,
        tree=run.tree,
        rule_pack=run.rule_pack,
        tools=run.tools,
        entries=run.entries if state != State.SUPERSEDED else [],
    )
    if not closed:
        raise LeaseLost
    run.state, run.finished_at = state, now


def _state_of(report: Report) -> str:
    required = [result.outcome for result in report.results if result.level is Level.REQUIRED]
    if Outcome.FAILED in required:
        return State.FAILED
    return State.PASSED if report.passed else State.ERRORED


def _keep_results(run: ValidationRun, report: Report) -> None:
    started = dict(CheckResult.objects.filter(run=run).values_list("check_id", "started_at"))
    CheckResult.objects.filter(run=run).delete()
    CheckResult.objects.bulk_create(
        CheckResult(
            run=run,
            check_id=result.check,
            position=n,
            title=entries.name_of(result)[:120],
            level=result.level.value,
            outcome=result.outcome.value,
            detail=_text(result.detail),
            tool=_text(result.tool, 120),
            seconds=result.seconds,
            started_at=started.get(result.check),
        )
        for n, result in enumerate(report.results)
    )
    Finding.objects.bulk_create(
        [
            Finding(
                run=run,
                check_id=result.check,
                rule=_text(finding.rule, 200),
                severity=finding.severity.value,
                message=_text(finding.message),
                fix=_text(finding.fix),
                application=_text(finding.application or "", 256),
                path=_text(finding.path or ""),
                line=finding.line,
                column=finding.column,
                snippet=_text(finding.snippet),
                package=_text(finding.package or "", 300),
                advisory=_text(finding.advisory or "", 100),
                fingerprint=finding.fingerprint or finding.identity(),
            )
            for result in report.results
            for finding in result.findings
        ],
        batch_size=500,
    )


def _text(value: str, limit: int | None = None) -> str:
    """Return text that every database accepts: no NUL, no lone surrogate, not longer than the column."""
    return value.replace("\0", "\ufffd").encode("utf-8", "replace").decode("utf-8")[:limit]


def _apply(change: Change, run: ValidationRun, report: Report) -> None:
    draft = change.draft
    if run.kind == Kind.PREVIEW:
        draft.previewable_report = {"entries": run.entries}
        if report.passed:
            draft.grant_preview()
            change.record("connector:preview-granted", details=_details(run), commit=run.commit)
        else:
            _refuse(change, run)
        return
    _take_configuration(draft, report)
    if run.kind == Kind.CONFIGURATION:
        if report.specification is not None:
            change.record("connector:configuration-read", details=_details(run), commit=run.commit)
        return
    draft.publishing_report = {"entries": run.entries}
    if not report.passed:
        _refuse(change, run)
    elif run.certification:
        draft.admit()
        change.record("connector:admitted", details=_details(run), commit=run.commit)
    else:
        draft.publish_privately()
        publishing.publish(change, certified=False, run=run)


def _refuse(change: Change, run: ValidationRun) -> None:
    """Refuse the request: report, verb and event."""
    draft, report = change.draft, {"entries": run.entries}
    if run.kind == Kind.PREVIEW:
        draft.previewable_report = report
        draft.refuse_preview()
        change.record("connector:preview-refused", details=_details(run), commit=run.commit)
    else:
        draft.publishing_report = report
        draft.reject()
        change.record("connector:rejected", details=_details(run), commit=run.commit)


def _details(run: ValidationRun) -> dict[str, Any]:
    return {"run": str(run.pk), "state": str(run.state), "tag": run.tag}


def _take_configuration(draft: ConnectorStaged, report: Report) -> None:
    """Store the configuration from connect.yaml; clear that of an invalid one whose tag has moved."""
    found = report.specification
    if found is not None:
        draft.take_configuration(
            configurations=[dict(row) for row in found.configurations],
            global_configuration=_object(found.global_configuration),
            api_client=_object(found.api_client),
        )
    elif any(r.check == steps.SPECIFICATION and r.outcome is Outcome.FAILED for r in report.results):
        draft.forget_configuration()


def _object(value: Mapping[str, Any] | None) -> dict[str, Any] | None:
    return None if value is None else dict(value)


def _level(step: str, run: ValidationRun, *, scanners: steps.Rows) -> str:
    if step == steps.REPOSITORY:
        return Level.REQUIRED.value
    return steps.level_of(step, certification=run.certification, scanners=scanners).value
