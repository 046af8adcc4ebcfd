"""From address and tag to a report: fetch, connect.yaml, every check. Knows no model, no status and no Django."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Final

from connectors.validation import git, process, rule_pack, sandbox, steps
from connectors.validation.findings import with_fingerprints
from connectors.validation.process import never
from connectors.validation.results import (
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

__all__ = ["inspect", "planned", "validate"]

_MAX_TOOL: Final = 200


def silent(check: str, outcome: Outcome | None, seconds: float) -> None:
    """Tell nobody of progress."""


def leave(tree: Tree) -> None:
    """Keep nothing of a fetched commit."""


def planned(*, only_specification: bool = False) -> tuple[str, ...]:
    """Return the ids of the steps of a run in their order: repository, specification, then the checks."""
    checks = () if only_specification else tuple(steps.checks_by_id())
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

    A repository that cannot be read and a connect.yaml that is not valid are results like all others (`repository`,
    `specification`). What breaks or takes too long did not run. `only_specification` reads connect.yaml and stops
    there. `progress` is called in this thread, `stop` is asked several times a second; when it answers true,
    StoppedError rises, and nothing of the run counts. `keep` is given the files after the checks, as long as they
    can be read.
    """
    started = time.monotonic()
    deadline = started + settings.run_seconds
    progress(steps.REPOSITORY, None, 0.0)
    try:
        with git.checkout(url, tag, settings=settings, deadline=deadline, stop=stop) as tree:
            fetched = CheckResult(steps.REPOSITORY, Level.REQUIRED, Outcome.PASSED, seconds=time.monotonic() - started)
            progress(fetched.check, fetched.outcome, fetched.seconds)
            found = sandbox.run(
                tree,
                planned(only_specification=only_specification)[1:],
                certification=certification,
                settings=settings,
                deadline=deadline,
                progress=progress,
                stop=stop,
            )
            keep(tree)
            results = (fetched, *found.results.values())
            return _report(tag, tree.commit, tree.tree, found.specification, results)
    except git.FetchError as error:
        result = _unfetched(error, seconds=time.monotonic() - started)
        progress(result.check, result.outcome, result.seconds)
        return _report(tag, None, None, None, (result,))


def inspect(
    tree: Tree,
    *,
    certification: bool,
    settings: EngineSettings,
    progress: Progress = silent,
    only_specification: bool = False,
) -> Report:
    """Run every check over files that are already here, in this process: for people who check their own work.

    A check that does not watch its time is not stopped here.
    """
    deadline = time.monotonic() + settings.run_seconds
    results: list[CheckResult] = []
    specification: Specification | None = None
    for step in planned(only_specification=only_specification)[1:]:
        progress(step, None, 0.0)
        if step == steps.SPECIFICATION:
            specification, result = steps.read_specification(tree, settings=settings)
        else:
            context = CheckContext(tree, specification, settings, deadline)
            result = steps.run_check(steps.checks_by_id()[step], context, certification=certification)
        progress(step, result.outcome, result.seconds)
        results.append(result)
    return _report("", tree.commit or None, tree.tree or None, specification, tuple(results))


def _unfetched(error: git.FetchError, *, seconds: float) -> CheckResult:
    """Return the result for a repository that could not be read; a fault of ours did not run."""
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
    """Return the version of git on this machine, or an empty text."""
    try:
        ended = process.run(
            ["git", "--version"], env={"PATH": process.search_path()}, cwd=Path("/"), deadline=time.monotonic() + 10
        )
    except process.ProcessError:
        return ""
    return ended.output.decode("ascii", "replace").removeprefix("git version ").strip()[:_MAX_TOOL]
