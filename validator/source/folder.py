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

    Symbolic links are not followed, as in a fetched commit. `commit` and `tree` are empty: a working folder has
    neither. Use it as a context manager; the copy made for scanners is deleted at the end.
    """

    commit = ""
    tree = ""

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()
        listed = _listed(self.root)
        self._sizes = {path: size for path in listed if (size := _regular(self.root, path)) is not None}
        self._others = _others(self.root, listed)
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
        """Return what is at a path: file, folder, link, submodule, or None."""
        if path in self._sizes:
            return "file"
        place = self.root / path
        return self._others.get(path) or ("link" if place.is_symlink() else "folder" if place.is_dir() else None)

    def others(self, kind: str) -> Sequence[str]:
        """Return the paths of all links, or of all submodules."""
        return [path for path, found in self._others.items() if found == kind]

    def target(self, path: str) -> str:
        """Return the target of a link, or nothing for a submodule. KeyError when there is neither."""
        if self._others[path] == "submodule":
            return ""
        return str((self.root / path).readlink())

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
    """Return the candidates: the files that Git lists when this is the top of a work tree, else all files.

    Git lists a nested repository with a trailing slash, and a submodule like a file.
    """
    if (root / ".git").exists():
        listing = _git(root, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
        if listing is not None:
            return sorted({os.fsdecode(name) for name in listing if name})
    found = []
    for folder, names, files in os.walk(root):
        names[:] = sorted(name for name in names if name != ".git")
        linked = [name for name in names if (Path(folder) / name).is_symlink()]
        found += [(Path(folder) / name).relative_to(root).as_posix() for name in (*files, *linked)]
    return sorted(found)


def _others(root: Path, listed: Sequence[str]) -> dict[str, str]:
    """Return the links and submodules among the candidates with their kinds."""
    found = {path: "link" for path in listed if (root / path).is_symlink()}
    found |= {path.rstrip("/"): "submodule" for path in listed if path.endswith("/")}
    if (root / ".git").exists():
        for row in _git(root, "ls-files", "-z", "--stage") or ():
            head, _, path = row.partition(b"\t")
            if head.startswith(b"160000 "):
                found[os.fsdecode(path)] = "submodule"
    return dict(sorted(found.items()))


def _git(root: Path, *argv: str) -> list[bytes] | None:
    """Return the files that git lists, or None when it cannot."""
    listing = subprocess.run(
        [*_GIT, "-C", str(root), *argv], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False
    )
    return listing.stdout.split(b"\0") if listing.returncode == 0 else None


def _regular(root: Path, path: str) -> int | None:
    try:
        status = (root / path).lstat()
    except OSError:
        return None
    return status.st_size if stat.S_ISREG(status.st_mode) else None
