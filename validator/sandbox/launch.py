"""Run the checks of a fetched commit in a process of their own, behind a wall.

The damage that a hostile file can do to a check (an endless expression, exhausted memory, a crash inside a parser) is
limited to that process: it is killed when the check's time is up, the check did not run, and a new process does the
rest. The worker's own threads, its database connection and its environment are out of reach: the process starts with an
empty environment, sees the repository and the programs, writes into one folder, and has no network. What it needs from
the outside it asks for, one question at a time.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from validator import steps
from validator.checks.scanner import limits_of, needed_by
from validator.isolation import choice
from validator.isolation.choice import Isolation
from validator.isolation.room import Room
from validator.packages import advisories
from validator.process import Child, DeadlinePassedError, Limits, MemoryExceededError, ProcessError, search_path
from validator.results import CheckResult, EngineSettings, Outcome, Progress, Specification
from validator.sandbox import wire
from validator.scanners import Scanner
from validator.source.tree import GitTree
from validator.source.workspace import INSIDE

log = logging.getLogger(__name__)

PROGRAM: Final = ("-m", "validator.sandbox.child")
"""What Python runs inside the sandbox."""

_CHECKS: Final = Path(__file__).resolve().parents[1]
_START_SECONDS: Final = 30.0
# Seconds beyond its own limit in which a check notices that its time is up and says so.
_GRACE_SECONDS: Final = 3.0
# Address space, not memory in use: the tools that checks start reserve much more than they use.
_MEMORY: Final = 1_500_000_000
_LONGEST_LINE: Final = 32_000_000
_POLL_SECONDS: Final = 0.1
_KEPT: Final = ("https_proxy", "HTTPS_PROXY", "http_proxy", "no_proxy", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR")
"""Variables of scanners that have the network."""


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
    scanner: Scanner | None = None,
) -> Findings:
    """Run the steps in their order, each within its time and all before `deadline` (of `time.monotonic()`).

    Every step has a result afterward. `program` is what Python runs inside the sandbox. `specification` is what an
    earlier call found, `scanner` the one that is run, with what its configuration allows it. Raises StoppedError when
    `stop` returns true.
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
                scanner=scanner,
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
    scanner: Scanner | None,
) -> str:
    """Run pending steps in one process, remove the finished ones, and return why the next one did not finish."""
    isolation = choice.chosen(settings.isolation)
    job = {
        "isolated": isolation.isolates,
        "workspace": str(tree.workspace),
        "commit": tree.commit,
        "tree": tree.tree,
        "listing": wire.listing_to_json(tree.listing),
        "settings": wire.settings_to_json(replace(settings, scanners=_rows(settings, pending))),
        "specification": wire.specification_to_json(found.specification),
        "certification": certification,
        "steps": pending,
        "seconds": max(0.0, deadline - time.monotonic()),
    }
    environment = _environment(tree.workspace, scanner=scanner)
    seconds = _START_SECONDS
    try:
        with Child(
            [sys.executable, *program],
            env=environment,
            cwd=tree.workspace / "empty",
            deadline=min(deadline, time.monotonic() + _START_SECONDS),
            limits=_limits(settings, scanner),
            stop=stop,
            has_input=True,
            cover=isolation.cover(_room(isolation, tree.workspace, settings=settings, scanner=scanner)),
        ) as child:
            child.send(_line(job))
            for message in _messages(child):
                if "started" in message:
                    step = pending[0]
                    seconds = steps.seconds_of(step, scanners=settings.scanners)
                    child.deadline = min(deadline, time.monotonic() + seconds + _GRACE_SECONDS)
                    progress(step, None, 0.0)
                elif "question" in message:
                    child.send(_line(_answer(message["question"], child, settings=settings)))
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
    except MemoryExceededError:
        return steps.TOO_MUCH_MEMORY
    except (ProcessError, OSError, ValueError, KeyError, TypeError):
        log.exception("The sandbox broke.")
        return steps.BROKEN
    if code != 0 or pending:
        log.error("The sandbox ended with %s: %s", code, complaint[-2000:])
    return steps.BROKEN


def _rows(settings: EngineSettings, wanted: Sequence[str]) -> tuple[Mapping[str, Any], ...]:
    """Return the configuration of the scanners that are run: each may hold words that others must not see."""
    return tuple(row for row in settings.scanners if row["name"] in wanted)


def _limits(settings: EngineSettings, scanner: Scanner | None) -> Limits:
    limits = Limits(
        output=1 << 30,
        memory=_MEMORY,
        file_size=settings.max_tree_bytes + settings.max_fetch_bytes,
        cpu_seconds=int(settings.run_seconds) + 60,
    )
    if scanner is None:
        return replace(limits, total=_MEMORY)
    return replace(limits, ceiling=limits_of(scanner), total=_MEMORY + scanner.memory)


def _room(isolation: Isolation, workspace: Path, *, settings: EngineSettings, scanner: Scanner | None) -> Room:
    """Return the room of the checks, or that of a scanner."""
    readable = [] if settings.osv_folder is None else [settings.osv_folder]
    return isolation.room(
        workspace,
        writable=[workspace / INSIDE],
        readable=readable if scanner is None else needed_by(scanner),
        hidden=settings.hidden,
        network=scanner is not None and scanner.network,
        processes=scanner is not None,
    )


def _answer(question: Mapping[str, Any], child: Child, *, settings: EngineSettings) -> Mapping[str, Any]:
    """Answer a question about advisories, the only one there is, while the child's limits hold."""
    if not settings.osv_api_url:
        raise ProcessError("the sandbox asked for advisories, and there is no service")
    answers: list[Mapping[str, Any]] = []
    asking = threading.Thread(
        target=lambda: answers.append(advisories.answer(question, url=settings.osv_api_url, deadline=child.deadline)),
        name="advisories",
        daemon=True,
    )
    asking.start()
    while asking.is_alive():
        child.check()
        asking.join(_POLL_SECONDS)
    if not answers:
        raise ProcessError("the question about advisories could not be answered")
    return answers[0]


def _line(message: Mapping[str, Any]) -> bytes:
    return json.dumps(message).encode() + b"\n"


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


def _environment(workspace: Path, *, scanner: Scanner | None) -> dict[str, str]:
    """Return the environment of the sandbox: nothing of ours but what a scanner's configuration names, and every
    temporary file below the workspace."""
    for name in ("home", "tmp"):
        (workspace / INSIDE / name).mkdir(mode=0o700, exist_ok=True)
    also: tuple[str, ...] = ()
    if scanner is not None:
        also = (*scanner.environment, *(_KEPT if scanner.network else ()))
    return {
        **{name: os.environ[name] for name in also if name in os.environ},
        "PATH": os.pathsep.join((str(Path(sys.executable).parent), search_path())),
        "PYTHONPATH": str(_checks_alone(workspace)),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONSAFEPATH": "1",
        "PYTHONUTF8": "1",
        "LC_ALL": "C.UTF-8",
        "HOME": str(workspace / INSIDE / "home"),
        "TMPDIR": str(workspace / INSIDE / "tmp"),
    }


def _checks_alone(workspace: Path) -> Path:
    """Return a folder with a link to the checks and nothing else: the one that holds them is not seen from inside."""
    folder = workspace / "python"
    folder.mkdir(mode=0o700, exist_ok=True)
    link = folder / _CHECKS.name
    if not link.is_symlink():
        link.symlink_to(_CHECKS)
    return folder
