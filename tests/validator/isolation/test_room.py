"""What a process behind a wall sees: programs and its own run, never what is hidden."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest

from tests.validator.isolation.walls import WALLS
from validator import process
from validator.isolation import choice
from validator.isolation.room import Room, beside


@pytest.fixture
def portal(tmp_path: Path) -> Path:
    """An installation whose data lies among what a scanner may read."""
    for name in ("programs/scan", "portal/code.py", "portal/var/db.sqlite3", "portal/var/checkouts/run/file"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    return tmp_path


def test_what_is_hidden_is_left_out_of_the_folders_around_it(portal: Path) -> None:
    run = portal / "portal" / "var" / "checkouts" / "run"

    seen = Room(run, readable=(portal,), hidden=(portal / "portal" / "var",)).seen()

    assert {path for path in seen if portal in path.parents} == {portal / "programs", portal / "portal/code.py", run}
    assert portal not in seen


def test_what_lies_in_something_hidden_cannot_be_named(portal: Path) -> None:
    data = portal / "portal" / "var"

    seen = Room(portal / "programs", readable=(data / "db.sqlite3",), hidden=(data,)).seen()

    assert data / "db.sqlite3" not in seen


def test_what_is_granted_is_seen_among_what_is_hidden(portal: Path) -> None:
    data = portal / "portal" / "var"

    seen = Room(portal / "programs", hidden=(data,), granted=(data / "checkouts" / "run",)).seen()

    assert data / "checkouts" / "run" in seen
    assert {data, data / "db.sqlite3", data / "checkouts"}.isdisjoint(seen)


def test_python_and_the_checks_are_seen_and_home_and_settings_are_not(portal: Path) -> None:
    seen = set(map(str, Room(portal).seen()))

    assert {sys.prefix, sys.base_prefix} <= seen
    assert not {"/", "/etc", "/home", "/root", "/var", "/run", "/opt", "/proc", str(Path.home())} & seen


@pytest.mark.security
@pytest.mark.parametrize("wall", WALLS)
def test_data_among_the_programs_of_the_system_is_not_read(wall: str, tmp_path: Path) -> None:
    hidden = Path("/usr/share/common-licenses") if Path("/usr/share/common-licenses").exists() else Path("/usr/share")
    isolation = choice.chosen(wall)
    script = f"ls {hidden} >&2; ls /usr/bin/env"

    ended = process.run(
        ["sh", "-c", script],
        env={"PATH": process.search_path()},
        cwd=tmp_path,
        deadline=time.monotonic() + 20,
        cover=isolation.cover(isolation.room(tmp_path, writable=[tmp_path], hidden=[hidden])),
    )

    assert (ended.code, ended.output) == (0, b"/usr/bin/env\n")
    assert "ls: cannot" in ended.complaint


@pytest.mark.parametrize(
    ("program", "seen"),
    [
        ("/opt/own/scan", "/opt/own"),
        ("/opt/own/bin/scan", "/opt/own"),
        ("/opt/scan", "/opt/scan"),
        ("/scan", "/scan"),
        ("/usr/bin/scan", "/usr/bin/scan"),
        ("/people/someone/bin/scan", "/people/someone/bin/scan"),
        ("/people/someone/scan", "/people/someone/scan"),
    ],
)
def test_a_program_brings_its_folder_but_no_home(program: str, seen: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/people/someone")
    monkeypatch.setattr(Path, "exists", lambda path: str(path) == program)

    assert set(beside(program)) == {Path(seen)}
