"""Fetching one tag: what is read, what is refused in which words, and that nothing stays or leaks."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from tests.processor import costs_at_most
from tests.root import ROOT
from tests.validator.conftest import URL
from tests.validator.repositories import FILES, GitServer, Repository, Row, answer, endless, hang
from validator.process import Finished, StoppedError
from validator.results import EngineSettings
from validator.source import git
from validator.source.fetch_errors import error_of
from validator.source.git import (
    FetchError,
    FetchFaultError,
    LimitExceededError,
    NotReachableError,
    TagMissingError,
    TagNotCommitError,
    UnsafeRepositoryError,
)

pytestmark = pytest.mark.security


def refusal(settings: EngineSettings, *, url: str = URL, tag: str = "1.0.0") -> FetchError:
    """Return the error of a checkout, and see that it says what to do, leaks nothing and leaves nothing."""
    with pytest.raises(FetchError) as caught, git.checkout(url, tag, settings=settings):
        pass
    error = caught.value
    assert error.message.endswith(".")
    assert error.fix.endswith(".")
    assert str(settings.checkout_dir) not in error.message
    assert not any(target in error.message + error.fix for target in settings.url_rewrites.values())
    assert leftovers(settings) == []
    return error


def leftovers(settings: EngineSettings) -> list[str]:
    return [path.name for path in settings.checkout_dir.iterdir()] if settings.checkout_dir.exists() else []


def test_a_tag_is_read_with_commit_tree_and_files(repository: Repository, remote: EngineSettings) -> None:
    commit = repository.release()

    with git.checkout(URL, "1.0.0", settings=remote) as tree:
        assert tree.commit == commit
        assert tree.tree == repository.git("rev-parse", f"{commit}^{{tree}}")
        assert sorted(tree.paths()) == sorted(FILES)
        assert {path: tree.read(path) for path in tree.paths()} == FILES
        assert tree.size("README.md") == len(FILES["README.md"])
        assert tree.read("README.md", 3) == b"# A"
        assert tree.read("connect.yaml") == FILES["connect.yaml"]

    assert leftovers(remote) == []


def test_what_is_no_regular_file_has_a_kind_and_no_content(repository: Repository, local: EngineSettings) -> None:
    repository.release(
        extra=(
            Row("120000", repository.blob(b"/etc/passwd"), b"link"),
            Row("160000", "1" * 40, b"module"),
        )
    )

    with git.checkout(URL, "1.0.0", settings=local) as tree:
        assert [tree.kind(path) for path in ("README.md", "service", "link", "module", "nothing")] == [
            *("file", "folder", "link", "submodule"),
            None,
        ]
        assert tree.others("link") == ["link"]
        for path in ("link", "module", "service", "nothing"):
            with pytest.raises(KeyError):
                tree.read(path)


def test_the_folder_is_a_copy_of_regular_files_only(repository: Repository, local: EngineSettings) -> None:
    repository.release(extra=(Row("120000", repository.blob(b"/etc"), b"etc"), Row("160000", "1" * 40, b"module")))

    with git.checkout(URL, "1.0.0", settings=local) as tree:
        folder = tree.folder()
        found = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir()}
        assert found == set(FILES)
        assert not any(path.is_symlink() for path in folder.rglob("*"))
        assert folder.stat().st_mode & 0o777 == 0o700
        assert tree.folder() == folder

    assert not folder.exists()


@pytest.mark.parametrize("depth", [1, 3])
def test_an_annotated_tag_is_peeled_to_its_commit(repository: Repository, local: EngineSettings, depth: int) -> None:
    commit = target = repository.release(name="plain")
    for number in range(depth):
        target = repository.annotate(target, f"inner{number}", kind="tag" if number else "commit")
    repository.tag(target)

    with git.checkout(URL, "1.0.0", settings=local) as tree:
        assert tree.commit == commit
    assert git.resolve(URL, "1.0.0", settings=local) == commit


def test_the_tag_wins_over_a_branch_of_its_name(repository: Repository, remote: EngineSettings) -> None:
    tagged = repository.release()
    repository.commit(repository.files({"other": b"x"}), branch="1.0.0")
    repository.git("update-ref", "refs/tags/refs/tags/1.0.0", repository.commit(repository.files({"third": b"x"})))

    with git.checkout(URL, "1.0.0", settings=remote) as tree:
        assert tree.commit == tagged
    assert git.resolve(URL, "1.0.0", settings=remote) == tagged


def test_a_branch_is_no_tag(repository: Repository, local: EngineSettings) -> None:
    repository.commit(repository.files(FILES), branch="1.0.0")

    assert isinstance(refusal(local), TagMissingError)


@pytest.mark.parametrize(
    "ref",
    [
        "refs/tags/refs/tags/1.0.0",
        "refs/heads/refs/tags/1.0.0",
        "refs/remotes/refs/tags/1.0.0",
        "refs/refs/tags/1.0.0",
        "refs/heads/1.0.0",
        "refs/tags/v/1.0.0",
    ],
)
def test_a_ref_that_git_would_take_for_the_tag_is_not_it(
    repository: Repository, remote: EngineSettings, ref: str
) -> None:
    repository.git("update-ref", ref, repository.commit(repository.files(FILES)))

    error = refusal(remote)

    assert isinstance(error, TagMissingError)
    with pytest.raises(TagMissingError):
        git.resolve(URL, "1.0.0", settings=remote)
    assert "1.0.0" not in [tag.name for tag in git.list_tags(URL, settings=remote)]


def test_a_tag_with_an_odd_name_is_fetched_by_its_whole_name(repository: Repository, remote: EngineSettings) -> None:
    commit = repository.release(name="refs/tags/1.0.0")

    with git.checkout(URL, "refs/tags/1.0.0", settings=remote) as tree:
        assert tree.commit == commit


@pytest.mark.parametrize("tag", ["9.9.9", "../heads/main", "-x"])
def test_a_tag_that_is_not_there_is_named_missing(repository: Repository, local: EngineSettings, tag: str) -> None:
    repository.release()

    error = refusal(local, tag=tag)

    assert isinstance(error, TagMissingError)
    assert "tag" in error.message.lower()


def test_an_empty_repository_has_no_tag(repository: Repository, remote: EngineSettings) -> None:
    assert isinstance(refusal(remote), TagMissingError)


def test_a_repository_that_lacks_an_object_is_called_damaged(repository: Repository, local: EngineSettings) -> None:
    repository.release()
    blob = repository.git("rev-parse", "1.0.0:README.md")
    (repository.path / "objects" / blob[:2] / blob[2:]).unlink()

    error = refusal(local)

    assert isinstance(error, UnsafeRepositoryError)
    assert "damaged" in error.message


@pytest.mark.parametrize("kind", ["blob", "tree"])
def test_a_tag_on_something_else_than_a_commit_is_refused(
    repository: Repository, local: EngineSettings, kind: str
) -> None:
    tree = repository.files(FILES)
    repository.commit(tree)
    repository.tag(tree if kind == "tree" else repository.blob(b"text"))

    assert isinstance(refusal(local), TagNotCommitError)


def test_a_repository_that_is_not_there_is_told_as_not_found(repository: Repository, remote: EngineSettings) -> None:
    error = refusal(remote, url="https://github.com/owner/other.git")

    assert isinstance(error, NotReachableError)
    assert "not found" in error.message


def test_an_address_of_another_host_is_never_contacted(local: EngineSettings) -> None:
    assert isinstance(refusal(local, url="https://evil.example/owner/name"), NotReachableError)


def test_a_file_that_is_too_large_is_named_with_both_sizes(repository: Repository, local: EngineSettings) -> None:
    repository.release({**FILES, "big.bin": b"x" * 3_000_000})

    error = refusal(replace(local, max_file_bytes=2_000_000))

    assert isinstance(error, LimitExceededError)
    assert all(part in error.message for part in ("big.bin", "3.0 MB", "2.0 MB"))


def test_the_sizes_of_all_files_are_limited_together(repository: Repository, local: EngineSettings) -> None:
    repository.release({**FILES, **{f"{n}.bin": bytes([n]) * 1_000_000 for n in range(3)}})

    assert isinstance(refusal(replace(local, max_tree_bytes=2_500_000)), LimitExceededError)


def test_the_number_of_files_is_limited(repository: Repository, local: EngineSettings) -> None:
    repository.release({**FILES, **{f"{n}.txt": b"x" for n in range(60)}})

    assert "too many files" in refusal(replace(local, max_files=50)).message


def test_a_few_objects_that_unfold_to_billions_of_files_cost_little(
    repository: Repository, local: EngineSettings
) -> None:
    node = repository.folder(Row("100644", repository.blob(b"x"), b"f"))
    for _ in range(9):
        node = repository.folder(*(Row("40000", node, b"d%d" % n) for n in range(10)))
    repository.release(extra=(Row("40000", node, b"bomb"),))

    with costs_at_most(10):
        assert isinstance(refusal(local), LimitExceededError)


def test_folders_that_hold_nothing_are_counted_too(repository: Repository, local: EngineSettings) -> None:
    node = repository.folder()
    for _ in range(6):
        node = repository.folder(*(Row("40000", node, b"d%d" % n) for n in range(10)))
    repository.release(extra=(Row("40000", node, b"bomb"),))

    assert isinstance(refusal(local), LimitExceededError)


def test_the_depth_of_folders_is_limited(repository: Repository, local: EngineSettings) -> None:
    node = repository.folder(Row("100644", repository.blob(b"x"), b"f"))
    for _ in range(300):
        node = repository.folder(Row("40000", node, b"deeper"))
    repository.release(extra=(Row("40000", node, b"deep"),))

    assert "too deep" in refusal(local).message


def test_a_fetch_that_never_ends_stops_at_its_limit_of_bytes(repository: Repository, remote: EngineSettings) -> None:
    repository.release({**FILES, "noise.bin": os.urandom(6_000_000)})

    error = refusal(replace(remote, max_fetch_bytes=2_000_000))

    assert isinstance(error, LimitExceededError)
    assert "2 MB" in error.message


@pytest.mark.parametrize("name", [b"..", b".", b".git", b".GIT", b"git~1", ".g\u200cit".encode()])
def test_a_name_that_leads_elsewhere_is_refused(repository: Repository, local: EngineSettings, name: bytes) -> None:
    inner = repository.folder(Row("100644", repository.blob(b"x"), b"f"))
    repository.release(extra=(Row("40000", inner, name),))

    assert isinstance(refusal(local), UnsafeRepositoryError)


def test_odd_names_are_shown_without_their_controls_and_stay_readable(
    repository: Repository, local: EngineSettings
) -> None:
    names = [b"-rf", b"a\nb.py", b"\x1b[2Jx", "\u202egpj.exe".encode(), b"\xff\xfe.py", b"x" * 255, b" ", b"$(id)"]
    names += ["Übersicht – 概要.md".encode(), b"\xff" * 255]
    repository.release(
        extra=tuple(Row("100644", repository.blob(b"%d" % n), name) for n, name in enumerate(names)),
    )

    with git.checkout(URL, "1.0.0", settings=local) as tree:
        paths = [path for path in tree.paths() if path not in FILES]
        assert len(paths) == len(names)
        assert all(path.isprintable() for path in paths)
        assert "Übersicht – 概要.md" in paths
        assert "\\xff\\xfe.py" in paths
        assert sorted(tree.read(path) for path in paths) == sorted(b"%d" % n for n in range(len(names)))
        folder = tree.folder()
        assert sorted((folder / path).read_bytes() for path in paths) == sorted(tree.read(path) for path in paths)


def test_nothing_that_a_commit_brings_is_obeyed(
    repository: Repository, server: GitServer, remote: EngineSettings, tmp_path: Path
) -> None:
    proof = tmp_path / "proof"
    modules = f'[submodule "m"]\n\tpath = m\n\turl = {server.url}elsewhere.git\n\tupdate = !touch {proof}\n'
    repository.release(
        {
            **FILES,
            ".gitmodules": modules.encode(),
            ".gitattributes": b"* filter=evil ident export-ignore\n*.js filter=lfs\n",
            ".lfsconfig": f"[lfs]\n\turl = {server.url}lfs\n".encode(),
            ".gitconfig": f'[filter "evil"]\n\tsmudge = touch {proof}\n'.encode(),
            "HEAD": b"ref: refs/heads/main\n",
            "config": f"[core]\n\tfsmonitor = touch {proof}\n\tbare = false\n\tworktree = .\n".encode(),
            "hooks/post-checkout": f"#!/bin/sh\ntouch {proof}\n".encode(),
        },
        extra=(Row("160000", "2" * 40, b"m"),),
    )

    try:
        with git.checkout(URL, "1.0.0", settings=remote) as tree:
            tree.folder()
            assert tree.read("service/index.js") == FILES["service/index.js"]
    except UnsafeRepositoryError:
        # Git refuses such a .gitmodules by itself from some version on; then nothing is read at all.
        pass

    assert not proof.exists()
    assert all(path.startswith("/owner/name.git/") for path in server.asked)


def test_a_redirect_is_not_followed(repository: Repository, server: GitServer, remote: EngineSettings) -> None:
    server.answers["/owner/name.git"] = answer(302, Location=f"{server.url}inside/latest")

    error = refusal(remote)

    assert isinstance(error, NotReachableError)
    assert not any(path.startswith("/inside") for path in server.asked)


@pytest.mark.parametrize(
    "given",
    [
        answer(401, WWW_Authenticate='Basic realm="Your password"'),
        answer(403),
        answer(404),
        answer(500),
        answer(200, b"<html>Welcome</html>", Content_Type="text/html"),
        answer(200, b"zzzz", Content_Type="application/x-git-upload-pack-advertisement"),
        answer(200, b"", Content_Type="application/x-git-upload-pack-advertisement"),
    ],
    ids=["password", "forbidden", "absent", "broken", "page", "nonsense", "nothing"],
)
def test_a_server_that_is_no_git_server_is_told_so_at_once(
    server: GitServer, remote: EngineSettings, given: object
) -> None:
    server.answers["/owner/name.git"] = given  # type: ignore[assignment]

    started = time.monotonic()

    refusal(remote)
    assert time.monotonic() - started < 10


def test_a_server_that_hangs_costs_the_time_of_a_fetch(server: GitServer, remote: EngineSettings) -> None:
    server.answers["/owner/name.git"] = hang

    started = time.monotonic()
    error = refusal(replace(remote, fetch_seconds=1.0))

    assert time.monotonic() - started < 5
    assert "timed out" in error.message


def test_a_list_of_refs_without_end_is_cut_off(server: GitServer, remote: EngineSettings) -> None:
    server.answers["/owner/name.git"] = endless

    assert isinstance(refusal(remote), LimitExceededError)
    with pytest.raises(LimitExceededError):
        git.list_tags(URL, settings=remote)


def test_a_stop_ends_the_fetch_within_a_moment(server: GitServer, remote: EngineSettings) -> None:
    server.answers["/owner/name.git"] = hang
    begun = time.monotonic()

    with (
        pytest.raises(StoppedError),
        git.checkout(URL, "1.0.0", settings=remote, stop=lambda: time.monotonic() > begun + 0.5),
    ):
        pass

    assert time.monotonic() - begun < 3
    assert leftovers(remote) == []


def test_a_server_without_git_is_a_fault_of_ours(local: EngineSettings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")

    assert isinstance(refusal(local), FetchFaultError)


def test_a_folder_that_cannot_be_made_is_a_fault_of_ours(
    repository: Repository, local: EngineSettings, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")

    with (
        pytest.raises(FetchFaultError),
        git.checkout(URL, "1.0.0", settings=replace(local, checkout_dir=tmp_path / "file" / "below")),
    ):
        pass


def test_tags_come_with_their_commits_and_the_newest_version_first(
    repository: Repository, remote: EngineSettings
) -> None:
    commit = repository.release(name="v1.9.0")
    for name in ("v1.10.0", "v2.0.0-rc.1", "v2.0.0-rc.10", "v2.0.0", "latest"):
        repository.tag(commit, name)
    repository.annotate(commit, "v0.1.0")

    tags = git.list_tags(URL, settings=remote)

    assert [tag.name for tag in tags] == [
        *("v2.0.0", "v2.0.0-rc.10", "v2.0.0-rc.1", "v1.10.0", "v1.9.0", "v0.1.0", "latest"),
    ]
    assert {tag.commit for tag in tags} == {commit}


def test_a_probe_tells_what_keeps_a_repository_from_being_read(repository: Repository, remote: EngineSettings) -> None:
    repository.release()

    good = git.probe(URL, settings=remote)
    bad = git.probe("https://github.com/owner/other", settings=remote)

    assert good.reachable
    assert [tag.name for tag in good.tags] == ["1.0.0"]
    assert not bad.reachable
    assert bad.problem.endswith(".")
    assert leftovers(remote) == []


def test_a_tag_that_moved_resolves_to_its_new_commit(repository: Repository, remote: EngineSettings) -> None:
    before = repository.release()
    after = repository.release({**FILES, "new.txt": b"x"})

    assert git.resolve(URL, "1.0.0", settings=remote) == after != before
    with pytest.raises(TagMissingError):
        git.resolve(URL, "2.0.0", settings=remote)


def test_a_repository_of_the_developer_is_read_by_tag_or_as_it_stands(
    repository: Repository, local: EngineSettings
) -> None:
    tagged = repository.release()
    head = repository.commit(repository.files({**FILES, "later.txt": b"x"}))

    with git.checkout_folder(repository.path, "1.0.0", settings=local) as tree:
        assert tree.commit == tagged
    with git.checkout_folder(repository.path, None, settings=local) as tree:
        assert tree.commit == head


def test_the_deploy_key_is_only_there_while_git_needs_it(
    repository: Repository, local: EngineSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository.release()
    programs = tmp_path / "programs"
    programs.mkdir()
    notes = tmp_path / "notes"
    # The outside world: an ssh that notes how it was called and then is the other side itself.
    (programs / "ssh").write_text(
        "#!/bin/sh\n"
        f'{{ for a; do echo "$a"; done; env; }} > {notes}\n'
        'for a; do case "$last" in -i) stat -c %a "$a"; cat "$a";; esac; last="$a"; done >> '
        f"{notes}\n"
        f"exec git -c safe.directory='*' upload-pack {repository.path}\n"
    )
    (programs / "ssh").chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("SECRET_KEY", "of-the-server")
    settings = replace(
        local,
        ssh_key="-----KEY-----\r\nabc\r\n",
        url_rewrites={"git@github.com:": "ssh://git@mirror.example/srv/"},
        # This other side reads a folder that no ssh would see.
        isolation="none",
    )

    with git.checkout("git@github.com:owner/name.git", "1.0.0", settings=settings) as tree:
        keys = list(tree.workspace.glob("key*"))
        assert tree.read("README.md") == FILES["README.md"]

    said = notes.read_text()
    assert keys == []
    assert "600\n-----KEY-----\nabc\n" in said
    for option in ("StrictHostKeyChecking=yes", "BatchMode=yes", "IdentitiesOnly=yes", "ProxyCommand=none"):
        assert option in said
    assert "of-the-server" not in said
    assert leftovers(settings) == []


def test_a_worker_that_was_killed_leaves_nothing_after_the_next_sweep(
    repository: Repository, local: EngineSettings, tmp_path: Path
) -> None:
    repository.release()
    script = (
        "import sys, time\nfrom pathlib import Path\nfrom validator.source import git\n"
        "from validator.results import EngineSettings\n"
        f"settings = EngineSettings(Path({str(local.checkout_dir)!r}), url_rewrites={dict(local.url_rewrites)!r})\n"
        f"with git.checkout({URL!r}, '1.0.0', settings=settings) as tree:\n"
        "    tree.folder()\n    print('ready', flush=True)\n    time.sleep(60)\n"
    )
    worker = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, cwd=ROOT)
    assert worker.stdout is not None
    assert worker.stdout.readline() == b"ready\n"
    held = leftovers(local)
    assert len(held) == 1
    assert git.sweep(local.checkout_dir) == 0

    worker.send_signal(signal.SIGKILL)
    worker.wait()
    worker.stdout.close()

    assert leftovers(local) == held
    assert git.sweep(local.checkout_dir) == 1
    assert leftovers(local) == []


@pytest.mark.parametrize(
    "said",
    [
        "fatal: write error: No space left on device\nfatal: fetch-pack: invalid index-pack output",
        "error: unable to write file: Disk quota exceeded",
    ],
)
def test_a_full_disk_is_our_fault_whatever_else_git_says(said: str) -> None:
    error = error_of(Finished(128, b"", said), ref="refs/tags/1.0.0")

    assert isinstance(error, FetchFaultError)
