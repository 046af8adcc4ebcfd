"""Decide once how this machine isolates foreign code, by trying it.

Versions and files say little: containers, security modules and kernels refuse what is installed. So each wall is built
for a program that tries to get out, and the first that holds is used: bubblewrap, then sandlock, else none.
"""

from __future__ import annotations

import json
import logging
import secrets
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from validator import process
from validator.isolation import bubblewrap, room, user, walls
from validator.isolation.room import Room
from validator.isolation.walls import Wall
from validator.process import Cover, ProcessError

log = logging.getLogger(__name__)

NAMES: Final = ("auto", "bubblewrap", "sandlock", "none")
"""What the operator may ask for; `auto` takes the strictest that works."""

HELP: Final = (
    "Install bubblewrap where user namespaces are allowed, or sandlock on Linux 6.12 or newer; the operator's guide has"
    " a section about isolation."
)
_PROBE: Final = Path(__file__).with_name("probe.py")
_SECONDS: Final = 20.0
_AGAIN_SECONDS: Final = 60.0


@dataclass(frozen=True)
class Isolation:
    """The wall that is used, and why none of the stricter ones is."""

    wall: Wall
    refused: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Return bubblewrap, sandlock, none, or inside for a process that is behind a wall."""
        return self.wall.name

    @property
    def isolates(self) -> bool:
        """Return whether foreign code may run."""
        return self.wall.isolates

    def room(
        self,
        folder: Path,
        *,
        writable: Sequence[Path] = (),
        readable: Iterable[Path] = (),
        hidden: Iterable[Path] = (),
        granted: Iterable[Path] = (),
        network: bool = False,
        own_user: bool = True,
        processes: bool = False,
    ) -> Room:
        """Return the room of a run, and give its folder to the run's own user where there is one.

        No program may run in the folder meanwhile. Without `own_user`, the process keeps our user.
        """
        uid = user.for_run(folder) if own_user and self._may_change_user(folder) else None
        user.give(folder, uid)
        return Room(folder, tuple(writable), tuple(readable), tuple(hidden), tuple(granted), network, uid, processes)

    def cover(self, room: Room) -> Cover:
        """Return what stands between a program in this room and the machine."""
        return Cover(tuple(self.wall.words(room)), self.wall.ends_itself)

    def _may_change_user(self, folder: Path) -> bool:
        if self.name == "inside":
            return False
        # Bubblewrap leads another user to the folder; elsewhere it has to get there by itself.
        return self.name == "bubblewrap" or room.reachable_by_all(folder)

    def __str__(self) -> str:
        return self.name if not self.refused else f"{self.name} ({'; '.join(self.refused)})"


_INSIDE: list[Isolation] = []


def behind(isolated: bool) -> None:
    """Say that this process was started behind a wall, or without one: it builds no other."""
    _INSIDE[:] = [Isolation(walls.Inside() if isolated else walls.Nothing())]


def chosen(wanted: str = "auto") -> Isolation:
    """Return how foreign code is isolated in this process and those that it starts.

    `wanted` is one of NAMES: only this wall is tried then. The first call takes some tenths of a second; where no wall
    held, another call tries again after a minute, because a busy machine may have been the reason.
    """
    if _INSIDE:
        return _INSIDE[0]
    found = _tried(wanted, 0)
    return found if found.isolates or wanted == "none" else _tried(wanted, int(time.monotonic() // _AGAIN_SECONDS))


@lru_cache(maxsize=8)
def _tried(wanted: str, turn: int) -> Isolation:
    """Try the walls; each `turn` tries them once."""
    refused: list[str] = []
    for wall in _candidates(wanted):
        if not (problem := problem_of(wall)):
            return Isolation(wall, tuple(refused))
        refused.append(f"{wall.name}: {problem}")
    return Isolation(walls.Nothing(), tuple(dict.fromkeys(refused)) or ("nothing to try",))


def _candidates(wanted: str) -> Iterator[Wall]:
    if sys.platform != "linux" or wanted == "none":
        return
    if wanted in ("auto", "bubblewrap"):
        yield from bubblewrap.ways()
    if wanted in ("auto", "sandlock"):
        yield from walls.sandlocks()


def problem_of(wall: Wall) -> str:
    """Return what is wrong with a wall on this machine; empty when it holds."""
    with tempfile.TemporaryDirectory(prefix="isolation-") as name, _outside(Path(name)) as (outside, other):
        own = Path(name) / "room"
        own.mkdir()
        tried = Isolation(wall)
        words = [sys.executable, "-I", "-S", str(_PROBE), json.dumps({**outside, "room": str(own)})]
        try:
            cover = tried.cover(tried.room(own, writable=[own]))
            deadline = time.monotonic() + _SECONDS
            ended = process.run(words, env={"PATH": process.search_path()}, cwd=own, deadline=deadline, cover=cover)
            done = json.loads(ended.output)
        except (OSError, ProcessError):
            return "it does not start"
        except ValueError:
            return ended.complaint.strip().rpartition("\n")[2][:200] or "it does not start"
        if Path(outside["outside"]).exists():
            done.append("writes outside of its room")
        if other.poll() is not None:
            done.append("ends another process")
    return f"a program behind it {', '.join(done)}" if done else ""


@contextmanager
def _outside(folder: Path) -> Iterator[tuple[dict[str, Any], subprocess.Popen[bytes]]]:
    """Make what a program behind the wall must not reach: a secret, sockets that listen, and another process."""
    secret, path, name = folder / "secret", folder / "socket", f"isolation-{secrets.token_hex(8)}"
    secret.write_text("secret")
    with ExitStack() as stack:
        tcp = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        for address in (str(path), "\0" + name):
            listening = stack.enter_context(socket.socket(socket.AF_UNIX))
            listening.bind(address)
            listening.listen()
        other = stack.enter_context(_waiting(name))
        yield (
            {
                "secret": str(secret),
                "outside": str(folder / "outside"),
                "socket": str(path),
                "name": name,
                "port": tcp.getsockname()[1],
                "other": other.pid,
            },
            other,
        )


@contextmanager
def _waiting(secret: str) -> Iterator[subprocess.Popen[bytes]]:
    """Start a process that waits, with a secret in its environment, and end it."""
    words = ["sleep", str(2 * int(_SECONDS))]
    with subprocess.Popen(words, env={"PATH": process.search_path(), "SECRET": secret}) as other:
        try:
            yield other
        finally:
            other.kill()
