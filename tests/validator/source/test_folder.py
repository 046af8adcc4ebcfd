"""A folder as a tree: what is listed, what is not, and that the folder itself is never touched."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.validator.checks.conftest import write
from validator.source.folder import FolderTree

pytestmark = pytest.mark.security


def test_regular_files_are_listed_in_order_with_their_sizes(tmp_path: Path) -> None:
    tree = write(tmp_path, {"b.txt": "12345", "a/c.txt": "1", ".hidden/x": ""})

    assert list(tree.paths()) == [".hidden/x", "a/c.txt", "b.txt"]
    assert tree.size("b.txt") == 5
    assert (tree.read("b.txt"), tree.read("b.txt", 2)) == (b"12345", b"12")


def test_links_devices_and_git_itself_are_left_out(tmp_path: Path) -> None:
    write(tmp_path, {"a.txt": "1", "sub/.git/config": "x"})
    (tmp_path / "link.txt").symlink_to("/etc/passwd")
    (tmp_path / "folder").symlink_to("/etc")
    os.mkfifo(tmp_path / "pipe")

    tree = FolderTree(tmp_path)

    assert list(tree.paths()) == ["a.txt"]
    assert (tree.kind("a.txt"), tree.kind("link.txt"), tree.kind("sub"), tree.kind("no")) == (
        "file",
        "link",
        "folder",
        None,
    )


@pytest.mark.parametrize("path", ["link.txt", "../outside", "no.txt", "sub"])
def test_what_is_not_listed_cannot_be_read(tmp_path: Path, path: str) -> None:
    write(tmp_path / "root", {"sub/a.txt": "1"})
    (tmp_path / "outside").write_text("x")
    (tmp_path / "root" / "link.txt").symlink_to("/etc/passwd")
    tree = FolderTree(tmp_path / "root")

    with pytest.raises(KeyError):
        tree.read(path)
    with pytest.raises(KeyError):
        tree.size(path)


def test_work_tree_is_read_as_git_sees_it(tmp_path: Path) -> None:
    write(tmp_path, {".gitignore": "*.log\n", "a.txt": "", "new.txt": "", "x.log": "", "gone.txt": ""})
    for words in (["init", "-q"], ["add", "a.txt", "gone.txt"]):
        subprocess.run(["git", "-C", tmp_path, *words], check=True)
    (tmp_path / "gone.txt").unlink()

    assert list(FolderTree(tmp_path).paths()) == [".gitignore", "a.txt", "new.txt"]


def test_submodules_and_links_of_a_work_tree_are_known(tmp_path: Path) -> None:
    write(tmp_path, {"a.txt": "x", "sub/inner/b.txt": "x", "link": Path("a.txt"), "folder": Path("sub")})
    git = ["git", "-C", str(tmp_path)]
    subprocess.run([*git, "init", "-q"], check=True)
    subprocess.run([*git, "update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},sub/module"], check=True)
    subprocess.run(["git", "init", "-q", tmp_path / "sub" / "inner"], check=True)

    tree = FolderTree(tmp_path)

    assert (tree.others("link"), tree.others("submodule")) == (["folder", "link"], ["sub/inner", "sub/module"])
    assert [tree.kind(path) for path in ("folder", "sub/module", "sub")] == ["link", "submodule", "folder"]
    assert tree.target("link") == "a.txt"
    with pytest.raises(KeyError):
        tree.target("a.txt")


def test_configuration_of_the_folder_runs_nothing(tmp_path: Path) -> None:
    write(tmp_path, {"a.txt": ""})
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    command = f"touch {tmp_path / 'executed'}"
    subprocess.run(["git", "-C", tmp_path, "config", "core.fsmonitor", command], check=True)

    FolderTree(tmp_path)

    assert not (tmp_path / "executed").exists()


def test_copy_is_made_once_and_removed_and_the_folder_stays(tmp_path: Path) -> None:
    with write(tmp_path, {"a/b.txt": "1"}) as tree:
        copy = tree.folder()
        (copy / "a" / "b.txt").write_text("changed")
        assert tree.folder() == copy

    assert not copy.exists()
    assert (tmp_path / "a" / "b.txt").read_text() == "1"
