"""The process of the checks: what happens in it stays there, and every step has a result."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence

import pytest

from tests.validator.conftest import URL
from tests.validator.repositories import Repository
from validator import steps
from validator.checks import applications, leaked_secrets
from validator.process import StoppedError, never
from validator.results import EngineSettings, Outcome
from validator.sandbox import launch
from validator.sandbox.launch import Findings
from validator.source import git

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
    proof = local.checkout_dir.parent / "proof"
    deed = f"import tempfile; open({str(proof)!r}, 'w').write(repr(dict(os.environ)) + tempfile.mkdtemp())"

    checked(local, program=("-c", INSIDE.format(deed=deed)))

    said = proof.read_text()
    assert "of-the-server" not in said
    assert said.rpartition("}")[2].startswith(str(local.checkout_dir) + os.sep)


@pytest.mark.parametrize("module", ["django", "httpx", "anyio"])
def test_its_process_loads_nothing_that_the_checks_do_not_need(module: str) -> None:
    code = f"import sys, validator.sandbox.child; sys.exit({module!r} in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
