"""Tests: what counts as a test in each language, and what only looks like one."""

from __future__ import annotations

from pathlib import PurePath

import pytest

from tests.validator.checks.conftest import Run, only, rules
from validator.checks.tests import check
from validator.results import Outcome


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("app/src/a.spec.ts", "describe('a', () => { it('works', () => {}) })"),
        ("app/src/a.test.jsx", "test.each([1])('works', () => {})"),
        ("app/__tests__/a.js", "it(`works`, done => {})"),
        ("app/test/unit/a.mjs", "import test from 'node:test'\ntest('a', () => {})"),
        ("app/tests/test_a.py", "def test_a():\n    pass\n"),
        ("app/a_test.py", "class A(unittest.TestCase):\n    def test_a(self): pass\n"),
        ("app/tests/unit/cases.py", "    async def test_a(self): pass\n"),
        ("app/src/test/java/ATest.java", "@Test\nvoid a() {}"),
        ("app/src/test/groovy/ASpec.groovy", "class ASpec extends Specification {}"),
        ("app/tests/ATest.php", "public function testA() {}"),
        ("app/tests/Unit/a.php", "it('works', function () {});"),
        ("tests/app/a.spec.ts", "it('works', () => {})"),
    ],
)
def test_application_with_a_test_passes(run: Run, path: str, content: str) -> None:
    result = run(check, {"app/main.x": "", path: content}, app="service")

    assert (result.findings, result.outcome) == ((), Outcome.PASSED)


@pytest.mark.parametrize(
    "path", ["app/src/a.ts", "app/contest.js", "app/latest.py", "app/node_modules/x/a.test.js", "other/a.test.js"]
)
def test_application_without_test_files_fails(run: Run, path: str) -> None:
    result = run(check, {"app/main.x": "", path: "it('works', () => {})"}, app="service")

    assert (only(result).rule, only(result).application, result.outcome) == ("tests-missing", "app", Outcome.FAILED)


@pytest.mark.parametrize("content", ["", "// later\n", "export const item = 1;", "const visit = (x) => x;"])
def test_test_file_without_a_test_fails(run: Run, content: str) -> None:
    result = run(check, {"app/a.test.ts": content}, app="service")

    assert (only(result).rule, result.outcome) == ("tests-empty", Outcome.FAILED)


def test_each_application_needs_its_own(run: Run) -> None:
    result = run(check, {"one/a.test.js": "it('a', f)", "two/a.js": ""}, one="service", two="event")

    assert only(result).application == "two"


def test_package_without_test_script_warns(run: Run) -> None:
    files = {"app/a.test.js": "it('a', f)", "app/package.json": '{"scripts": {"start": "node ."}}'}

    result = run(check, files, app="service")

    assert (rules(result), result.outcome) == (["tests-script-missing"], Outcome.PASSED)


def test_package_with_test_script_stays_silent(run: Run) -> None:
    files = {"app/a.test.js": "it('a', f)", "app/package.json": '{"scripts": {"test:unit": "jest"}}'}

    assert rules(run(check, files, app="service")) == []


def test_assets_and_missing_folders_are_left_to_others(run: Run) -> None:
    assert rules(run(check, {"web/index.html": ""}, web="assets", gone="service")) == []


def test_without_a_valid_specification_it_did_not_run(run: Run) -> None:
    assert run(check, {"app/a.js": ""}, valid=False).outcome is Outcome.DID_NOT_RUN


def test_test_file_that_is_a_link_inside_the_repository_counts(run: Run) -> None:
    files = {
        "service/package.json": '{"scripts": {"test": "node --test"}}',
        "service/a.test.js": PurePath("../shared/a.test.js"),
        "shared/a.test.js": "test('a', () => {});",
    }

    assert rules(run(check, files, service="service")) == []


@pytest.mark.parametrize(("name", "found"), [("a.test.js", []), ("a.js", ["tests-missing"])])
def test_application_behind_a_link_needs_tests_too(run: Run, name: str, found: list[str]) -> None:
    files = {
        "app": PurePath("packages/app"),
        "packages/app/package.json": '{"scripts": {"test": "node --test"}}',
        f"packages/app/{name}": "test('a', () => {});",
    }

    assert rules(run(check, files, app="service")) == found
