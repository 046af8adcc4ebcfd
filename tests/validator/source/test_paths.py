"""Paths: tests, examples, copies, and the folders of applications."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.validator.checks.conftest import specification, write
from validator.source import paths


@pytest.mark.parametrize(
    "path",
    [
        "app/test/a.js", "tests/a.py", "app/unit-tests/a.ts", "a.spec.ts", "src/a.test.tsx", "test_a.py", "conftest.py",
        "src/test/java/A.java", "ATest.php", "__mocks__/a.js", "e2e/a.js", "fixtures/a.json", "cypress/a.ts",
    ],
)  # fmt: skip
def test_test_file_is_known_by_its_name(path: str) -> None:
    assert paths.is_test(path)


@pytest.mark.parametrize(
    "path", ["src/a.ts", "contest/a.js", "latest.py", "src/testing.md", "attest.java", "spectrum.js"]
)
def test_other_file_is_no_test(path: str) -> None:
    assert not paths.is_test(path)


@pytest.mark.parametrize("path", ["docs/a.js", ".env.example", "config.sample.json", "README.md", "examples/a.py"])
def test_example_is_known_by_its_name(path: str) -> None:
    assert paths.is_example(path)
    assert not paths.is_example("src/docsify.ts")


@pytest.mark.parametrize(
    ("path", "vendored"), [("a/node_modules/b.js", True), ("vendor/a.php", True), ("vendors/a.js", False)]
)
def test_copies_of_packages_are_known_by_their_folder(path: str, vendored: bool) -> None:
    assert paths.is_vendored(path) is vendored


@pytest.mark.parametrize(
    ("path", "tooling"), [(".github/a.js", True), ("app/.github/a.js", False), (".githubx/a", False)]
)
def test_automation_lies_at_the_root_only(path: str, tooling: bool) -> None:
    assert paths.is_tooling(path) is tooling


def test_application_lies_in_the_folder_of_its_name(tmp_path: Path) -> None:
    tree = write(tmp_path, {"one/package.json": "{}", "two/package.json": "{}"})

    rows = paths.applications(tree, specification(("one", "service"), ("two", "event")))

    assert [(row.name, row.path) for row in rows] == [("one", "one"), ("two", "two")]


@pytest.mark.parametrize(
    ("files", "path"),
    [
        (["service/package.json"], "service"),
        (["service/package.json", "docs/index.html"], "service"),
        (["service/package.json", "other/pom.xml"], "app"),
        (["service/index.js"], "app"),
        (["tests/package.json"], "app"),
        (["app/x", "service/package.json"], "app"),
    ],
)
def test_folder_of_another_name_is_taken_only_when_nothing_else_is_left(
    tmp_path: Path, files: list[str], path: str
) -> None:
    tree = write(tmp_path, dict.fromkeys(files, "{}"))

    (row,) = paths.applications(tree, specification(("app", "service")))

    assert row.path == path


def test_owner_of_a_file_is_the_application_of_its_first_folder(tmp_path: Path) -> None:
    rows = paths.applications(write(tmp_path, {"app/x": ""}), specification(("app", "service")))

    assert paths.owner("app/deep/a.js", rows) == "app"
    assert paths.owner("application/a.js", rows) is None
    assert paths.owner("app", rows) is None
    assert paths.applications(write(tmp_path, {}), None) == ()
