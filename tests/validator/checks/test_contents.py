"""Contents: submodules, links and pointers are named; regular files are not."""

from __future__ import annotations

import time
from pathlib import PurePath

import pytest

from tests.validator.checks.conftest import POINTER, Run, only, rules, specification
from tests.validator.conftest import URL
from tests.validator.repositories import Repository, Row
from validator.checks.contents import check
from validator.results import CheckContext, EngineSettings, Outcome, Severity
from validator.source import git


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("b.ts", "service/b.ts, a file of this commit"),
        ("../shared", "shared, a folder of this commit"),
        ("../../../x.ts", "outside the repository"),
        ("/etc/hostname", "outside the repository"),
        ("nothing", "to nothing"),
        ("a.ts", "to itself"),
    ],
)
def test_link_is_a_warning_that_says_where_it_leads(run: Run, target: str, words: str) -> None:
    files = {"service/b.ts": "x", "shared/c.ts": "x", "service/a.ts": PurePath(target)}

    result = run(check, files, service="service")

    finding = only(result)
    assert (finding.rule, finding.severity, finding.path, finding.application) == (
        *("contents-link", Severity.WARNING, "service/a.ts", "service"),
    )
    assert words in finding.message
    assert result.outcome is Outcome.PASSED


@pytest.mark.parametrize("modules", [b"", b'[submodule "x"]\n\tpath = service/sdk\n\turl = https://example.com/a\n'])
def test_submodule_is_a_warning_with_and_without_gitmodules(
    repository: Repository, local: EngineSettings, modules: bytes
) -> None:
    inside = repository.folder(Row("160000", "1" * 40, b"sdk"))
    repository.release(
        extra=(Row("40000", inside, b"service"), Row("100644", repository.blob(modules), b".gitmodules"))
    )

    with git.checkout(URL, "1.0.0", settings=local) as tree:
        result = check.run(CheckContext(tree, specification(("service", "service")), local, time.monotonic() + 60))

    finding = only(result)
    assert (finding.rule, finding.severity, finding.path, finding.application) == (
        *("contents-submodule", Severity.WARNING, "service/sdk", "service"),
    )
    assert (".gitmodules does not say" in finding.message) is not bool(modules)


@pytest.mark.parametrize(
    "path", ["service/src/big.ts", "connect.yaml", "service/package-lock.json", "LICENSE", "README.md"]
)
def test_pointer_of_git_lfs_is_a_warning(run: Run, path: str) -> None:
    result = run(check, {path: POINTER}, service="service")

    assert (only(result).rule, only(result).path) == ("contents-lfs-pointer", path)
    assert "Git LFS" in only(result).message


def test_regular_files_are_silent(run: Run) -> None:
    assert (
        rules(run(check, {"a.md": f"```\n{POINTER}```\n", ".gitattributes": "*.bin filter=lfs\n", "a.bin": b"\0\1"}))
        == []
    )
