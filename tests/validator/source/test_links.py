"""Symbolic links: where they lead inside a commit, and that nothing outside of it is ever opened."""

from __future__ import annotations

from pathlib import Path, PurePath

import pytest

from tests.validator.checks.conftest import write
from tests.validator.conftest import URL
from tests.validator.repositories import Repository, Row
from validator.results import EngineSettings
from validator.source import git, links
from validator.source.links import Followed, Leads, end_of, ends

pytestmark = pytest.mark.security

CASES = [
    ("docs/README.md", Leads.FILE, "docs/README.md"),
    ("./docs//../docs/README.md", Leads.FILE, "docs/README.md"),
    ("docs", Leads.FOLDER, "docs"),
    (".", Leads.FOLDER, ""),
    ("chain/a", Leads.FILE, "docs/README.md"),
    ("linked-docs/README.md", Leads.FILE, "docs/README.md"),
    ("docs/README.md/x", Leads.NOWHERE, ""),
    ("nothing", Leads.NOWHERE, ""),
    ("../outside", Leads.OUTSIDE, ""),
    ("docs/../../outside", Leads.OUTSIDE, ""),
    ("/etc/hostname", Leads.OUTSIDE, ""),
    ("link", Leads.LOOP, ""),
    ("loop/a", Leads.LOOP, ""),
    ("docs/../" * 500 + "docs/README.md", Leads.FILE, "docs/README.md"),
]
FILES: dict[str, str | bytes | PurePath] = {
    "docs/README.md": "text",
    "linked-docs": PurePath("docs"),
    "chain/a": PurePath("b"),
    "chain/b": PurePath("../docs/README.md"),
    "loop/a": PurePath("b"),
    "loop/b": PurePath("a"),
}


@pytest.mark.parametrize(("target", "leads", "path"), CASES)
def test_a_link_is_followed_through_the_list_of_files(tmp_path: Path, target: str, leads: Leads, path: str) -> None:
    (tmp_path / "outside").write_text("secret")
    tree = write(tmp_path / "root", {**FILES, "link": PurePath(target)})

    assert end_of(tree, "link") == links.End(leads, path)


def test_links_of_a_commit_are_followed_in_the_object_store(repository: Repository, local: EngineSettings) -> None:
    rows = {
        b"inside": b"service/index.js",
        b"outside": b"../x",
        b"absolute": b"/etc/passwd",
        b"loop": b"loop",
        b"huge": b"x/" * 5000,
        b"folder": b"service",
    }
    repository.release(extra=tuple(Row("120000", repository.blob(text), name) for name, text in rows.items()))

    with git.checkout(URL, "1.0.0", settings=local) as tree:
        found = {path: end.leads for path, end in ends(tree).items()}
        followed = Followed(tree)
        assert followed.read("inside") == tree.read("service/index.js")
        assert followed.kind("inside") == "file"
        assert set(followed.paths()) - set(tree.paths()) == {"inside"}
        assert followed.others("link") == ["absolute", "folder", "huge", "loop", "outside"]
        with pytest.raises(KeyError):
            followed.read("absolute")

    assert found == {
        "inside": Leads.FILE,
        "outside": Leads.OUTSIDE,
        "absolute": Leads.OUTSIDE,
        "loop": Leads.LOOP,
        "huge": Leads.NOWHERE,
        "folder": Leads.FOLDER,
    }


def test_many_links_are_named_and_not_followed(tmp_path: Path) -> None:
    tree = write(tmp_path, {"a": "x", **{f"link-{n:04}": PurePath("a") for n in range(links.MAX_LINKS + 2)}})

    assert [end.leads for end in ends(tree).values()] == [Leads.FILE] * links.MAX_LINKS + [Leads.UNKNOWN] * 2


def test_many_links_to_a_large_file_are_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(links, "MAX_BYTES", 25)
    tree = write(tmp_path, {"a": "x" * 10, **{f"link-{n}": PurePath("a") for n in range(4)}})

    assert list(Followed(tree).paths()) == ["a", "link-0", "link-1"]
