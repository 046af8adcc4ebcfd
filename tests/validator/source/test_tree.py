"""The list of files and the reading of objects, where Git or a repository says something odd."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.validator.conftest import URL
from tests.validator.repositories import FILES, Repository
from validator.process import DeadlinePassedError, ProcessError
from validator.results import EngineSettings
from validator.source import git, tree
from validator.source.tree import Blob, Listing, TreeRefusedError

SETTINGS = EngineSettings(Path("/nonexistent"))
OID = b"1" * 40


def listed(*rows: bytes) -> Listing:
    return tree.list_files(iter(rows), settings=SETTINGS)


def test_rows_become_files_and_other_entries() -> None:
    found = listed(
        b"100644 blob " + OID + b"      12\ta.txt",
        b"100755 blob " + OID + b"       3\tdo.sh",
        b"040000 tree " + OID + b"       -\tfolder",
        b"120000 blob " + OID + b"       4\tlink",
        b"160000 commit " + OID + b"       -\tmodule",
    )

    assert {path: blob.size for path, blob in found.files.items()} == {"a.txt": 12, "do.sh": 3}
    assert found.others == {"folder": "folder", "link": "link", "module": "submodule"}
    assert found.links == {"link": Blob("link", "1" * 40, 4), "module": Blob("module", "1" * 40, 0)}
    assert found.bytes == 15


@pytest.mark.parametrize(
    "row", [b"", b"100644 blob", b"100644 blob " + OID + b" 1\t", b"100644 blob " + OID + b" -\ta"]
)
def test_a_damaged_row_is_refused(row: bytes) -> None:
    with pytest.raises(TreeRefusedError):
        listed(row)


def test_two_entries_that_look_the_same_keep_apart() -> None:
    found = listed(
        b"100644 blob " + OID + b" 1\ta\x01b",
        b"100644 blob " + b"2" * 40 + b" 1\ta\\u0001b",
    )

    assert list(found.files) == ["a\\u0001b", "a\\u0001b~222222222222"]


def test_a_name_that_is_too_long_for_a_file_system_is_shortened_and_stays_unique() -> None:
    found = listed(*(b"100644 blob " + OID + b" 1\t" + b"\xff" * 200 + b"%d" % n for n in range(2)))

    assert len(found.files) == 2
    assert all(len(path.encode()) <= 255 for path in found.files)


@pytest.mark.parametrize("name", ["a.ts", "a\u202eb", "a\u200b0cafe", "\U000e00619", "\u0001\u2028", "gr\u00f6\u00dfe"])
def test_the_characters_behind_escapes_can_be_told(name: str) -> None:
    assert tree.unescaped(tree.shown_name(name.encode())) == name


@pytest.mark.parametrize("path", ["a\\xff", "a\\uzzzz", "a\\Uffffffff", "a\\"])
def test_what_is_no_escape_of_a_character_stays(path: str) -> None:
    assert tree.unescaped(path) == path


def test_rows_are_split_wherever_the_stream_is_cut() -> None:
    def chunks() -> Iterator[bytes]:
        yield from (b"on", b"e\0tw", b"o\0", b"three\0")

    assert list(tree.rows_of(chunks())) == [b"one", b"two", b"three"]


def test_a_row_that_does_not_end_is_refused() -> None:
    with pytest.raises(TreeRefusedError):
        list(tree.rows_of(iter([b"x" * 600_000] * 3)))


def test_an_object_that_is_not_what_was_listed_is_not_given_out(repository: Repository, local: EngineSettings) -> None:
    repository.release()

    with git.checkout(URL, "1.0.0", settings=local) as found:
        blob = found.listing.files["README.md"]
        found.listing.files["README.md"] = Blob(blob.path, blob.oid, blob.size + 1)
        found.listing.files["connect.yaml"] = Blob("connect.yaml", "0" * 40, 5)
        for path in ("README.md", "connect.yaml"):
            with pytest.raises(ProcessError):
                found.read(path)

        assert found.read("service/index.js") == FILES["service/index.js"]


def test_reading_after_the_deadline_fails_and_gives_nothing(repository: Repository, local: EngineSettings) -> None:
    repository.release()

    with git.checkout(URL, "1.0.0", settings=local) as found:
        reopened = git.reopen(
            found.workspace,
            commit=found.commit,
            tree=found.tree,
            listing=found.listing,
            deadline=0.0,
            settings=local,
        )
        with reopened as late, pytest.raises(DeadlinePassedError):
            late.read("README.md")


def test_a_large_file_is_read_in_part_and_the_next_one_whole(repository: Repository, local: EngineSettings) -> None:
    large = bytes(range(256)) * 20_000
    repository.release({**FILES, "large.bin": large})

    with git.checkout(URL, "1.0.0", settings=local) as found:
        assert found.read("large.bin", 1000) == large[:1000]
        assert found.read("large.bin", 0) == b""
        assert found.read("README.md") == FILES["README.md"]
        assert found.read("large.bin") == large
