"""Static analysis: each rule finds its code and leaves the code beside it alone; nothing can muzzle or break it."""

from __future__ import annotations

import tempfile
from collections import defaultdict
from pathlib import Path

import pytest

from tests.validator.checks.code_examples import BAD, bad_files, good_files
from tests.validator.checks.conftest import POINTER, Run, only, rules
from validator import steps
from validator.checks import static_analysis
from validator.checks.static_analysis import check
from validator.knowledge import code_rules
from validator.results import Level, Outcome, Severity


def test_every_rule_has_an_example() -> None:
    assert set(BAD) == set(code_rules.load())


def test_each_rule_finds_its_examples(run: Run) -> None:
    files = bad_files()

    result = run(check, {path: content for path, (content, _) in files.items()})

    found = defaultdict(set)
    for finding in result.findings:
        found[finding.path].add(finding.rule)
    assert [(path, content) for path, (content, rule) in files.items() if rule not in found[path]] == []
    assert result.outcome is Outcome.FAILED


def test_sound_code_beside_it_stays_silent(run: Run) -> None:
    result = run(check, good_files())

    assert [(finding.path, finding.rule, finding.snippet) for finding in result.findings] == []
    assert result.outcome is Outcome.PASSED
    assert result.tool.startswith("ast-grep 0.")


def test_empty_repository_passes_after_the_planted_examples_were_found(run: Run) -> None:
    assert run(check, {"README.md": "x"}).outcome is Outcome.PASSED


def test_finding_tells_place_code_fix_and_application(run: Run) -> None:
    result = run(check, {"service/src/a.ts": "// first\n  eval(text);\n"}, service="service")

    finding = only(result)
    assert (finding.path, finding.line, finding.column, finding.snippet) == ("service/src/a.ts", 2, 3, "eval(text)")
    assert finding.application == "service"
    assert "JSON.parse" in finding.fix


def test_credential_in_the_code_is_masked(run: Run) -> None:
    finding = only(run(check, {"a.js": "jwt.sign({ id }, 'hunter2-hunter2')"}))

    assert "hunter2" not in finding.snippet


@pytest.mark.parametrize("path", ["src/a.spec.ts", "tests/a.py", "node_modules/x/a.js", "docs/a.js"])
def test_finding_in_tests_and_copies_is_a_warning(run: Run, path: str) -> None:
    result = run(check, {path: "eval(text)"})

    assert [finding.severity for finding in result.findings] == [Severity.WARNING]
    assert result.outcome is Outcome.PASSED


def test_large_file_that_only_declares_types_or_serves_the_automation_is_a_warning(run: Run) -> None:
    padding = "x;\n" * (static_analysis.MAX_SOURCE // 3 + 1)

    result = run(check, {"src/api.d.ts": padding, ".github/actions/a/dist/index.js": padding})

    assert [finding.severity for finding in result.findings] == [Severity.WARNING] * 2


def test_ignore_files_and_comments_switch_nothing_off(run: Run) -> None:
    code = "// ast-grep-ignore\neval(text) // nosemgrep eslint-disable-line\n"
    settings = dict.fromkeys((".gitignore", ".ignore", ".semgrepignore", ".eslintignore"), "*\n")

    result = run(check, {**settings, "sgconfig.yml": "ruleDirs: []\n", ".hidden/a.ts": code, "-rf/--rule=x.js": code})

    note = "static-analysis-ignore-comment"
    assert sorted(rules(result)) == ["js-eval", "js-eval", note, note]


def test_file_too_large_to_be_checked_is_an_error(run: Run) -> None:
    padding = "x;\n" * (static_analysis.MAX_SOURCE // 3 + 1)

    result = run(check, {"src/a.js": padding + "eval(text)", "tests/b.js": padding, "data.json": padding})

    assert rules(result) == ["static-analysis-file-too-large"] * 2
    assert result.outcome is Outcome.FAILED


@pytest.mark.parametrize(
    "content",
    [
        b"// caf\xe9\neval(text)\n",
        "eval(text)\n".encode("utf-16"),
        "eval(text)\n".encode("utf-16-le"),
        b"x = 1 \0\neval(text)\n",
        b"\xef\xbb\xbfeval(text)",
    ],
)
def test_file_that_is_not_utf8_is_checked_all_the_same(run: Run, content: bytes) -> None:
    assert rules(run(check, {"a.js": content})) == ["js-eval"]


def test_deeply_nested_code_beside_other_files_hides_nothing(run: Run) -> None:
    result = run(
        check,
        {
            "nest.js": "(" * 200_000 + ")" * 200_000,
            "calls.ts": "a(" * 100_000,
            "nest.py": "[" * 200_000,
            "nest.php": "<?php " + "[" * 200_000,
            "nest.java": "{" * 200_000,
            "evil.ts": "eval(text)",
        },
        seconds=200,
    )

    assert "js-eval" in rules(result)
    assert result.outcome is Outcome.FAILED


def test_file_that_floods_the_output_is_told_and_the_others_are_checked(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(static_analysis, "CPU_SECONDS", 2)

    result = run(check, {"flood.js": "eval(" * 12_000 + "x" + ")" * 12_000, "evil.ts": "eval(text)"}, seconds=200)

    assert rules(result) == ["js-eval", "static-analysis-file-not-readable"]


def test_engine_that_is_not_there_did_not_run(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(static_analysis, "_binary", lambda: str(tmp_path / "missing"))

    result = run(check, {"a.ts": "eval(text)"})

    assert result.outcome is Outcome.DID_NOT_RUN


@pytest.mark.parametrize(
    "script",
    [
        "exit 0",
        "exit 1",
        "kill -SEGV $$",
        """echo '{"version":"2.1.0","runs":[{"tool":{"driver":{"name":"x"}},"results":[]}]}'; exit 1""",
        """echo '{"version":"2.1.0","runs":[{"tool":{"driver":{"name":"x"}},"results":[]}]}'
           echo 'scannedFileCount=5,skippedFileCount=0' >&2; exit 1""",
    ],
)
def test_engine_that_finds_nothing_in_the_planted_examples_did_not_run(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, script: str
) -> None:
    engine = tmp_path / "engine"
    engine.write_text(f"#!/bin/sh\n{script}\n")
    engine.chmod(0o755)
    monkeypatch.setattr(static_analysis, "_binary", lambda: str(engine))

    result = run(check, {"README.md": "no source"})

    assert result.outcome is Outcome.DID_NOT_RUN


def test_many_small_batches_find_the_same(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    files = {f"src/{number}.js": "eval(text)" for number in range(7)}
    whole = run(check, files)
    monkeypatch.setattr(static_analysis, "BATCH_FILES", 2)

    parts = run(check, files)

    assert parts.findings == whole.findings


def test_no_copy_is_left_behind(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "work"))

    run(check, {"a.ts": "eval(text)"})

    assert list((tmp_path / "work").iterdir()) == []


@pytest.mark.parametrize(
    ("path", "language"),
    [
        ("service/src/main/kotlin/Main.kt", "Kotlin"),
        ("service/src/main/scala/Main.scala", "Scala"),
        ("service/src/main/groovy/Main.groovy", "Groovy"),
        ("service/main.go", "Go"),
        ("service/app.rb", "Ruby"),
        ("service/Program.CS", "C#"),
        ("service/src/App.vue", "Vue"),
        ("service/src/App.svelte", "Svelte"),
    ],
)
def test_file_of_an_application_that_no_rule_reads_is_named_and_stops_a_certificate_only(
    run: Run, path: str, language: str
) -> None:
    result = run(check, {path: "x", "service/index.js": "export const a = 1\n"}, service="service")

    finding = only(result)
    assert (finding.rule, finding.severity, finding.path, finding.application) == (
        *("static-analysis-not-read", Severity.ERROR, path, "service"),
    )
    assert language in finding.message
    assert result.outcome is Outcome.FAILED
    assert steps.level_of_errors(result.level, result.errors, certification=True) is Level.CERTIFY
    assert steps.level_of_errors(result.level, result.errors, certification=False) is Level.ADVISORY


def test_error_beside_a_file_that_no_rule_reads_stops_every_request(run: Run) -> None:
    result = run(check, {"service/a.kt": "x", "service/a.js": "eval(text)"}, service="service")

    assert steps.level_of_errors(result.level, result.errors, certification=False) is Level.REQUIRED


@pytest.mark.parametrize(
    ("path", "severity"),
    [
        ("shared/a.kt", Severity.WARNING),
        ("service/src/test/kotlin/MainTest.kt", Severity.NOTE),
        ("service/vendor/a/a.go", Severity.NOTE),
        ("docs/a.rb", Severity.NOTE),
        (".github/a.rb", Severity.NOTE),
        ("service/start.sh", Severity.NOTE),
        ("service/schema.sql", Severity.NOTE),
    ],
)
def test_file_that_no_rule_reads_and_no_application_runs_stops_nothing(run: Run, path: str, severity: Severity) -> None:
    result = run(check, {path: "x"}, service="service")

    assert (only(result).rule, only(result).severity) == ("static-analysis-not-read", severity)
    assert result.outcome is Outcome.PASSED


@pytest.mark.parametrize("path", ["service/build.gradle", "service/settings.gradle.kts", "service/a.txt", "service/kt"])
def test_build_files_and_texts_are_no_source_in_another_language(run: Run, path: str) -> None:
    assert rules(run(check, {path: "x"}, service="service")) == []


@pytest.mark.parametrize("path", ["service/a.ts", "service/a.py", "service/a.kt"])
def test_code_that_is_a_pointer_of_git_lfs_stops_a_certificate(run: Run, path: str) -> None:
    result = run(check, {path: POINTER}, service="service")

    assert (only(result).rule, only(result).severity) == ("static-analysis-not-read", Severity.ERROR)


@pytest.mark.parametrize(
    ("first", "rule"),
    [
        ("#!/usr/bin/env node", "js-eval"),
        ("#!/usr/bin/env -S node --experimental", "js-eval"),
        ("#!/usr/bin/python3", "py-eval"),
        ("#!/usr/bin/env ruby", "static-analysis-not-read"),
        ("#! /usr/bin/perl -w", "static-analysis-not-read"),
        ("#!/bin/sh", "static-analysis-not-read"),
    ],
)
def test_script_without_extension_is_known_by_its_first_line(run: Run, first: str, rule: str) -> None:
    result = run(
        check, {"service/bin/start": f"{first}\neval(text)\n", "service/Procfile": "web: eval(text)"}, service="service"
    )

    assert rules(result) == [rule]
    assert (result.outcome is Outcome.PASSED) is (first == "#!/bin/sh")


@pytest.mark.parametrize("path", ["service/a.class", "service/a.wasm", "service/build/a.node", "service/a.PYC"])
def test_compiled_code_is_named(run: Run, path: str) -> None:
    finding = only(run(check, {path: b"\0\1"}, service="service"))

    assert (finding.rule, finding.severity) == ("static-analysis-not-read", Severity.ERROR)
    assert finding.message == "This is compiled code: this file was not analyzed."


def test_waiver_of_code_that_was_not_read_does_not_cover_what_comes_in_its_place(run: Run) -> None:
    first = only(run(check, {"service/a.kt": "fun one() = 1"}, service="service"))
    again = only(run(check, {"service/a.kt": "fun one() = 1"}, service="service"))
    other = only(run(check, {"service/a.kt": "fun two() = 2"}, service="service"))

    assert first.fingerprint == again.fingerprint
    assert first.fingerprint != other.fingerprint
