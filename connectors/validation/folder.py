"""A folder on this machine as a tree to check: what a developer is working on, before it is committed."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

_GIT = ("git", "-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null")


class FolderTree:
    """The regular files below a folder; in a Git work tree those that are tracked or would be added.

    Symbolic links are not followed and not listed, as in a commit that is fetched. `commit` and `tree` are empty: a
    working folder has neither. Use it as a context manager; the copy made for scanners is deleted at the end.
    """

    commit = ""
    tree = ""

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()
        self._sizes = {path: size for path in _listed(self.root) if (size := _regular(self.root, path)) is not None}
        self._copy: Path | None = None

    def __enter__(self) -> FolderTree:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._copy is not None:
            shutil.rmtree(self._copy, ignore_errors=True)
            self._copy = None

    def paths(self) -> Sequence[str]:
        """Return the paths of all files, in order."""
        return list(self._sizes)

    def size(self, path: str) -> int:
        """Return the size of a file in bytes; KeyError when there is none."""
        return self._sizes[path]

    def read(self, path: str, limit: int | None = None) -> bytes:
        """Return a file's content, at most `limit` bytes of it; KeyError when there is none."""
        if path not in self._sizes:
            raise KeyError(path)
        handle = os.open(self.root / path, os.O_RDONLY | os.O_NOFOLLOW)
        with os.fdopen(handle, "rb") as file:
            return file.read(-1 if limit is None else limit)

    def kind(self, path: str) -> str | None:
        """Return what is at a path: file, folder, link, or None."""
        if path in self._sizes:
            return "file"
        place = self.root / path
        return "link" if place.is_symlink() else "folder" if place.is_dir() else None

    def folder(self) -> Path:
        """Return a copy of the files for tools that need a folder, made at the first call."""
        if self._copy is None:
            self._copy = Path(tempfile.mkdtemp(prefix="connector-check-"))
            for path in self._sizes:
                target = self._copy / path
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(self.read(path))
        return self._copy


def _listed(root: Path) -> list[str]:
    """Return the candidates: what Git lists when this is the top of a work tree, else everything."""
    if (root / ".git").exists():
        listing = subprocess.run(
            [*_GIT, "-C", str(root), "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            check=False,
        )
        if listing.returncode == 0:
            return sorted({os.fsdecode(name) for name in listing.stdout.split(b"\0") if name})
    found = []
    for folder, names, files in os.walk(root):
        names[:] = sorted(name for name in names if name != ".git")
        found += [(Path(folder) / name).relative_to(root).as_posix() for name in files]
    return sorted(found)


def _regular(root: Path, path: str) -> int | None:
    try:
        status = (root / path).lstat()
    except OSError:
        return None
    return status.st_size if stat.S_ISREG(status.st_mode) else None
