"""Which wall is used: the first that holds against a program that attacks it."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.root import ROOT
from tests.validator.isolation.walls import WALLS
from validator.isolation import bubblewrap, choice, walls
from validator.isolation.room import Room

pytestmark = pytest.mark.security


@dataclass(frozen=True)
class Open:
    """A wall with nothing behind it, as an old version or a lenient container would build it."""

    words_before: tuple[str, ...] = ()

    name = "open"
    isolates = True
    ends_itself = False

    def words(self, room: Room) -> list[str]:
        return list(self.words_before)


@pytest.fixture(autouse=True)
def untried() -> None:
    choice._tried.cache_clear()


@pytest.mark.parametrize("name", WALLS)
def test_a_wall_that_holds_is_chosen_by_its_name(name: str) -> None:
    found = choice.chosen(name)

    assert (found.name, found.isolates) == (name, True)


@pytest.mark.parametrize(
    ("wall", "problem"),
    [
        (Open(("env",)), "reads a file outside of its room"),
        (Open(("env",)), "connects by TCP"),
        (Open(("env",)), "ends another process"),
        (Open(("no-such-program",)), "no-such-program"),
        (Open(("false",)), "does not start"),
        (Open(("sh", "-c", "echo refused by the kernel >&2; exit 1")), "refused by the kernel"),
    ],
    ids=["shows files", "has the network", "lets signals through", "is missing", "ends", "is refused"],
)
def test_a_wall_that_does_not_hold_is_not_used(wall: Open, problem: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bubblewrap, "ways", lambda: [wall])
    monkeypatch.setattr(walls, "sandlocks", list)

    found = choice.chosen()

    assert (found.name, found.isolates) == ("none", False)
    assert problem in str(found)


@pytest.mark.parametrize("name", WALLS[1:])
def test_where_namespaces_are_refused_the_second_wall_is_used(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bubblewrap, "ways", lambda: [Open(("false",))])

    found = choice.chosen()

    assert found.name == name
    assert str(found) == f"{name} (open: it does not start)"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root starts a process as the first one of a namespace")
@pytest.mark.parametrize("name", WALLS)
def test_a_wall_holds_for_the_first_process_of_a_container(name: str) -> None:
    program = f"""
from validator.isolation import choice, user
user.for_run = lambda folder: None
print(choice.chosen({name!r}))"""
    first = ["unshare", "--pid", "--fork", "--mount-proc", "--", sys.executable, "-c", program]

    ended = subprocess.run(first, capture_output=True, text=True, timeout=60, cwd=ROOT, check=False)

    assert (ended.stdout.strip(), ended.stderr) == (name, "")


def test_where_no_wall_held_it_is_tried_again_later(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter(["it does not start", ""])
    monkeypatch.setattr(bubblewrap, "ways", lambda: [Open()])
    monkeypatch.setattr(walls, "sandlocks", list)
    monkeypatch.setattr(choice, "problem_of", lambda wall: next(answers))
    monkeypatch.setattr(choice.time, "monotonic", lambda: 0.0)

    first = choice.chosen()
    monkeypatch.setattr(choice.time, "monotonic", lambda: 61.0)
    second = choice.chosen()

    assert (first.name, second.name) == ("none", "open")
    assert choice.chosen() is second


def test_a_machine_without_programs_has_no_wall(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    assert choice.chosen().name == "none"


def test_a_process_behind_a_wall_builds_no_other(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(choice, "_INSIDE", [])
    choice.behind(True)

    found = choice.chosen()

    assert found.isolates
    assert found.cover(found.room(tmp_path)).words == ()
    assert tmp_path.stat().st_uid == os.geteuid()
