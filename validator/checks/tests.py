"""The check that each application has tests."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import replace

from validator.checks.applications import manifest
from validator.findings import conclude, in_time
from validator.results import (
    Application,
    CheckContext,
    CheckResult,
    Finding,
    Level,
    Outcome,
    Rule,
    Severity,
    Tree,
)
from validator.source import links, paths

MAX_TEST = 1_000_000

MISSING = Rule(
    "tests-missing",
    "Application without tests",
    Severity.ERROR,
    "Without tests, nobody can change the connector later and know that it still works.",
    "Add unit or integration tests for what the application does with its inputs.",
)
EMPTY = Rule(
    "tests-empty",
    "Test files without tests",
    Severity.ERROR,
    "A file that is named like a test but contains none proves nothing.",
    "Write tests in the files, or delete them.",
)
NO_SCRIPT = Rule(
    "tests-script-missing",
    "No way to run the tests",
    Severity.WARNING,
    "Reviewers and automation start the tests of a JavaScript application with npm test.",
    'Add "test" to the scripts of package.json.',
)

# By language: the names of test files, and the pattern of a test in them.
_LANGUAGES = (
    (
        re.compile(r"((^|/)__tests__/.*|[._-](test|spec|tests|cy|e2e)|(^|/)(tests?|specs?|e2e|cypress)/.*)\.(m|c)?[jt]sx?$|(^|/)test\.[jt]s$"),
        re.compile(rb"\b(it|test|suite|describe|specify|Deno\.test)\s*(\.\w+\s*)*[(`]|\.(skip|only|each)\("),
    ),
    (
        re.compile(r"(^|/)(test_[^/]*|[^/]*_test|tests?)\.py$|(^|/)tests?/.*\.py$"),
        re.compile(rb"^\s*(async\s+)?def\s+test|class\s+\w+\(.*TestCase", re.MULTILINE),
    ),
    (
        re.compile(r"(^|/)src/(test|it|integrationTest)/.*\.(java|kt|groovy)$|(Tests?|IT|Spec)\.(java|kt|groovy)$"),
        re.compile(rb"@(Test|ParameterizedTest|RepeatedTest|Property)\b|extends\s+(TestCase|Specification)|def\s+\"|fun\s+`"),
    ),
    (
        re.compile(r"(Test|Cest|Spec)\.php$|(^|/)tests?/.*\.php$|\.phpt$"),
        re.compile(rb"function\s+test|@test\b|#\[Test\]|\b(it|test)\s*\(\s*['\"]|--TEST--|function\s+\w+\(\w*\s*\$I\b"),
    ),
)  # fmt: skip


class TestsCheck:
    """Look for unit or integration tests of each application.

    What: Each application of connect.yaml has at least one file that is named like a test in its language, with a test
    in it: Jest, Vitest, Mocha, Node's runner, Cypress or Playwright; pytest or unittest; JUnit or Spock; PHPUnit, Pest
    or Codeception. Tests of an application may also be in a folder of its name below `test`, `tests` or `e2e` at the
    root. The tests are not run. A package.json without a test script is a warning. Applications of type `assets` need
    none.

    Why: A connector lives for years while the platform and its packages change. Tests show its developers what broke.

    Fix: Start with the messages and requests that the application accepts, and with what it does when they are invalid.

    Level: Needed to certify; otherwise the findings are advice.
    """

    id = "tests"
    title = "Tests"
    level = Level.REQUIRED
    certification_only = True
    seconds = 30.0
    rules: tuple[Rule, ...] = (MISSING, EMPTY, NO_SCRIPT)

    def run(self, context: CheckContext) -> CheckResult:
        """Check the files of each application that exists; the applications check reports missing folders."""
        if context.specification is None:
            detail = "The applications are not known because connect.yaml is not valid."
            return CheckResult(self.id, self.level, Outcome.DID_NOT_RUN, detail=detail)
        return conclude(self, self._search(context))

    def _search(self, context: CheckContext) -> Iterator[Finding]:
        deadline = min(context.deadline, time.monotonic() + self.seconds)
        tree = links.Followed(context.tree)
        present = paths.folders(context.tree)
        for declared in paths.applications(context.tree, context.specification):
            in_time(deadline)
            home = declared.path if declared.path in present else links.folder_at(context.tree, declared.path)
            if declared.type == "assets" or home is None:
                continue
            row = replace(declared, path=home)
            named = [(path, shape) for path in _files(tree, row) for shape in _shapes(path)]
            if not named:
                yield MISSING.finding(
                    f"The application {row.name} has no test files.", application=row.name, path=f"{row.path}/"
                )
            elif not any(shape.search(tree.read(path, MAX_TEST)) for path, shape in named):
                yield EMPTY.finding(
                    f"The test files of {row.name} contain no tests.", application=row.name, path=named[0][0]
                )
            else:
                yield from _script(tree, row)


def _files(tree: Tree, row: Application) -> list[str]:
    elsewhere = tuple(f"{folder}/{row.name}/" for folder in ("test", "tests", "e2e", "integration-tests"))
    return [
        path
        for path in tree.paths()
        if (path.startswith(f"{row.path}/") or path.startswith(elsewhere)) and not paths.is_vendored(path)
    ]


def _shapes(path: str) -> list[re.Pattern[bytes]]:
    return [shape for name, shape in _LANGUAGES if name.search(path)]


def _script(tree: Tree, row: Application) -> Iterator[Finding]:
    path = f"{row.path}/package.json"
    if path not in frozenset(tree.paths()):
        return
    scripts = (manifest(tree, path) or {}).get("scripts")
    names = [name for name in scripts if name.startswith("test")] if isinstance(scripts, dict) else []
    if not names:
        yield NO_SCRIPT.finding(f"{path} has no test script.", application=row.name, path=path)


check = TestsCheck()
