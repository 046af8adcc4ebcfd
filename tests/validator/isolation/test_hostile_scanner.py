"""A scanner that attacks from behind each wall that this machine can build, and is refused all of it."""

from __future__ import annotations

import json
import os
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.validator.conftest import URL
from tests.validator.isolation import hostile
from tests.validator.isolation.walls import WALLS
from tests.validator.repositories import Repository
from validator import pipeline, steps
from validator.results import CheckResult, EngineSettings, Outcome, Report
from validator.sandbox import launch
from validator.source import git

pytestmark = pytest.mark.security

SECRET = "of-the-server-and-nobody-else"
DEEDS = (
    "finds_the_secret_in_a_process",
    "finds_the_secret_in_its_environment",
    "reads_a_file_of_the_portal",
    "lists_a_folder_of_the_portal",
    "writes_outside",
    "connects_by_tcp",
    "sends_by_udp",
    "connects_to_a_socket_of_the_machine",
    "connects_to_an_abstract_socket",
    "signals_a_process_outside",
    "has_other_descriptors",
    "takes_all_memory",
    "fills_the_disk",
    "raises_its_limits",
    "forks_without_end",
)


@pytest.fixture(params=WALLS)
def settings(request: pytest.FixtureRequest, local: EngineSettings) -> EngineSettings:
    """Settings of a portal with its data beside the checkouts, isolated in one way."""
    data = local.checkout_dir.parent / "data"
    data.mkdir()
    (data / "db.sqlite3").write_text("data")
    return replace(local, isolation=request.param, hidden=(data, local.checkout_dir))


class Machine:
    """What a scanner could reach: files, sockets that listen, other processes."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        (folder / ".ssh").mkdir()
        (folder / ".ssh" / "id_ed25519").write_text("key")
        self.tcp = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        self.udp = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        self.udp.bind(("127.0.0.1", 0))
        self.name = f"hostile-{os.getpid()}-{time.monotonic_ns()}"
        self.sockets = []
        for address in (str(folder / "docker.sock"), "\0" + self.name):
            listening = stack.enter_context(socket.socket(socket.AF_UNIX))
            listening.bind(address)
            listening.listen()
            self.sockets.append(listening)
        self.folder = folder

    def described(self, settings: EngineSettings, *, deeds: tuple[str, ...], mark: str) -> dict[str, Any]:
        """Return where everything is, so that the scanner has to search for nothing."""
        places = (self.folder, *settings.hidden, Path("/var/tmp"), Path("/etc"), Path("/root"), Path("/usr"))
        return {
            "deeds": deeds,
            "secret": SECRET,
            "files": [*map(str, settings.hidden[0].iterdir()), str(self.folder / ".ssh" / "id_ed25519"), "/etc/shadow"],
            "folders": [str(self.folder / ".ssh"), str(settings.hidden[0]), str(Path.home() / ".ssh")],
            "written": [str(place / f"written-{mark}") for place in places],
            "port": self.tcp.getsockname()[1],
            "udp": self.udp.getsockname()[1],
            "socket": str(self.folder / "docker.sock"),
            "name": self.name,
            "pids": [os.getpid(), os.getppid()],
            "mark": mark,
        }

    def was_reached(self) -> list[str]:
        """Return which of the sockets got something."""
        found = []
        names = ("tcp", "udp", "unix", "abstract")
        for name, listening in zip(names, (self.tcp, self.udp, *self.sockets), strict=True):
            listening.setblocking(False)
            try:
                listening.recv(10) if name == "udp" else listening.accept()[0].close()
            except BlockingIOError:
                continue
            found.append(name)
        return found


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    folder = tmp_path / "machine"
    folder.mkdir()
    with ExitStack() as stack:
        yield Machine(folder, stack)


def attacked(settings: EngineSettings, told: dict[str, Any], **more: Any) -> Report:
    """Run all checks and the hostile scanner over the tag."""
    argv = [sys.executable, "-I", hostile.__file__, "{source}", "{output}", json.dumps(told)]
    row = {"name": "hostile", "title": "Hostile", "argv": argv, "level": "required", "timeout": 60, **more}
    return pipeline.validate(URL, "1.0.0", certification=False, settings=replace(settings, scanners=(row,)))


def result_of(report: Report) -> CheckResult:
    """Return the scanner's result; all other checks ran."""
    *others, found = report.results
    assert [result.check for result in others if result.detail.startswith("The check")] == []
    return found


def processes_with(mark: str) -> list[int]:
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if mark in (folder / "cmdline").read_text().split("\0")[3:4]:
                found.append(int(folder.name))
        except OSError:
            continue
    return found


def test_a_hostile_scanner_is_refused_everything_and_the_run_goes_on(
    repository: Repository, settings: EngineSettings, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository.release()
    monkeypatch.setenv("SECRET_KEY", SECRET)

    with git.checkout(URL, "1.0.0", settings=settings) as other:
        told = machine.described(settings, deeds=DEEDS, mark="never")
        told["folders"] += [str(other.workspace), str(other.workspace / "repository.git")]
        found = result_of(attacked(settings, told))

    assert [finding.rule for finding in found.findings] == []
    assert (found.outcome, found.detail) == (Outcome.PASSED, "")
    assert machine.was_reached() == []
    assert [path for path in told["written"] if os.access(path, os.F_OK)] == []


def test_a_scanner_that_kills_everybody_leaves_no_daemon_and_did_not_run(
    repository: Repository, settings: EngineSettings, machine: Machine
) -> None:
    repository.release()
    mark = f"daemon-{time.monotonic_ns()}"

    told = machine.described(settings, deeds=("leaves_a_daemon", "kills_everybody"), mark=mark)
    found = result_of(attacked(settings, told))

    assert found.outcome in (Outcome.DID_NOT_RUN, Outcome.PASSED)
    end = time.monotonic() + 5
    while processes_with(mark):
        assert time.monotonic() < end
        time.sleep(0.05)


def test_a_scanner_that_takes_all_memory_with_many_processes_is_stopped(
    repository: Repository, settings: EngineSettings, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository.release()
    monkeypatch.setattr(launch, "_MEMORY", 600_000_000)
    started = time.monotonic()

    told = machine.described(settings, deeds=("takes_all_memory_with_others",), mark="never")
    found = result_of(attacked(settings, told, memory=400_000_000))

    assert (found.outcome, found.detail) == (Outcome.DID_NOT_RUN, steps.TOO_MUCH_MEMORY)
    assert time.monotonic() - started < 60


def test_a_machine_without_isolation_runs_no_scanner_of_the_operator(
    repository: Repository, local: EngineSettings, machine: Machine
) -> None:
    repository.release()
    settings = replace(local, isolation="none", hidden=(local.checkout_dir,))
    local.checkout_dir.mkdir()

    told = machine.described(settings, deeds=("writes_outside", "connects_by_tcp"), mark="never")
    found = result_of(attacked(settings, told))

    assert (found.outcome, found.findings) == (Outcome.DID_NOT_RUN, ())
    assert "cannot isolate" in found.detail and "install bubblewrap or sandlock" in found.detail
    assert machine.was_reached() == []
    assert [path for path in told["written"] if os.access(path, os.F_OK)] == []
