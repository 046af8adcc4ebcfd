"""docs/checks.md, made from the checks themselves: `python -m validator.report.checks_page > docs/checks.md`."""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from validator import findings, steps
from validator.checks import CHECKS
from validator.checks.scanner import ScannerCheck
from validator.checks.static_analysis import MAX_SOURCE
from validator.knowledge import code_rules
from validator.packages import parsers
from validator.results import Check, EngineSettings, Rule

SPECIFICATION = """Read connect.yaml.

What: A regular file connect.yaml at the root that follows the specification: applications, their types, endpoints,
schedules, configuration keys, and the scopes of the API client. All problems are told at once, each with line, column,
path in the file, what is expected and how to correct it. Aliases and repeated keys are refused, so that what is
reviewed is what is deployed.

Why: A connector is deployed as this file says; nothing else tells which applications it has.

Fix: Correct the places that are named. `bin/connector-check specification connect.yaml` reads the file alone.

Level: Required. Checks that need the applications did not run when the file is not valid.
"""

_SECTIONS = ("What", "Why", "Fix", "Level")
_HEADINGS = {"What": "What it looks for", "Why": "Why", "Fix": "How to fix", "Level": "Level"}
_LANGUAGES = {"js": "JavaScript and TypeScript", "py": "Python", "java": "Java", "php": "PHP"}


class UndocumentedError(Exception):
    """A check does not say what it does in the form that the page needs."""


def page() -> str:
    """Return the page as Markdown."""
    return "\n".join(_page()).rstrip("\n") + "\n"


def sections(docstring: str) -> tuple[str, dict[str, str]]:
    """Return the first line and the sections What, Why, Fix and Level of a check's docstring.

    Raises UndocumentedError when one is missing.
    """
    text = inspect.cleandoc(docstring)
    parts = re.split(rf"^({'|'.join(_SECTIONS)}): ", text, flags=re.MULTILINE)
    found = {name: " ".join(body.split()) for name, body in zip(parts[1::2], parts[2::2], strict=True)}
    missing = [name for name in _SECTIONS if not found.get(name)]
    if missing:
        raise UndocumentedError(f"The docstring that begins with {parts[0].strip()!r} has no section {missing[0]}.")
    return parts[0].strip(), found


def _page() -> Iterator[str]:
    yield from _introduction()
    yield from _check(
        "Specification", steps.SPECIFICATION, SPECIFICATION, level="required", seconds=steps.SPECIFICATION_SECONDS
    )
    yield from _rules(steps.RULES)
    for check in CHECKS:
        level = str(check.level) + (" for certification, advisory otherwise" if check.certification_only else "")
        yield from _check(check.title, check.id, _docstring(check), level=level, seconds=check.seconds)
        if check.id == "static-analysis":
            yield from _code_rules(check)
        elif check.rules:
            yield from _rules(check.rules)
    yield from _check(
        "Scanners of the operator", "the scanner's name", ScannerCheck.__doc__ or "", level="as configured"
    )
    yield from _advisories()


def _introduction() -> Iterator[str]:
    largest = EngineSettings(Path())
    yield f"""# The checks

This page is made from the checks by `python -m validator.report.checks_page`, and a test
compares it with them.

## How they work

Every request runs the same checks over one commit. Nothing of the repository is installed, built or run; its settings
for other tools, its ignore files and its ignore comments have no effect. Each check ends in one of three ways:

- **passed**: it looked at everything and found no error;
- **failed**: it found at least one error;
- **did not run**: it could not be done or not to its end. That is never taken for passed: a required check that did not
  run fails the request, the report says that the fault is ours, and it can be started again.

A *required* check that fails stops the request. One that is required *for certification* lets the request go on to the
reviewers, who cannot give the certificate before it passed. An *advisory* one informs. Findings have the
severity error, warning or note; only errors fail a check. An error *for certification* names what a check could not
read: it stops a certificate until a reviewer waives it, and no private publish. A finding is known again by its
fingerprint (rule, file, text and package, not the line), so that later runs can say what is new, still there or fixed.
Of each check {findings.MAX_FINDINGS} findings are kept, the most severe first, and the others are counted. Credentials
are masked wherever they show.

| limit | at most |
| --- | --- |
| files of a commit | {largest.max_files:,}, together {largest.max_tree_bytes // 1_000_000} MB |
| one file | {largest.max_file_bytes // 1_000_000} MB |
| folders inside one another | {largest.max_depth} |
| a lock file | {parsers.MAX_BYTES // 1_000_000} MB |
| a manifest | {parsers.MAX_MANIFEST // 1_000_000} MB |
| a build file of Gradle, setup.py | {parsers.MAX_SCRIPT / 1_000_000} MB |
| a source file | {MAX_SOURCE // 1_000_000} MB |

## Running them yourself

    bin/connector-check PATH                       the files that you work on
    bin/connector-check PATH --tag 1.0.0           a tag of the Git repository in that folder
    bin/connector-check URL --tag 1.0.0            a tag at GitHub
    bin/connector-check PATH --certification       with what certification requires
    bin/connector-check PATH --format json         or sarif
    bin/connector-check specification FILE         only a connect.yaml, as one JSON object

It needs no server and no database. Of a Git work tree the files are checked that are tracked or would be added; what
Git ignores is left out, as it is from a commit. The exit code is 0 for passed, 1 for failed, 2 for wrong usage, 3 when
a required check did not run. `manage.py connector_check` takes the same words, and `action.yml` is a GitHub Action that
runs it. Each report names the digest of the rule pack: two reports with the same digest come from the same rules.

The engine is also a package of its own: `pip install ./validator` installs the command `connector-check` without the
portal, with the same rule pack.
"""


def _docstring(check: Check) -> str:
    return type(check).__doc__ or ""


def _check(title: str, identifier: str, docstring: str, *, level: str, seconds: float | None = None) -> Iterator[str]:
    first, found = sections(docstring)
    yield f"## {title}\n"
    limit = "" if seconds is None else f", at most {seconds:.0f} seconds"
    yield f"`{identifier}`, {level}{limit}. {first}\n"
    for name in _SECTIONS:
        yield f"**{_HEADINGS[name]}.** {found[name]}\n"


def _rules(rules: Iterable[Rule]) -> Iterator[str]:
    yield "| rule | severity | finding | how to fix |\n| --- | --- | --- | --- |"
    for rule in rules:
        severity = f"{rule.severity}, for certification" if rule.certification_only else rule.severity
        yield f"| `{rule.id}` | {severity} | {_cell(rule.title)} | {_cell(rule.fix)} |"
    yield ""


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _code_rules(check: Check) -> Iterator[str]:
    known = code_rules.load()
    yield from _rules(rule for rule in check.rules if rule.id not in known)
    for prefix, language in _LANGUAGES.items():
        rows = [row for name, row in known.items() if name.partition("-")[0] == prefix]
        yield f"### {language}\n"
        yield "| rule | severity | finding | weakness | how to fix |\n| --- | --- | --- | --- | --- |"
        for row in rows:
            rule = row.rule
            yield f"| `{rule.id}` | {rule.severity} | {_cell(rule.title)} | {row.cwe} | {_cell(rule.fix)} |"
        yield ""


def _advisories() -> Iterator[str]:
    yield """## Advisories without a network

The setting `OSV_FOLDER` (or `--osv-folder`) names a folder with records in the OSV format, one subfolder for each
ecosystem that is used: `npm`, `PyPI`, `Maven`, `Packagist`. In it are the records as `*.json`, or OSV's own dump as
`all.zip`. `OSV_API_URL` (or `--osv-api-url`) names an OSV service. With both, the folder answers when the service does
not. With one of them the check is required, and it did not run when no source answers or the folder has nothing for
an ecosystem that is used. With neither, lock files are still read, and the check says that it did not compare them; it
is advisory then.
"""


if __name__ == "__main__":
    sys.stdout.write(page())
