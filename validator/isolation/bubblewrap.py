"""The wall of bubblewrap: namespaces of its own for files, processes, network and users.

Source: the manual page of bwrap (version 0.8), user_namespaces(7).
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from validator.isolation.room import SYSTEM, Room
from validator.isolation.user import as_user, counted

_MEMORY_FOLDER: Final = str(256 << 20)
"""Bytes of /tmp and /dev/shm, which are in memory: programs write there whatever TMPDIR says."""

_NAMESPACES: Final = ("--unshare-ipc", "--unshare-pid", "--unshare-uts", "--unshare-cgroup-try")
_KEPT_BY_ROOT: Final = ("CAP_SETGID", "CAP_SETPCAP", "CAP_SETUID")


@dataclass(frozen=True)
class Bubblewrap:
    """One way to call bubblewrap; containers may refuse a /proc of its own, and old kernels more."""

    has_proc: bool = True
    forbids_namespaces: bool = True

    name = "bubblewrap"
    isolates = True
    ends_itself = False

    def words(self, room: Room) -> list[str]:
        """Return the command that builds the room and becomes the program."""
        return ["bwrap", *self._namespaces(room), *self._files(room), "--", *as_user(room), *counted()]

    def _namespaces(self, room: Room) -> Iterator[str]:
        yield from ("--die-with-parent", *_NAMESPACES)
        if not room.network:
            yield "--unshare-net"
        if os.geteuid() == 0:
            # Root needs no user namespace, and changes the user inside, where the room is built.
            kept = _KEPT_BY_ROOT if room.uid is not None else ()
            yield from ("--cap-drop", "ALL", *(word for name in kept for word in ("--cap-add", name)))
        else:
            yield "--unshare-user"
            if self.forbids_namespaces:
                yield "--disable-userns"

    def _files(self, room: Room) -> Iterator[str]:
        yield from _links()
        yield from ("--proc", "/proc") if self.has_proc else ("--dir", "/proc")
        yield from ("--dev", "/dev")
        for folder in ("/dev/shm", "/tmp"):  # noqa: S108 - inside, where it is nobody else's
            yield from ("--perms", "1777", "--size", _MEMORY_FOLDER, "--tmpfs", folder)
        made: set[Path] = set()
        for path in room.seen():
            yield from _folders_above(path, made)
            yield from ("--ro-bind", str(path), str(path))
        for path in room.writable:
            yield from _folders_above(path, made)
            yield from ("--bind", str(path), str(path))
        yield from ("--remount-ro", "/")


def _links() -> Iterator[str]:
    for path in map(Path, SYSTEM):
        if path.is_symlink():
            yield from ("--symlink", str(path.readlink()), str(path))


def _folders_above(path: Path, made: set[Path]) -> Iterator[str]:
    """Yield the folders that lead to a path, which everybody may go through."""
    for folder in reversed(path.parents):
        if folder not in made and folder != Path("/"):
            made.add(folder)
            yield from ("--perms", "0755", "--dir", str(folder))


def ways() -> list[Bubblewrap]:
    """Return the ways to try, the strictest first; none where the program is missing."""
    if shutil.which("bwrap") is None:
        return []
    return [Bubblewrap(), Bubblewrap(forbids_namespaces=False), Bubblewrap(has_proc=False, forbids_namespaces=False)]
