"""Symbolic links of a commit: where each one leads, and the files inside the commit that it represents.

Nothing outside the commit is ever opened: links are resolved with the list of files and the targets of other links.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Final

from validator.results import Tree

MAX_LINKS: Final = 500
"""How many links of a commit are followed; the others are only listed."""

MAX_TARGET: Final = 4096
"""The longest target of a link that is read, in bytes: no system accepts a longer one."""

MAX_BYTES: Final = 30_000_000
"""How many bytes are read through links in total: a thousand links to one large file must not cost a thousand reads."""

_MAX_HOPS: Final = 40
_MAX_STEPS: Final = 2_000


class Leads(StrEnum):
    """What a link leads to. Only files and folders are in the commit."""

    FILE = "a file"
    FOLDER = "a folder"
    SUBMODULE = "a submodule"
    OUTSIDE = "a place outside the repository"
    NOWHERE = "nothing"
    LOOP = "itself"
    UNKNOWN = "a place that was not resolved"


@dataclass(frozen=True)
class End:
    """Where a link ends: `path` is set for what is in the commit."""

    leads: Leads
    path: str = ""

    @property
    def is_here(self) -> bool:
        """True when the link leads to a file or folder of the commit."""
        return self.leads in (Leads.FILE, Leads.FOLDER)


def end_of(tree: Tree, path: str) -> End:
    """Return where a link of the commit leads, as the operating system would resolve it, in a bounded number of
    steps."""
    done: list[str] = []
    waiting = path.split("/")[::-1]
    hops = steps = 0
    while waiting:
        steps += 1
        name = waiting.pop()
        if steps > _MAX_STEPS or hops > _MAX_HOPS:
            return End(Leads.LOOP)
        if name in ("", "."):
            continue
        if name == "..":
            if not done:
                return End(Leads.OUTSIDE)
            done.pop()
            continue
        place = "/".join((*done, name))
        kind = tree.kind(place)
        if kind == "link":
            hops += 1
            target = tree.target(place)
            if target.startswith("/"):
                return End(Leads.OUTSIDE)
            if not target:
                return End(Leads.NOWHERE)
            waiting += target.split("/")[::-1]
        elif kind == "submodule":
            return End(Leads.SUBMODULE, place)
        elif kind is None or (kind == "file" and waiting):
            return End(Leads.NOWHERE)
        else:
            done.append(name)
    place = "/".join(done)
    return End(Leads.FILE if tree.kind(place) == "file" else Leads.FOLDER, place)


def ends(tree: Tree) -> Mapping[str, End]:
    """Return every link of the commit with its end, which is resolved for the first `MAX_LINKS`."""
    return {
        path: end_of(tree, path) if number < MAX_LINKS else End(Leads.UNKNOWN)
        for number, path in enumerate(tree.others("link"))
    }


def folder_at(tree: Tree, path: str) -> str | None:
    """Return the folder of the commit at a path, following links; None for the root and when there is none."""
    if tree.kind(path) != "link":
        return path if tree.kind(path) == "folder" else None
    end = end_of(tree, path)
    return end.path or None if end.leads is Leads.FOLDER else None


def told(path: str, end: End) -> str:
    """Return a sentence that says that a path is a link, and where it leads."""
    place = f"{end.path or 'the root'}, {end.leads} of this commit" if end.is_here else end.leads
    return f"{path} is a symbolic link to {place}."


def told_submodule(path: str) -> str:
    """Return a sentence that says that a path is a submodule."""
    return f"{path} is a submodule: its files are in another repository."


def told_instead(tree: Tree, *, fits: Callable[[str], bool]) -> str:
    """Return a sentence about a matching path that is not a readable file; empty when there is none."""
    for path in tree.others("link"):
        if fits(path):
            return told(path, end_of(tree, path))
    return next((told_submodule(path) for path in tree.others("submodule") if fits(path)), "")


class Followed:
    """A tree in which a link to a regular file of the same commit reads as that file, under the link's path.

    For checks that look up files by name. Checks that search the whole tree read each file at its own path.
    """

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self.commit, self.tree = tree.commit, tree.tree

    @cached_property
    def _files(self) -> Mapping[str, str]:
        found: dict[str, str] = {}
        room = MAX_BYTES
        for path, end in ends(self._tree).items():
            if end.leads is Leads.FILE and (room := room - self._tree.size(end.path)) >= 0:
                found[path] = end.path
        return found

    def paths(self) -> Sequence[str]:
        """Return the paths of all regular files, then those of the links to one."""
        return [*self._tree.paths(), *self._files]

    def size(self, path: str) -> int:
        """Return the size of a file in bytes; KeyError when there is none."""
        return self._tree.size(self._files.get(path, path))

    def read(self, path: str, limit: int | None = None) -> bytes:
        """Return a file's content, at most `limit` bytes of it; KeyError when there is none."""
        return self._tree.read(self._files.get(path, path), limit)

    def kind(self, path: str) -> str | None:
        """Return what is at a path: file (directly or through a link), folder, link, submodule, or None."""
        return "file" if path in self._files else self._tree.kind(path)

    def others(self, kind: str) -> Sequence[str]:
        """Return the paths of all entries of another kind."""
        return [path for path in self._tree.others(kind) if path not in self._files]

    def target(self, path: str) -> str:
        """Return the target of a link, or the commit of a submodule; KeyError when there is neither."""
        return self._tree.target(path)

    def folder(self) -> Path:
        """Return the copy of the regular files, without links."""
        return self._tree.folder()
