"""The command `connector-check`: the portal's checks without a portal, a server or a database.

`pip install ./validator` installs it alone; `bin/connector-check` runs it from the checkout.

    connector-check PATH                      the working files
    connector-check PATH --tag 1.0.0          a tag of the Git repository in that folder
    connector-check URL --tag 1.0.0           a tag of a repository at GitHub
    connector-check specification FILE        only a connect.yaml; prints one JSON object

Exit code: 0 passed, 1 failed, 2 wrong usage, 3 a required check did not run.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from validator import pipeline, sarif, steps
from validator.findings import shown
from validator.knowledge import rule_pack
from validator.results import (
    NEEDED_TO_CERTIFY,
    CheckResult,
    EngineSettings,
    Finding,
    Level,
    Outcome,
    Progress,
    Report,
    Severity,
)
from validator.scanners import ScannersError
from validator.source import git
from validator.source.folder import FolderTree
from validator.specification import connect_yaml

PASSED, FAILED, USAGE, DID_NOT_RUN = 0, 1, 2, 3

_URL = re.compile(r"[a-z][a-z0-9+.-]*://|[\w.-]+@[\w.-]+:", re.IGNORECASE)
_MARKS = {Outcome.PASSED: "passed", Outcome.FAILED: "FAILED", Outcome.DID_NOT_RUN: "DID NOT RUN"}
_SHOWN_NOTES = 20


class UsageError(Exception):
    """The command was called with wrong arguments; the text is for the person who called it."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code."""
    words = list(sys.argv[1:] if argv is None else argv)
    for stream in (sys.stdout, sys.stderr):
        # A file name may contain characters that the terminal's encoding lacks.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    try:
        if words[:1] == ["specification"] and len(words) == 2 and not words[1].startswith("--"):
            return _specification(words[1])
        return _check(_parser().parse_args(words))
    except UsageError as error:
        print(f"connector-check: {error}", file=sys.stderr)
        return USAGE
    except BrokenPipeError:
        # The reader closed the pipe, as `head` does. What is still in the buffer has nowhere to go.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return USAGE


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="connector-check",
        # The other formatters wrap the line of --version.
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Check a connector as the certification portal does. Nothing from the repository is run.",
        epilog="`connector-check specification FILE` reads only a connect.yaml and prints one JSON object.\n"
        "Exit code: 0 passed, 1 failed, 2 wrong usage, 3 a required check did not run.",
    )
    parser.add_argument("target", metavar="PATH|URL", help="a folder, or the URL of a repository on GitHub")
    parser.add_argument("--tag", help="the tag to check; required with a URL; without it, a folder is checked as it is")
    parser.add_argument("--format", choices=("text", "json", "sarif"), default="text", help="default: text")
    parser.add_argument("--output", type=Path, metavar="FILE", help="write the report to a file instead of stdout")
    parser.add_argument("--sarif", type=Path, metavar="FILE", help="also write the report as SARIF to this file")
    parser.add_argument(
        "--certification",
        action="store_true",
        help="also require what certification requires: documentation, license, tests",
    )
    parser.add_argument(
        "--osv-folder",
        type=Path,
        metavar="DIR",
        default=os.environ.get("OSV_FOLDER") or None,
        help="a folder with OSV advisories (or the environment variable OSV_FOLDER)",
    )
    parser.add_argument(
        "--osv-api-url",
        metavar="URL",
        default=os.environ.get("OSV_API_URL", ""),
        help="the URL of an OSV service (or the environment variable OSV_API_URL)",
    )
    parser.add_argument(
        "--scanners",
        type=Path,
        metavar="FILE",
        help="a JSON list of additional scanners, as in the portal's setting SCANNERS",
    )
    parser.add_argument("--ssh-key", type=Path, metavar="FILE", help="a private SSH key that may read the repository")
    parser.add_argument("--quiet", action="store_true", help="do not show progress")
    parser.add_argument("--version", action="version", version=f"connector-check, rule pack {rule_pack.digest()}")
    return parser


# ---------------------------------------------------------------- the checks


def _check(options: argparse.Namespace) -> int:
    with tempfile.TemporaryDirectory(prefix="connector-check-") as folder:
        settings = _settings(options, Path(folder))
        report = _report(options, settings, progress=_progress(quiet=options.quiet))
    url = options.target if _URL.match(options.target) else ""
    if options.sarif is not None:
        _save(options.sarif, _formatted(report, form="sarif", url=url, tag=options.tag or ""))
    lines = _formatted(report, form=options.format, url=url, tag=options.tag or "")
    if options.output is not None:
        _save(options.output, lines)
    else:
        sys.stdout.writelines(lines)
        sys.stdout.flush()
    return exit_code(report)


def _save(path: Path, lines: Iterator[str]) -> None:
    try:
        path.write_text("".join(lines), encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}.") from error


def exit_code(report: Report) -> int:
    """Return the exit code: a fault of the connector counts more than one of ours."""
    required = [result.outcome for result in report.results if result.level in NEEDED_TO_CERTIFY]
    if Outcome.FAILED in required:
        return FAILED
    return DID_NOT_RUN if Outcome.DID_NOT_RUN in required else PASSED


def _settings(options: argparse.Namespace, folder: Path) -> EngineSettings:
    key = None
    if options.ssh_key is not None:
        try:
            key = options.ssh_key.read_text(encoding="utf-8")
        except (OSError, ValueError) as error:
            raise UsageError(f"{options.ssh_key} cannot be read.") from error
    if options.osv_api_url and not re.match(r"https?://[^/]", options.osv_api_url):
        raise UsageError("--osv-api-url has to begin with https:// or http://.")
    if options.osv_folder is not None and not Path(options.osv_folder).is_dir():
        raise UsageError(f"{options.osv_folder} is not a folder.")
    return EngineSettings(
        checkout_dir=folder,
        # What somebody else wrote is checked as on a server; without isolation, no scanner runs over it.
        trusted=not _URL.match(options.target),
        ssh_key=key,
        scanners=() if options.scanners is None else _scanners(options.scanners),
        osv_api_url=options.osv_api_url,
        osv_folder=None if options.osv_folder is None else Path(options.osv_folder),
    )


def _scanners(file: Path) -> tuple[Mapping[str, Any], ...]:
    try:
        rows = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UsageError(f"{file} cannot be read as JSON.") from error
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise UsageError(f"{file} must be a list of objects.")
    try:
        steps.scanners_of(rows)
    except ScannersError as error:
        raise UsageError(str(error)) from error
    return tuple(rows)


def _report(options: argparse.Namespace, settings: EngineSettings, *, progress: Progress) -> Report:
    if _URL.match(options.target):
        if not options.tag:
            raise UsageError("a URL needs --tag.")
        return pipeline.validate(
            options.target, options.tag, certification=options.certification, settings=settings, progress=progress
        )
    folder = Path(options.target)
    if not folder.is_dir():
        raise UsageError(f"{options.target} is not a folder.")
    if options.tag is None:
        with FolderTree(folder) as files:
            return pipeline.inspect(files, certification=options.certification, settings=settings, progress=progress)
    return _tag_of_folder(folder, options, settings, progress=progress)


def _tag_of_folder(
    folder: Path, options: argparse.Namespace, settings: EngineSettings, *, progress: Progress
) -> Report:
    """Check the commit of a tag, read from the folder's own repository as it would be read from GitHub."""
    started = time.monotonic()
    try:
        with git.checkout_folder(folder, options.tag, settings=settings) as tree:
            return pipeline.inspect(tree, certification=options.certification, settings=settings, progress=progress)
    except git.FetchError as error:
        fault = isinstance(error, git.FetchFaultError)
        finding = Finding(error.rule, Severity.ERROR, error.message, fix=error.fix)
        result = CheckResult(
            steps.REPOSITORY,
            Level.REQUIRED,
            Outcome.DID_NOT_RUN if fault else Outcome.FAILED,
            () if fault else (finding,),
            detail=error.message if fault else "",
            seconds=time.monotonic() - started,
        )
        return Report(None, None, None, (result,), rule_pack.digest(), tag=options.tag)


def _progress(*, quiet: bool) -> Progress:
    def tell(check: str, outcome: Outcome | None, seconds: float) -> None:
        if quiet or not sys.stderr.isatty():
            return
        line = f"{check} ..." if outcome is None else ""
        sys.stderr.write(f"\r\x1b[K{line}")
        sys.stderr.flush()

    return tell


# ---------------------------------------------------------------- output


def _formatted(report: Report, *, form: str, url: str, tag: str) -> Iterator[str]:
    if form == "json":
        yield json.dumps(as_json(report), indent=2) + "\n"
    elif form == "sarif":
        yield json.dumps(sarif.write(report, rules=steps.rules(), repository=url, tag=tag), indent=2) + "\n"
    else:
        yield from _text(report)


def as_json(report: Report) -> dict[str, Any]:
    """Return the report as one JSON object with camelCase keys, identical for each run of the same commit except for
    times."""
    return {
        "outcome": {PASSED: "passed", FAILED: "failed", DID_NOT_RUN: "did not run"}[exit_code(report)],
        "passed": report.passed,
        "commit": report.commit,
        "tree": report.tree,
        "tag": report.tag or None,
        "rulePack": report.rule_pack,
        "tools": dict(report.tools),
        "results": [
            {
                "check": result.check,
                "level": str(result.level),
                "outcome": str(result.outcome),
                "detail": result.detail,
                "seconds": round(result.seconds, 3),
                "tool": result.tool,
                "findings": [asdict(finding) for finding in result.findings],
            }
            for result in report.results
        ],
    }


def _text(report: Report) -> Iterator[str]:
    if report.commit:
        yield f"Commit     {report.commit}" + (f" (tag {shown(report.tag, limit=200)})" if report.tag else "") + "\n"
    yield f"Rule pack  {report.rule_pack}\n\n"
    for result in report.results:
        level = "" if result.level in NEEDED_TO_CERTIFY else ", advisory"
        yield f"{_MARKS[result.outcome]:12} {result.check} ({result.seconds:.1f} s{level})\n"
        if result.detail:
            yield f"             {result.detail}\n"
        notes = 0
        for finding in result.findings:
            notes += finding.severity is Severity.NOTE
            if finding.severity is not Severity.NOTE or notes <= _SHOWN_NOTES:
                yield from _lines(finding)
        if notes > _SHOWN_NOTES:
            yield f"  ... and {notes - _SHOWN_NOTES} more notes\n"
    yield "\n" + _summary(report) + "\n"


def _lines(finding: Finding) -> Iterator[str]:
    place = ":".join(str(part) for part in (finding.path, finding.line, finding.column) if part) or "repository"
    yield f"  {finding.severity:8} {place}  [{finding.rule}]\n"
    yield f"           {shown(finding.message, limit=1_000)}\n"
    if finding.snippet:
        yield f"           > {shown(finding.snippet, limit=160)}\n"
    if finding.fix and finding.severity is not Severity.NOTE:
        yield f"           Fix: {shown(finding.fix, limit=1_000)}\n"


def _summary(report: Report) -> str:
    severities = [(result.level, finding.severity) for result in report.results for finding in result.findings]
    needed = [severity for level, severity in severities if level in NEEDED_TO_CERTIFY]
    errors, warnings = needed.count(Severity.ERROR), needed.count(Severity.WARNING)
    advice = sum(level is Level.ADVISORY and severity is not Severity.NOTE for level, severity in severities)
    text = f"{errors} error{'' if errors == 1 else 's'}, {warnings} warning{'' if warnings == 1 else 's'}"
    if advice:
        text += f", advice on {advice} place{'' if advice == 1 else 's'}"
    code = exit_code(report)
    if code == DID_NOT_RUN:
        return f"No result: a required check did not run, which is not the connector's fault ({text})."
    return f"{'Passed' if code == PASSED else 'Failed'} ({text})."


# ---------------------------------------------------------------- connect.yaml alone


def _specification(name: str) -> int:
    """Print one JSON object that has the validity of the file, and its content or its problems."""
    try:
        data = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
    except OSError as error:
        raise UsageError(f"{name} cannot be read: {error.strerror}.") from error
    answer = _specification_as_json(data)
    print(json.dumps(answer))
    return PASSED if answer["valid"] else FAILED


def _specification_as_json(data: bytes) -> Mapping[str, Any]:
    try:
        found = connect_yaml.parse(data, max_bytes=EngineSettings(Path()).max_specification_bytes)
    except connect_yaml.SpecificationError as error:
        errors = [asdict(problem) for problem in error.problems]
        return {"valid": False, "errors": errors, "configurations": [], "globalConfiguration": None, "apiClient": None}
    return {
        "valid": True,
        "errors": [],
        "configurations": list(found.configurations),
        "globalConfiguration": found.global_configuration,
        "apiClient": found.api_client,
    }


if __name__ == "__main__":
    sys.exit(main())
