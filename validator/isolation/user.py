"""A user of its own for each run, where we are root: what one run writes is not another one's."""

from __future__ import annotations

import os
import shutil
from functools import lru_cache
from pathlib import Path
from typing import Final

from validator.isolation.room import Room

PROCESSES: Final = 512
"""How many processes a run may have at a time; where the kernel counts them, threads count as well."""

_FIRST: Final = 1_900_000_000
_MANY: Final = 100_000_000
"""Users above those of people, services and containers (systemd, *Users, groups, UIDs and GIDs*)."""


def for_run(folder: Path) -> int | None:
    """Return the user of a run by its folder, or None where we may not choose.

    No two folders that exist at the same time have the same number in their file system.
    """
    span = _span()
    return None if span is None else span[0] + folder.stat().st_ino % span[1]


def give(folder: Path, uid: int | None) -> None:
    """Make a user the owner of a folder and of what root wrote into it; links and other people's files stay as they
    are."""
    if uid is None:
        return
    os.chown(folder, uid, uid, follow_symlinks=False)
    for _, folders, files, handle in os.fwalk(folder):
        for name in (*folders, *files):
            status = os.stat(name, dir_fd=handle, follow_symlinks=False)
            if status.st_uid == 0 and (name in folders or status.st_nlink == 1):
                os.chown(name, uid, uid, dir_fd=handle, follow_symlinks=False)


def as_user(room: Room) -> list[str]:
    """Return the command that changes to the room's user and gives up every capability; none where we are not root."""
    if not is_root() or shutil.which("setpriv") is None:
        return []
    uid = [] if room.uid is None else ["--reuid", str(room.uid), "--regid", str(room.uid), "--clear-groups"]
    return ["setpriv", "--pdeathsig", "KILL", *uid, "--bounding-set=-all", "--inh-caps=-all", "--no-new-privs", "--"]


def counted() -> list[str]:
    """Return the command that limits how many processes and threads the user of a run has."""
    return ["prlimit", f"--nproc={PROCESSES}"]


def is_root() -> bool:
    """Return whether we are root, in the machine or in a user namespace."""
    return hasattr(os, "geteuid") and os.geteuid() == 0


@lru_cache(maxsize=1)
def _span() -> tuple[int, int] | None:
    """Return the first user that we may take and how many there are: in a user namespace there are fewer."""
    if not is_root() or shutil.which("setpriv") is None:
        return None
    try:
        rows = [row.split() for row in Path("/proc/self/uid_map").read_text().splitlines()]
    except OSError:
        return None
    length = max(int(row[0]) + int(row[2]) for row in rows)
    if length > _FIRST + _MANY:
        return _FIRST, _MANY
    return (length // 2, length // 2 - 1) if length > 1_000 else None
