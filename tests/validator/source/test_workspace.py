"""Folders for jobs: private, locked, and gone afterwards."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.root import ROOT
from validator.source.workspace import WorkspaceError, sweep, workspace


def test_a_workspace_is_ours_alone_and_gone_at_the_end(tmp_path: Path) -> None:
    with workspace(tmp_path / "checkouts") as folder:
        assert folder.stat().st_mode & 0o777 == 0o700
        (folder / "a" / "b").mkdir(parents=True)
        (folder / "a" / "b" / "c").write_text("x")

    assert list((tmp_path / "checkouts").iterdir()) == []


def test_a_workspace_is_gone_after_an_error_too(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), workspace(tmp_path) as folder:
        (folder / "file").write_text("x")
        raise RuntimeError

    assert list(tmp_path.iterdir()) == []


def test_a_link_in_a_workspace_does_not_lead_the_removal_out(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "kept").write_text("x")

    with workspace(tmp_path / "checkouts") as folder:
        (folder / "link").symlink_to(outside)

    assert (outside / "kept").exists()


def test_leftovers_of_dead_owners_go_and_all_else_stays(tmp_path: Path) -> None:
    (tmp_path / "connector-dead" / "files").mkdir(parents=True)
    (tmp_path / "of-somebody-else").mkdir()

    with workspace(tmp_path) as folder:
        assert sorted(path.name for path in tmp_path.iterdir()) == sorted([folder.name, "of-somebody-else"])
        assert sweep(tmp_path) == 0
        assert folder.exists()

    assert [path.name for path in tmp_path.iterdir()] == ["of-somebody-else"]


def test_a_sweep_of_a_folder_that_is_not_there_finds_nothing(tmp_path: Path) -> None:
    assert sweep(tmp_path / "nothing") == 0


def test_many_jobs_and_sweeps_at_once_never_take_each_others_folder(tmp_path: Path) -> None:
    def job(number: int) -> bool:
        with workspace(tmp_path) as folder:
            (folder / "mine").write_text(str(number))
            sweep(tmp_path)
            return (folder / "mine").read_text() == str(number)

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(job, range(200)))

    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_used_has_its_own_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(WorkspaceError), workspace(tmp_path / "file"):
        pass


def test_a_program_that_outlives_a_killed_worker_does_not_hold_its_lock(tmp_path: Path) -> None:
    script = (
        "import subprocess, sys, time\nfrom pathlib import Path\n"
        "from validator.source.workspace import workspace\n"
        f"with workspace(Path({str(tmp_path)!r})):\n"
        "    orphan = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'], close_fds=False,\n"
        "                              stdout=subprocess.DEVNULL)\n"
        "    print(orphan.pid, flush=True)\n    time.sleep(60)\n"
    )
    worker = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, cwd=ROOT)
    assert worker.stdout is not None
    orphan = int(worker.stdout.readline())
    assert sweep(tmp_path) == 0

    worker.kill()
    worker.wait()
    worker.stdout.close()

    try:
        assert sweep(tmp_path) == 1
        assert list(tmp_path.iterdir()) == []
    finally:
        os.kill(orphan, signal.SIGKILL)
