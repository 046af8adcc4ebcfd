"""Run the checks of a fetched commit in a process of their own.

The damage that a hostile file can do to a check (an endless expression, exhausted memory, a crash inside a parser) is
limited to that process: it is killed when the check's time is up, the check did not run, and a new process does the
rest. The worker's own threads, its database connection and its environment are out of reach.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from validator import steps
from validator.process import Child, DeadlinePassedError, Limits, ProcessError, search_path
from validator.results import CheckResult, EngineSettings, Outcome, Progress, Specification
from validator.sandbox import wire
from validator.source.tree import GitTree

log = logging.getLogger(__name__)

PROGRAM: Final = ("-m", "validator.sandbox.child")
"""What Python runs inside the sandbox."""

_ROOT: Final = Path(__file__).resolve().parents[2]
_START_SECONDS: Final = 30.0
# Seconds beyond its own limit in which a check notices that its time is up and says so.
_GRACE_SECONDS: Final = 3.0
# Address space, not memory in use: the tools that checks start reserve much more than they use.
_MEMORY: Final = 1_500_000_000
_LONGEST_LINE: Final = 32_000_000
_KEPT: Final = ("https_proxy", "HTTPS_PROXY", "http_proxy", "no_proxy", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR")


@dataclass
class Findings:
    """What the steps found: the specification when it is valid, and one result for each step."""

    specification: Specification | None = None
    results: dict[str, CheckResult] = field(default_factory=dict)


def run(
    tree: GitTree,
    wanted: Sequence[str],
    *,
    certification: bool,
    settings: EngineSettings,
    deadline: float,
    progress: Progress,
    stop: Callable[[], bool],
    program: Sequence[str] = PROGRAM,
    specification: Specification | None = None,
    environment: Iterable[str] = (),
) -> Findings:
    """Run the steps in their order, each within its time and all before `deadline` (of `time.monotonic()`).

    Every step has a result afterward. `program` is what Python runs inside the sandbox. `specification` is what an
    earlier call found, `environment` the names of our environment variables that are passed on. Raises StoppedError
    when `stop` returns true.
    """
    found = Findings(specification)
    pending = list(wanted)
    while pending:
        if time.monotonic() >= deadline:
            detail = f"The run took longer than its limit of {settings.run_seconds:.0f} seconds and was stopped."
        else:
            detail = _attempt(
                tree,
                pending,
                found,
                certification=certification,
                settings=settings,
                deadline=deadline,
                progress=progress,
                stop=stop,
                program=program,
                environment=environment,
            )
        if pending:
            # The first of the pending steps is the one that was running; each attempt finishes at least one step.
            step = pending.pop(0)
            found.results[step] = steps.did_not_run(
                step, certification=certification, detail=detail, scanners=settings.scanners
            )
            progress(step, Outcome.DID_NOT_RUN, 0.0)
    return found


def _attempt(
    tree: GitTree,
    pending: list[str],
    found: Findings,
    *,
    certification: bool,
    settings: EngineSettings,
    deadline: float,
    progress: Progress,
    stop: Callable[[], bool],
    program: Sequence[str],
    environment: Iterable[str],
) -> str:
    """Run pending steps in one process, remove the finished ones, and return why the next one did not finish."""
    job = {
        "workspace": str(tree.workspace),
        "commit": tree.commit,
        "tree": tree.tree,
        "listing": wire.listing_to_json(tree.listing),
        "settings": wire.settings_to_json(settings),
        "specification": wire.specification_to_json(found.specification),
        "certification": certification,
        "steps": pending,
        "seconds": max(0.0, deadline - time.monotonic()),
    }
    limits = Limits(
        output=1 << 30,
        memory=_MEMORY,
        file_size=settings.max_tree_bytes + settings.max_fetch_bytes,
        cpu_seconds=int(settings.run_seconds) + 60,
    )
    seconds = _START_SECONDS
    try:
        with Child(
            [sys.executable, *program],
            env=_environment(tree.workspace, also=environment),
            cwd=tree.workspace / "empty",
            deadline=min(deadline, time.monotonic() + _START_SECONDS),
            limits=limits,
            stop=stop,
            has_input=True,
        ) as child:
            child.send(json.dumps(job).encode())
            child.end_input()
            for message in _messages(child):
                if "started" in message:
                    step = pending[0]
                    seconds = steps.seconds_of(step, scanners=settings.scanners)
                    child.deadline = min(deadline, time.monotonic() + seconds + _GRACE_SECONDS)
                    progress(step, None, 0.0)
                elif "specification" in message:
                    found.specification = wire.specification_from_json(message["specification"])
                else:
                    result = wire.result_from_json(message["result"])
                    if result.check != pending[0]:
                        raise ProcessError("the sandbox answered for another check")
                    found.results[pending.pop(0)] = result
                    progress(result.check, result.outcome, result.seconds)
            code, complaint = child.finish()
    except DeadlinePassedError:
        return steps.too_slow(seconds)
    except (ProcessError, OSError, ValueError, KeyError, TypeError):
        log.exception("The sandbox broke.")
        return steps.BROKEN
    if code != 0 or pending:
        log.error("The sandbox ended with %s: %s", code, complaint[-2000:])
    return steps.BROKEN


def _messages(child: Child) -> Iterator[dict[str, Any]]:
    """Yield the lines of the sandbox as objects; raises ProcessError or ValueError for anything else."""
    rest = b""
    for chunk in child.chunks():
        rest += chunk
        *lines, rest = rest.split(b"\n")
        for line in lines:
            message = json.loads(line)
            if not isinstance(message, dict):
                raise ProcessError("the sandbox wrote no object")
            yield message
        if len(rest) > _LONGEST_LINE:
            raise ValueError("the sandbox wrote an unterminated line")


def _environment(workspace: Path, *, also: Iterable[str]) -> dict[str, str]:
    """Return the environment of the sandbox: without our secrets, and with every temporary file below the workspace.

    `also` are the names of variables that the operator passes to the scanner that runs in it.
    """
    temporary = workspace / "tmp"
    temporary.mkdir(mode=0o700, exist_ok=True)
    return {
        **{name: os.environ[name] for name in (*_KEPT, *also) if name in os.environ},
        "PATH": os.pathsep.join((str(Path(sys.executable).parent), search_path())),
        "PYTHONPATH": str(_ROOT),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONSAFEPATH": "1",
        "PYTHONUTF8": "1",
        "LC_ALL": "C.UTF-8",
        "HOME": str(workspace / "home"),
        "TMPDIR": str(temporary),
    }
