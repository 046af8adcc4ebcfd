"""The files of a repository that manifests refer to: never outside the repository, never too large."""

from __future__ import annotations

import posixpath
from collections import defaultdict
from collections.abc import Iterator, Sequence

from validator.packages.package import MAX_BYTES, MAX_MANIFEST, LockfileError
from validator.results import Tree
from validator.source import lfs
from validator.source.paths import is_vendored


class Files:
    """The part of a tree that readers of manifests use."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self.paths = frozenset(tree.paths())
        self._by_folder: dict[str, list[str]] = defaultdict(list)
        self._by_name: dict[str, list[str]] = {}
        for path in sorted(self.paths):
            self._by_folder[folder(path)].append(path)

    def beside(self, path: str) -> Sequence[str]:
        """Return the files of the folder in which a file is, including the file itself."""
        return self._by_folder.get(folder(path), ())

    def named(self, name: str) -> Sequence[str]:
        """Return the files of that name, except in folders for third-party packages."""
        if name not in self._by_name:
            end = f"/{name}"
            paths = sorted(path for path in self.paths if path == name or path.endswith(end))
            self._by_name[name] = [path for path in paths if not is_vendored(path)]
        return self._by_name[name]

    def read(self, path: str, *, most: int = MAX_MANIFEST) -> bytes:
        """Return a file's content.

        Raises LockfileError when it is larger than `most` or a Git LFS pointer, KeyError when there is none.
        """
        if self._tree.size(path) > most:
            raise LockfileError(f"The file has more than {most / 1_000_000:g} MB.")
        data = self._tree.read(path)
        if lfs.is_pointer(data):
            raise LockfileError(lfs.told(path))
        return data

    def lock(self, path: str) -> bytes:
        """Return the content of a lock file, which may be larger than handwritten files."""
        return self.read(path, most=MAX_BYTES)

    def at(self, path: str, target: str) -> str | None:
        """Return the path that `target` in the file `path` refers to, or None when there is no such file."""
        found = join(path, target)
        return found if found in self.paths else None


def join(path: str, target: str) -> str | None:
    """Return the path that `target` refers to from the folder of `path`; None outside the repository."""
    if target.startswith("/") or "\0" in target or len(target) > 1_000:
        return None
    found = posixpath.normpath(posixpath.join(posixpath.dirname(path), target.replace("\\", "/")))
    return None if found == ".." or found.startswith("../") else "" if found == "." else found


def folder(path: str) -> str:
    """Return the folder of a file with a trailing slash, or an empty string for the root."""
    parent = posixpath.dirname(path)
    return f"{parent}/" if parent else ""


def above(path: str) -> Iterator[str]:
    """Yield the folder of a file and those above it, each with a trailing slash, the root as an empty string."""
    current = folder(path)
    while current:
        yield current
        current = folder(current[:-1])
    yield ""
