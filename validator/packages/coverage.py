"""Find the lock files that cover a manifest: those next to it, and those of the workspace that it belongs to."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

from validator.packages.files import Files, above, folder
from validator.packages.lockfiles import composer_lock, toml_lock
from validator.packages.lockfiles.parsing import json_object, text
from validator.packages.package import LockfileError

NODE = ("package-lock.json", "npm-shrinkwrap.json", "yarn.lock", "pnpm-lock.yaml", "pnpm-lock.yml", "bun.lock")
BINARY = "bun.lockb"
MAX_MEMBERS = 500
"""How many member patterns of one workspace are read."""

_PYTHON = re.compile(r"(poetry|uv|pdm)\.lock|pylock(\.[\w-]+)?\.toml|Pipfile\.lock")
# The list `packages` of pnpm-workspace.yaml in flow or block style, and one row of it.
_MEMBERS = re.compile(r"^packages:[ \t]*(\[[^\]]*\]|(?:\r?\n(?:[ \t]*[-#][^\n]*|[ \t\r]*(?=\n)))*)", re.MULTILINE)
_MEMBER = re.compile(r"""(?:^[ \t]*-|[\[,])[ \t\r\n]*(?:"([^"\n]*)"|'([^'\n]*)'|([^\s,'"\]#]+))""", re.MULTILINE)


class Coverage:
    """Answers for the manifests of one repository."""

    def __init__(self, files: Files) -> None:
        self._files = files
        self._found: dict[str, list[str]] = {}
        self._objects: dict[str, Mapping[str, Any]] = {}
        self._texts: dict[str, str] = {}
        self._names: dict[str, frozenset[str]] = {}

    def of_package_json(self, path: str) -> list[str]:
        """Return the lock files of the folder, or of the nearest workspace above it to which the folder belongs."""
        if path not in self._found:
            self._found[path] = self._of_package_json(path)
        return self._found[path]

    def of_python(self, path: str) -> list[str]:
        """Return the lock files of the folder, and a uv.lock above it that names the folder as a member."""
        place = folder(path)
        found = [name for name in self._files.beside(path) if _PYTHON.fullmatch(name[len(place) :])]
        for higher in above(path):
            lock = f"{higher}uv.lock"
            if higher != place and lock in self._files.paths and place[len(higher) : -1] in self._own(lock).values():
                found.append(lock)
        return found

    def names_without_package(self, locks: Iterable[str]) -> frozenset[str]:
        """Return the names that need no package in these lock files: the repository's own projects, and names that
        other packages provide."""
        return frozenset().union(*(self._names_of(lock) for lock in locks))

    def has_overrides(self, locks: Iterable[str]) -> bool:
        """Return whether the root of a workspace decides versions for all its members."""
        roots = {folder(lock) for lock in locks}
        return any(
            "overrides:" in self._text(f"{root}pnpm-workspace.yaml")
            or any(key in self._object(f"{root}package.json") for key in ("overrides", "resolutions", "pnpm"))
            for root in roots
        )

    def _of_package_json(self, path: str) -> list[str]:
        for place in above(path):
            present = [f"{place}{name}" for name in (*NODE, BINARY) if f"{place}{name}" in self._files.paths]
            member = folder(path)[len(place) :].rstrip("/")
            if present and (not member or self._is_member(member, place, present)):
                return present
        return []

    def _is_member(self, member: str, place: str, locks: Sequence[str]) -> bool:
        """Return whether a folder is a member: its root's manifest says so, or the lock file itself."""
        workspaces = self._object(f"{place}package.json").get("workspaces")
        if isinstance(workspaces, dict):
            workspaces = workspaces.get("packages")
        patterns = [row for row in workspaces if isinstance(row, str)] if isinstance(workspaces, list) else []
        listed = _MEMBERS.search(self._text(f"{place}pnpm-workspace.yaml"))
        patterns += ["".join(row) for row in _MEMBER.findall(listed[1])] if listed else []
        return _matches(member, patterns) or any(self._lists(lock, member) for lock in locks)

    def _lists(self, lock: str, member: str) -> bool:
        """Return whether a lock file names a folder as a member of its workspace."""
        name = lock.rpartition("/")[2]
        if name.endswith(".json"):
            packages = self._object(lock).get("packages")
            return isinstance(packages, dict) and isinstance(packages.get(member), dict)
        content, word = self._text(lock), re.escape(member)
        if name.startswith("pnpm-lock"):
            return re.search(rf"^  ['\"]?{word}['\"]?:", content.partition("\npackages:")[0], re.MULTILINE) is not None
        if name == "bun.lock":
            return re.search(rf'"{word}"\s*:\s*\{{', content.partition('"packages"')[0]) is not None
        return f'@workspace:{member}"' in content

    def _names_of(self, lock: str) -> frozenset[str]:
        if lock not in self._names:
            name = lock.rpartition("/")[2]
            if name in (*NODE, BINARY):
                members = [
                    path
                    for path in self._files.named("package.json")
                    if path.startswith(folder(lock)) and lock in self.of_package_json(path)
                ]
                self._names[lock] = frozenset(str(self._object(path).get("name", "")) for path in members)
            elif name == "composer.lock":
                self._names[lock] = composer_lock.provided(self._files.lock(lock))
            else:
                self._names[lock] = frozenset(self._own(lock))
        return self._names[lock]

    def _own(self, lock: str) -> Mapping[str, str]:
        try:
            return toml_lock.own(self._files.lock(lock)) if lock.endswith((".lock", ".toml")) else {}
        except LockfileError:
            return {}

    def _object(self, path: str) -> Mapping[str, Any]:
        """Return the JSON object in a file, or an empty one when there is none."""
        if path not in self._objects:
            try:
                self._objects[path] = json_object(self._files.lock(path)) if path in self._files.paths else {}
            except LockfileError:
                self._objects[path] = {}
        return self._objects[path]

    def _text(self, path: str) -> str:
        if path not in self._texts:
            try:
                self._texts[path] = text(self._files.lock(path)) if path in self._files.paths else ""
            except LockfileError:
                self._texts[path] = ""
        return self._texts[path]


def _matches(member: str, patterns: Sequence[str]) -> bool:
    found = False
    for pattern in patterns[:MAX_MEMBERS]:
        plain = pattern.removeprefix("!").removeprefix("./").rstrip("/")[:200]
        if fnmatchcase(member, plain) or fnmatchcase(member, plain.replace("**/", "")):
            found = not pattern.startswith("!")
    return found
