"""The walls beside bubblewrap: sandlock, and none."""

from __future__ import annotations

import importlib.util
import json
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol

from validator.isolation.room import SYSTEM, Room
from validator.isolation.user import PROCESSES, as_user, counted

_PROGRAM: Final = Path(__file__).with_name("landlocked.py")
_DEVICES: Final = ("/dev/full", "/dev/random", "/dev/urandom", "/dev/zero")


class Wall(Protocol):
    """A command in front of another one: `words` returns it for a room.

    `isolates` is true when foreign code may run behind it, `ends_itself` when it clears away what its program left
    behind and therefore has to be asked to end.
    """

    @property
    def name(self) -> str: ...
    @property
    def isolates(self) -> bool: ...
    @property
    def ends_itself(self) -> bool: ...
    def words(self, room: Room) -> list[str]: ...


@dataclass(frozen=True)
class Sandlock:
    """Landlock and seccomp by sandlock."""

    name = "sandlock"
    isolates = True
    ends_itself = True

    def words(self, room: Room) -> list[str]:
        """Return the command; where the room has a /proc, it shows the program's own processes only.

        A process here cannot close itself to others (prctl is refused), so checks do without /proc: what they start
        would find the pipe of their answers there.
        """
        links = [name for name in SYSTEM if Path(name).is_symlink() and not room.hides_in(Path(name).resolve())]
        policy: dict[str, Any] = {
            "fs_readable": [*links, *_DEVICES, *(str(path) for path in room.seen())],
            "fs_writable": ["/dev/null", *(str(path) for path in room.writable)],
            # Denied as well as not allowed: a link in it would lead past what Landlock sees.
            "fs_denied": [] if room.processes else ["/proc"],
            "net_allow": ["tcp://*:*", "udp://*:*"] if room.network else [],
            "max_processes": PROCESSES,
        }
        if room.processes:
            policy["fs_readable"].append("/proc")
        # Without a user of its own, the kernel would count all processes of ours.
        limit = counted() if room.uid is not None else []
        return [*as_user(room), *limit, sys.executable, "-I", str(_PROGRAM), json.dumps(policy)]


@dataclass(frozen=True)
class Nothing:
    """No wall: limits and, for root, another user are all there is."""

    name = "none"
    isolates = False
    ends_itself = False

    def words(self, room: Room) -> list[str]:
        """Return the command that changes the user, where we may."""
        return [*as_user(room), *counted()] if room.uid is not None else []


@dataclass(frozen=True)
class Inside:
    """This process is behind a wall already, and so is all that it starts."""

    name = "inside"
    isolates = True
    ends_itself = False

    def words(self, room: Room) -> list[str]:
        """Return no command."""
        return []


def sandlocks() -> list[Sandlock]:
    """Return sandlock where it is installed."""
    return [Sandlock()] if importlib.util.find_spec("sandlock") and shutil.which("setpriv") else []
