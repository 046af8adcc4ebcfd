"""The kept files of validated commits."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from connectors.models import Snapshot, SourceText
from connectors.runs import snapshots

pytestmark = pytest.mark.django_db


class Folder:
    """A tree of files as the engine hands it over."""

    commit = "c" * 40

    def __init__(
        self,
        files: dict[str, bytes],
        tree: str = "a" * 40,
        *,
        links: dict[str, str] | None = None,
        submodules: dict[str, str] | None = None,
    ) -> None:
        self.tree, self._files = tree, files
        self._others = {"link": links or {}, "submodule": submodules or {}}

    def paths(self) -> list[str]:
        return list(self._files)

    def size(self, path: str) -> int:
        return len(self._files[path])

    def read(self, path: str, limit: int | None = None) -> bytes:
        return self._files[path][:limit]

    def kind(self, path: str) -> str | None:
        if path in self._files:
            return "file"
        folder = "folder" if any(file.startswith(f"{path}/") for file in self._files) else None
        return next((kind for kind, rows in self._others.items() if path in rows), folder)

    def others(self, kind: str) -> list[str]:
        return list(self._others[kind])

    def target(self, path: str) -> str:
        return {**self._others["link"], **self._others["submodule"]}[path]

    def folder(self) -> Path:
        raise NotImplementedError


def test_text_is_kept_and_read_again() -> None:
    snapshots.keep(Folder({"README.md": "Grüße\n".encode(), "src/a.js": b"let a\n"}))

    files = snapshots.files("a" * 40)

    assert files is not None
    assert list(files) == ["README.md", "src/a.js"]
    assert snapshots.text(files["README.md"]) == "Grüße\n"
    assert files["src/a.js"].digest == hashlib.sha256(b"let a\n").hexdigest()


def test_equal_content_is_stored_once() -> None:
    snapshots.keep(Folder({"a": b"same", "b": b"same"}))
    snapshots.keep(Folder({"c": b"same", "d": b"new"}, tree="b" * 40))

    assert SourceText.objects.count() == 2
    assert Snapshot.objects.count() == 2


def test_keeping_a_tree_again_changes_nothing() -> None:
    first = snapshots.keep(Folder({"a": b"1"}))
    again = snapshots.keep(Folder({"a": b"other"}))

    assert first == again


@pytest.mark.parametrize(
    "content", [b"\x89PNG\r\n\x00\x00", bytes(range(128, 256)) * 10, b"x" * (snapshots.MAX_FILE + 1)]
)
def test_what_is_no_text_or_too_large_is_named_but_not_kept(content: bytes) -> None:
    snapshots.keep(Folder({"file": content}))

    files = snapshots.files("a" * 40)

    assert files is not None
    assert (files["file"].kept, files["file"].size) == (False, len(content))
    assert snapshots.text(files["file"]) is None
    assert not SourceText.objects.exists()


def test_a_tree_that_was_not_kept_is_none() -> None:
    assert snapshots.files("d" * 40) is None
    assert snapshots.files("") is None
    assert snapshots.keep(Folder({"a": b"1"}, tree="")) is None


def test_texts_without_a_snapshot_are_unused() -> None:
    kept = snapshots.keep(Folder({"a": b"one", "b": b"two"}))
    assert kept is not None
    assert list(snapshots.unused()) == []

    kept.delete()

    assert len(list(snapshots.unused())) == 2


def test_five_thousand_files_are_kept_in_batches() -> None:
    snapshots.keep(Folder({f"src/{n}.js": f"let n = {n}\n".encode() for n in range(5000)}))

    files = snapshots.files("a" * 40)

    assert files is not None
    assert len(files) == 5000
    assert snapshots.text(files["src/4999.js"]) == "let n = 4999\n"


def test_links_and_submodules_are_kept_with_what_they_are() -> None:
    snapshots.keep(Folder({"docs/a": b"text"}, links={"a": "docs/a", "out": "../x"}, submodules={"sdk": "1" * 40}))

    files = snapshots.files("a" * 40)

    assert files is not None
    assert {path: (file.note, snapshots.text(file)) for path, file in files.items()} == {
        "docs/a": ("", "text"),
        "a": ("symbolic link to docs/a", "text"),
        "out": ("symbolic link to ../x", "symbolic link to ../x"),
        "sdk": (f"submodule at commit {'1' * 40}", f"submodule at commit {'1' * 40}"),
    }
    assert list(snapshots.unused()) == []
