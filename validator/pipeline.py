"""Turn a repository URL and a tag into a report: fetch, connect.yaml, every check. Knows no model, no status, no
Django."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Final

from validator import process, steps
from validator.checks.scanner import ScannerCheck
from validator.findings import with_fingerprints
from validator.knowledge import rule_pack
from validator.process import never
from validator.results import (
    CheckContext,
    CheckResult,
    EngineSettings,
    Finding,
    Level,
    Outcome,
    Progress,
    Report,
    Severity,
    Specification,
    Tree,
)
from validator.sandbox import launch
from validator.scanners import Scanner
from validator.source import git
from validator.source.tree import GitTree

__all__ = ["inspect", "planned", "validate"]

_MAX_TOOL: Final = 200


def silent(check: str, outcome: Outcome | None, seconds: float) -> None:
    """Ignore progress."""


def leave(tree: Tree) -> None:
    """Keep nothing of a fetched commit."""


def planned(*, only_specification: bool = False, scanners: steps.Rows = ()) -> tuple[str, ...]:
    """Return the ids of the steps of a run in their order: repository, specification, the checks, the scanners."""
    checks = () if only_specification else tuple(steps.checks_by_id(scanners))
    return (steps.REPOSITORY, steps.SPECIFICATION, *checks)


def validate(
    url: str,
    tag: str,
    *,
    certification: bool,
    settings: EngineSettings,
    progress: Progress = silent,
    stop: Callable[[], bool] = never,
    keep: Callable[[Tree], object] = leave,
    only_specification: bool = False,
) -> Report:
    """Fetch a tag and run every check over its commit.

    A repository that cannot be read and a connect.yaml that is not valid are results like any other (`repository`,
    `specification`). A step that breaks or takes too long did not run. `only_specification` reads connect.yaml and
    stops there. `progress` is called in this thread, `stop` is asked several times a second; when it returns true,
    StoppedError is raised, and nothing of the run counts. `keep` gets the files after the checks, while they can still
    be read.
    """
    started = time.monotonic()
    deadline = started + settings.run_seconds
    progress(steps.REPOSITORY, None, 0.0)
    try:
        with git.checkout(url, tag, settings=settings, deadline=deadline, stop=stop) as tree:
            fetched = CheckResult(steps.REPOSITORY, Level.REQUIRED, Outcome.PASSED, seconds=time.monotonic() - started)
            progress(fetched.check, fetched.outcome, fetched.seconds)
            wanted = planned(only_specification=only_specification, scanners=settings.scanners)[1:]
            scanners = [row for row in steps.scanners_of(settings.scanners) if row.name in wanted]
            outside = {row.name for row in scanners}
            found = launch.run(
                tree,
                [step for step in wanted if step not in outside],
                certification=certification,
                settings=settings,
                deadline=deadline,
                progress=progress,
                stop=stop,
            )
            for scanner in scanners:
                found.results[scanner.name] = _scan(
                    scanner,
                    tree,
                    found.specification,
                    url=url,
                    tag=tag,
                    certification=certification,
                    settings=settings,
                    deadline=deadline,
                    progress=progress,
                    stop=stop,
                )
            keep(tree)
            results = (fetched, *(found.results[step] for step in wanted))
            return _report(tag, tree.commit, tree.tree, found.specification, results)
    except git.FetchError as error:
        result = _unfetched(error, seconds=time.monotonic() - started)
        progress(result.check, result.outcome, result.seconds)
        return _report(tag, None, None, None, (result,))


def _scan(
    scanner: Scanner,
    tree: GitTree,
    specification: Specification | None,
    *,
    url: str,
    tag: str,
    certification: bool,
    settings: EngineSettings,
    deadline: float,
    progress: Progress,
    stop: Callable[[], bool],
) -> CheckResult:
    """Run one configured scanner: a command in a sandbox with the variables that it may have, a webhook from here."""
    if not scanner.webhook or settings.deliveries is None:
        found = launch.run(
            tree,
            [scanner.name],
            certification=certification,
            settings=settings,
            deadline=deadline,
            progress=progress,
            stop=stop,
            specification=specification,
            scanner=scanner,
        )
        return found.results[scanner.name]
    deliveries = settings.deliveries

    def answer(context: CheckContext) -> bytes:
        return deliveries.ask(
            scanner.name,
            webhook=scanner.webhook,
            url=url,
            tag=tag,
            commit=tree.commit,
            seconds=max(0.0, min(scanner.seconds, context.deadline - time.monotonic())),
            stop=stop,
        )

    progress(scanner.name, None, 0.0)
    context = CheckContext(tree, specification, settings, deadline)
    result = steps.run_check(ScannerCheck(scanner, answer=answer), context, certification=certification)
    progress(scanner.name, result.outcome, result.seconds)
    return result


def inspect(
    tree: Tree,
    *,
    certification: bool,
    settings: EngineSettings,
    progress: Progress = silent,
    only_specification: bool = False,
) -> Report:
    """Run every check over local files, in this process: for people who check their own work.

    A check that does not watch its time is not stopped here.
    """
    deadline = time.monotonic() + settings.run_seconds
    results: list[CheckResult] = []
    specification: Specification | None = None
    checks = steps.checks_by_id(settings.scanners)
    for step in planned(only_specification=only_specification, scanners=settings.scanners)[1:]:
        progress(step, None, 0.0)
        if step == steps.SPECIFICATION:
            specification, result = steps.read_specification(tree, settings=settings)
        else:
            context = CheckContext(tree, specification, settings, deadline)
            result = steps.run_check(checks[step], context, certification=certification)
        progress(step, result.outcome, result.seconds)
        results.append(result)
    return _report("", tree.commit or None, tree.tree or None, specification, tuple(results))


def _unfetched(error: git.FetchError, *, seconds: float) -> CheckResult:
    """Return the result for a repository that could not be read; if the fault is ours, the step did not run."""
    if isinstance(error, git.FetchFaultError):
        return CheckResult(steps.REPOSITORY, Level.REQUIRED, Outcome.DID_NOT_RUN, detail=error.message, seconds=seconds)
    finding = Finding(error.rule, Severity.ERROR, error.message, fix=error.fix)
    return CheckResult(steps.REPOSITORY, Level.REQUIRED, Outcome.FAILED, with_fingerprints([finding]), seconds=seconds)


def _report(
    tag: str,
    commit: str | None,
    tree: str | None,
    specification: Specification | None,
    results: tuple[CheckResult, ...],
) -> Report:
    tools = {result.check: result.tool[:_MAX_TOOL] for result in results if result.tool}
    return Report(
        commit=commit,
        tree=tree,
        specification=specification,
        results=results,
        rule_pack=rule_pack.digest(),
        tag=tag,
        tools={"git": _git_version(), **tools},
    )


@lru_cache(maxsize=1)
def _git_version() -> str:
    """Return the version of git on this machine, or an empty string."""
    try:
        ended = process.run(
            ["git", "--version"], env={"PATH": process.search_path()}, cwd=Path("/"), deadline=time.monotonic() + 10
        )
    except process.ProcessError:
        return ""
    return ended.output.decode("ascii", "replace").removeprefix("git version ").strip()[:_MAX_TOOL]
