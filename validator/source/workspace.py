"""Folders for one job each, below the folder for checkouts: locked while the job lives, removed afterward.

A killed worker cannot clean up; its lock is released, and the next `sweep` removes its folders.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

_PREFIX: Final = "connector-"
INSIDE: Final = "inside"
"""The only folder of a workspace in which checks and scanners may write."""


class WorkspaceError(OSError):
    """The folder for checkouts cannot be used: missing rights, a full disk."""


@contextmanager
def workspace(checkout_dir: Path) -> Iterator[Path]:
    """Make a new folder that only we may read, and remove it with all its content at the end.

    Leftovers of killed workers are removed first. Raises WorkspaceError when no folder can be made.
    """
    try:
        # A run's own user goes through it, and can list nothing.
        checkout_dir.mkdir(mode=0o711, parents=True, exist_ok=True)
        sweep(checkout_dir)
        folder, lock = _locked_folder(checkout_dir)
    except OSError as error:
        raise WorkspaceError(error.errno, "the folder for checkouts cannot be used") from error
    try:
        (folder / INSIDE).mkdir(mode=0o700)
        yield folder
    finally:
        remove(folder)
        os.close(lock)


def sweep(checkout_dir: Path) -> int:
    """Remove the folders whose owner is gone, and return how many; folders that we did not make stay."""
    removed = 0
    try:
        names = [entry.name for entry in os.scandir(checkout_dir) if entry.name.startswith(_PREFIX)]
    except FileNotFoundError:
        return 0
    for name in names:
        folder = checkout_dir / name
        lock = _lock(folder)
        if lock is not None:
            remove(folder)
            os.close(lock)
            removed += 1
    return removed


def remove(folder: Path) -> None:
    """Remove a folder with all its content, even while a program that is being killed still writes there."""
    for _ in range(5):
        shutil.rmtree(folder, ignore_errors=True)
        if not folder.exists():
            return
        time.sleep(0.05)


def _locked_folder(checkout_dir: Path) -> tuple[Path, int]:
    """Make a folder and lock it; a concurrent sweep may remove it in between, so check and retry."""
    while True:
        folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=checkout_dir))
        lock = _lock(folder)
        if lock is None:
            continue
        try:
            if os.fstat(lock).st_ino == folder.stat().st_ino:
                return folder, lock
        except FileNotFoundError:
            pass
        os.close(lock)


def _lock(folder: Path) -> int | None:
    """Return a handle that holds the folder's lock, or None when somebody else holds it or it is gone.

    The lock belongs to the open handle: the system releases it when the process ends, however it ends, and programs
    that we start do not inherit it.
    """
    try:
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError:
        return None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(handle)
        return None
    return handle
