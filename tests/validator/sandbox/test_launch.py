"""The process of the checks: what happens in it stays there, and every step has a result."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import replace

import pytest

from tests.validator.checks.test_dependencies import lock
from tests.validator.conftest import URL
from tests.validator.isolation.walls import WALLS
from tests.validator.osv import Service, record, serving
from tests.validator.repositories import FILES, Repository
from validator import steps
from validator.checks import applications, dependencies, leaked_secrets
from validator.process import StoppedError, never
from validator.results import CheckResult, EngineSettings, Outcome
from validator.sandbox import launch
from validator.sandbox.launch import Findings
from validator.source import git
from validator.source.tree import GitTree

pytestmark = pytest.mark.security

STEPS = (steps.SPECIFICATION, applications.check.id, leaked_secrets.check.id)
# Each program is the real inside with one of its checks replaced by one that misbehaves.
INSIDE = """
import ctypes, os, sys, time
from validator.sandbox import child
from validator.checks import applications, leaked_secrets

def run(context):
    {deed}

applications.check.run = run
child.main()
"""


def checked(
    local: EngineSettings, *, program: Sequence[str] = launch.PROGRAM, seconds: float = 60.0
) -> tuple[Findings, list[tuple[str, Outcome | None]]]:
    """Run the steps over the tag and return what was found and told."""
    told: list[tuple[str, Outcome | None]] = []
    with git.checkout(URL, "1.0.0", settings=local) as tree:
        found = launch.run(
            tree,
            STEPS,
            certification=False,
            settings=local,
            deadline=time.monotonic() + seconds,
            progress=lambda check, outcome, seconds: told.append((check, outcome)),
            stop=never,
            program=program,
        )
    assert list(local.checkout_dir.iterdir()) == []
    return found, told


def outcomes(found: Findings) -> list[Outcome]:
    return [found.results[step].outcome for step in STEPS]


def test_every_step_is_told_when_it_starts_and_when_it_ends(repository: Repository, local: EngineSettings) -> None:
    repository.release()

    found, told = checked(local)

    assert outcomes(found) == [Outcome.PASSED] * 3
    assert told == [(step, outcome) for step in STEPS for outcome in (None, Outcome.PASSED)]
    assert found.specification is not None
    assert [application.name for application in found.specification.applications()] == ["service"]


@pytest.mark.parametrize(
    "deed",
    [
        "os._exit(7)",
        "os.kill(os.getpid(), 9)",
        "ctypes.string_at(0)",
        "raise SystemExit",
        "os.write(3, b'no json\\n'); os._exit(0)",
        "return 7",
    ],
    ids=["leaves", "is killed", "crashes", "exits", "babbles", "answers nonsense"],
)
def test_a_check_that_breaks_the_process_did_not_run_and_the_others_do(
    repository: Repository, local: EngineSettings, deed: str
) -> None:
    repository.release()

    found, told = checked(local, program=("-c", INSIDE.format(deed=deed)))

    assert outcomes(found) == [Outcome.PASSED, Outcome.DID_NOT_RUN, Outcome.PASSED]
    assert found.results[applications.check.id].detail == steps.BROKEN
    assert (applications.check.id, Outcome.DID_NOT_RUN) in told


def test_a_check_that_raises_did_not_run_and_its_words_stay_inside(
    repository: Repository, local: EngineSettings
) -> None:
    repository.release()

    found, _ = checked(local, program=("-c", INSIDE.format(deed="raise ValueError('secret words of ' + __file__)")))

    assert found.results[applications.check.id].detail == steps.BROKEN
    assert outcomes(found)[2] is Outcome.PASSED


def test_a_check_that_does_not_end_is_stopped_at_its_time(
    repository: Repository, local: EngineSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository.release()
    monkeypatch.setattr(applications.check, "seconds", 0.5)
    monkeypatch.setattr(launch, "_GRACE_SECONDS", 0.5)

    started = time.monotonic()
    found, _ = checked(local, program=("-c", INSIDE.format(deed="while True: pass")))

    assert time.monotonic() - started < 20
    assert outcomes(found) == [Outcome.PASSED, Outcome.DID_NOT_RUN, Outcome.PASSED]
    assert "took longer" in found.results[applications.check.id].detail


def test_a_run_out_of_time_leaves_no_step_without_a_result(repository: Repository, local: EngineSettings) -> None:
    repository.release()

    found, told = checked(local, seconds=0.0)

    assert outcomes(found) == [Outcome.DID_NOT_RUN] * 3
    assert [check for check, _ in told] == list(STEPS)


def test_a_stop_kills_the_process_at_once(repository: Repository, local: EngineSettings) -> None:
    repository.release()
    begun = time.monotonic()

    with (
        git.checkout(URL, "1.0.0", settings=local) as tree,
        pytest.raises(StoppedError),
    ):
        launch.run(
            tree,
            STEPS,
            certification=False,
            settings=local,
            deadline=begun + 60,
            progress=lambda check, outcome, seconds: None,
            stop=lambda: time.monotonic() > begun + 1,
            program=("-c", INSIDE.format(deed="time.sleep(60)")),
        )

    assert time.monotonic() - begun < 10


def test_the_inside_sees_no_secret_of_the_server_and_writes_below_the_workspace(
    repository: Repository, local: EngineSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository.release()
    monkeypatch.setenv("SECRET_KEY", "of-the-server")
    monkeypatch.setenv("DATABASE_URL", "postgres://of-the-server")
    proof = "repr(dict(os.environ)) + __import__('tempfile').mkdtemp()"
    deed = f"from validator.findings import DidNotRun, conclude; return conclude(applications.check, says({proof}))"
    program = INSIDE.replace("def run", "def says(text):\n    raise DidNotRun(text)\n    yield\n\ndef run")

    found, _ = checked(local, program=("-c", "from validator.findings import DidNotRun" + program.format(deed=deed)))

    said = found.results[applications.check.id].detail
    assert "of-the-server" not in said
    assert said.rpartition("}")[2].startswith(str(local.checkout_dir) + os.sep)


@pytest.mark.parametrize("wall", WALLS)
def test_what_a_check_starts_cannot_answer_in_its_place(
    repository: Repository, local: EngineSettings, wall: str
) -> None:
    repository.release()
    # A program like the analysis engine, taken over by a file: it looks for the pipe of the answers.
    script = """
import os
for number in range(3, 10):
    try:
        open(f'/proc/{os.getppid()}/fd/{number}', 'w').close()
    except OSError:
        continue
    print('found')
"""
    deed = f"import subprocess; return tell(subprocess.check_output([sys.executable, '-c', {script!r}]))"
    program = INSIDE.replace("def run", "own = applications.check.run\ndef tell(said): assert not said\n\ndef run")
    program = program.replace("{deed}", deed.replace("return tell(", "tell(") + "; return own(context)")

    found, _ = checked(replace(local, isolation=wall), program=("-c", program))

    assert outcomes(found) == [Outcome.PASSED] * 3


@pytest.mark.parametrize("module", ["django", "httpx", "anyio"])
def test_its_process_loads_nothing_that_the_checks_do_not_need(module: str) -> None:
    code = f"import sys, validator.sandbox.child; sys.exit({module!r} in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("wall", WALLS)
def test_the_inside_asks_for_advisories_and_gets_the_faults_of_the_service(
    repository: Repository, local: EngineSettings, wall: str
) -> None:
    repository.release({**FILES, "service/package-lock.json": lock(("left-right", "1.0.0")).encode()})
    service = Service(record("GHSA-1", "left-right", aliases=["CVE-1"]))

    with serving(service), git.checkout(URL, "1.0.0", settings=local) as tree:
        settings = replace(local, isolation=wall, osv_api_url=f"{service.url}/")
        first = asked(tree, settings)
        service.raw = b"no JSON"
        second = asked(tree, settings)

    assert [finding.advisory for finding in first.findings] == ["GHSA-1"]
    assert "CVE-1" in first.findings[0].message
    assert (first.tool, second.tool) == ("OSV at 127.0.0.1", "OSV at 127.0.0.1")
    assert (second.outcome, second.detail) == (Outcome.DID_NOT_RUN, "The advisory service did not return JSON.")


def asked(tree: GitTree, settings: EngineSettings) -> CheckResult:
    """Run the check of the dependencies alone."""
    found = launch.run(
        tree,
        [dependencies.check.id],
        certification=False,
        settings=settings,
        deadline=time.monotonic() + 60,
        progress=lambda check, outcome, seconds: None,
        stop=never,
    )
    return found.results[dependencies.check.id]
