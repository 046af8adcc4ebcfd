"""Other programs: their output, their limits, and that they are gone afterwards."""

from __future__ import annotations

import os
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from tests.root import ROOT
from validator import process
from validator.process import (
    Child,
    DeadlinePassedError,
    Finished,
    Limits,
    NotInstalledError,
    OutputTooLargeError,
    StoppedError,
)

pytestmark = pytest.mark.security

ENVIRONMENT = {"PATH": os.environ["PATH"]}
LIMITS = Limits()


def python(
    script: str, *, folder: Path, seconds: float = 20.0, limits: Limits = LIMITS, data: bytes | None = None
) -> Finished:
    return process.run(
        [sys.executable, "-c", script],
        env=ENVIRONMENT,
        cwd=folder,
        deadline=time.monotonic() + seconds,
        limits=limits,
        data=data,
    )


def is_alive(pid: int) -> bool:
    """Return whether a process still does anything: one that ended and waits for its parent does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_output_complaint_and_code_come_back(tmp_path: Path) -> None:
    ended = python(
        "import sys; print(input()); print('no', file=sys.stderr); sys.exit(3)", folder=tmp_path, data=b"yes\n"
    )

    assert (ended.code, ended.output, ended.complaint) == (3, b"yes\n", "no\n")


def test_only_the_given_environment_passes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "of-the-server")

    ended = python("import os; print(sorted(os.environ))", folder=tmp_path)

    assert b"SECRET_KEY" not in ended.output


def test_a_program_that_takes_too_long_is_killed_with_what_it_started(tmp_path: Path) -> None:
    script = (
        "import subprocess, sys, time\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        "open('pid', 'w').write(str(child.pid))\n"
        "time.sleep(60)\n"
    )
    started = time.monotonic()

    with pytest.raises(DeadlinePassedError):
        python(script, folder=tmp_path, seconds=1.5)

    assert time.monotonic() - started < 5
    pid = int((tmp_path / "pid").read_text())
    wait_until_gone(pid)


def wait_until_gone(pid: int) -> None:
    end = time.monotonic() + 5
    while is_alive(pid):
        assert time.monotonic() < end
        time.sleep(0.05)


def test_a_program_that_closes_its_output_and_stays_is_killed_in_time(tmp_path: Path) -> None:
    started = time.monotonic()

    with pytest.raises(DeadlinePassedError):
        python("import os, time; os.close(1); os.close(2); time.sleep(60)", folder=tmp_path, seconds=1.0)

    assert time.monotonic() - started < 5


def test_output_without_end_is_cut_off(tmp_path: Path) -> None:
    with pytest.raises(OutputTooLargeError):
        python("while True: print('x' * 1000)", folder=tmp_path, limits=replace(LIMITS, output=100_000))


def test_a_flood_of_complaints_is_kept_short_and_harms_nobody(tmp_path: Path) -> None:
    ended = python("import sys; sys.stderr.write('x' * 5_000_000); print('done')", folder=tmp_path)

    assert ended.output == b"done\n"
    assert len(ended.complaint) < 20_000


def test_a_stop_ends_a_program_that_says_nothing(tmp_path: Path) -> None:
    started = time.monotonic()
    with pytest.raises(StoppedError):
        process.run(
            [sys.executable, "-c", "import time; time.sleep(60)"],
            env=ENVIRONMENT,
            cwd=tmp_path,
            deadline=started + 30,
            stop=lambda: time.monotonic() > started + 0.3,
        )

    assert time.monotonic() - started < 3


def test_a_program_that_is_not_there_has_its_own_error(tmp_path: Path) -> None:
    with pytest.raises(NotInstalledError):
        process.run(["no-such-program"], env=ENVIRONMENT, cwd=tmp_path, deadline=time.monotonic() + 5)


@pytest.mark.skipif(sys.platform != "linux", reason="the limits are the kernel's")
@pytest.mark.parametrize(
    ("script", "limits"),
    [
        ("x = bytearray(600_000_000)", replace(LIMITS, memory=400_000_000)),
        ("open('big', 'wb').write(bytes(3_000_000))", replace(LIMITS, file_size=1_000_000)),
        ("while True: pass", replace(LIMITS, cpu_seconds=1)),
    ],
    ids=["memory", "file", "computing"],
)
def test_a_program_beyond_its_limits_fails(tmp_path: Path, script: str, limits: Limits) -> None:
    ended = python(script, folder=tmp_path, limits=limits)

    assert ended.code != 0
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) <= 1_000_000


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel hides it")
@pytest.mark.parametrize("hidden", [False, True])
def test_a_process_that_hides_shows_its_environment_to_nobody_of_its_user(tmp_path: Path, hidden: bool) -> None:
    # A child is the one that looks: both have lost the rights of root, which nothing is hidden from.
    script = f"""
import os
from validator import process
if os.getuid() == 0:
    os.setgroups([]); os.setgid(65534); os.setuid(65534)
process.ctypes.CDLL(None).prctl(process._SET_DUMPABLE, 1, 0, 0, 0)
if {hidden}:
    process.hide()
if not os.fork():
    try:
        found = open(f"/proc/{{os.getppid()}}/environ").read()
    except OSError:
        found = ""
    print("of-the-server" in found, flush=True)
    os._exit(0)
os.wait()
"""
    environment = {**ENVIRONMENT, "PYTHONPATH": str(ROOT), "SECRET_KEY": "of-the-server"}

    ended = process.run(
        [sys.executable, "-c", script], env=environment, cwd=tmp_path, deadline=time.monotonic() + 20, limits=LIMITS
    )

    assert ended.output.decode().strip() == str(not hidden), ended.complaint


@pytest.mark.skipif(sys.platform != "linux", reason="needs the kernel's signal at the parent's death")
def test_a_program_dies_with_a_worker_that_is_killed(tmp_path: Path) -> None:
    script = (
        "import sys, time\nfrom pathlib import Path\nfrom validator.process import Child, Limits\n"
        "script = 'import os, time; print(os.getpid(), flush=True); time.sleep(60)'\n"
        f"with Child([sys.executable, '-c', script], env={ENVIRONMENT!r}, cwd=Path({str(tmp_path)!r}),"
        " deadline=time.monotonic() + 60, limits=Limits()) as child:\n"
        "    print(next(child.chunks()).decode().strip(), flush=True)\n    time.sleep(60)\n"
    )
    with Child(
        [sys.executable, "-c", script],
        env={**ENVIRONMENT, "PYTHONPATH": str(ROOT)},
        cwd=tmp_path,
        deadline=time.monotonic() + 20,
        limits=LIMITS,
    ) as worker:
        pid = int(next(worker.chunks()))
        assert is_alive(pid)

    wait_until_gone(pid)
