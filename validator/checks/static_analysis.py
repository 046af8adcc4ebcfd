"""The static analysis of source code (SAST) with the portal's own rules."""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from validator import sarif
from validator.findings import DidNotRun, conclude, in_time
from validator.knowledge import code_rules
from validator.knowledge.secret_patterns import mask_strings
from validator.process import (
    DeadlinePassedError,
    Limits,
    NotInstalledError,
    OutputTooLargeError,
    ProcessError,
    run,
)
from validator.results import (
    Application,
    CheckContext,
    CheckResult,
    Finding,
    Level,
    Rule,
    Severity,
    Tree,
)
from validator.source import languages, lfs, links, paths
from validator.source.encoding import utf8

MAX_SOURCE = 1_000_000
"""The largest source file that is analyzed, in bytes. The engine silently skips files of about three times this size,
so larger ones are reported to the developer instead."""

BATCH_FILES = 500
BATCH_BYTES = 8_000_000
SPLIT = 8
"""Into how many parts a batch is split when the engine fails on it: three rounds find one file among 500."""

# CPU seconds for a part of a batch: twenty times what normal code takes. Wall-clock time is only the last resort,
# because a busy machine must not make a file look hostile.
CPU_SECONDS = 6
BYTES_A_CPU_SECOND = 250_000
WALL_FACTOR = 4

ENGINE_MEMORY = 500_000_000
"""Address space of the engine: a 1 MB file of nothing but short tokens takes half of it."""

TOO_LARGE = Rule(
    "static-analysis-file-too-large",
    "Source file too large to be checked",
    Severity.ERROR,
    "Neither a tool nor a reviewer can check a file of more than 1 MB, so it could hide anything.",
    "Split the file; remove generated bundles and vendored packages from the repository and create them at build time.",
)
NOT_READABLE = Rule(
    "static-analysis-file-not-readable",
    "Source file that cannot be checked",
    Severity.ERROR,
    "The engine cannot process this file, so it could hide anything.",
    "Split the file into smaller, less deeply nested pieces.",
)
NOT_READ = Rule(
    "static-analysis-not-read",
    "Source code that was not read",
    Severity.ERROR,
    "This code was not analyzed, so the absence of findings says nothing about it.",
    "Tell the reviewer how the code was analyzed; a private publish is not affected.",
    certification_only=True,
)
IGNORE_COMMENT = Rule(
    "static-analysis-ignore-comment",
    "Comment that tries to disable the check",
    Severity.NOTE,
    "Such comments have no effect here: the reviewer decides what is certified, not the code.",
    "Remove the comment; explain the finding to the reviewer if it is a false alarm.",
)

# Plain JavaScript is read with the grammar of TSX, which takes JSX as well; TypeScript with `<type>value` is not TSX.
_GRAMMARS = {
    **dict.fromkeys(("js", "mjs", "cjs", "jsx", "tsx", "es6"), "tsx"),
    **dict.fromkeys(("ts", "mts", "cts"), "ts"),
    **dict.fromkeys(("py", "pyw"), "py"),
    "java": "java",
    **dict.fromkeys(("php", "phtml", "php5", "php7", "php8", "inc"), "php"),
}
_COMPILED = frozenset(("class", "dex", "dll", "dylib", "exe", "node", "pyc", "pyd", "so", "wasm"))
# The interpreters of scripts without an extension.
_PROGRAM_GRAMMARS = {**dict.fromkeys(("node", "nodejs", "bun", "deno"), "tsx"), "python": "py", "php": "php"}
# One line for each grammar, which one of our rules must find in every batch: an engine that finds nothing in these did
# not work, whatever it reports.
_PLANTED = {
    "tsx": ("eval(planted);\n", "js-eval"),
    "ts": ("eval(planted);\n", "js-eval"),
    "py": ("eval(planted)\n", "py-eval"),
    "java": ("class Planted { Object o = new ObjectInputStream(planted); }\n", "java-deserialization"),
    "php": ("<?php\neval($planted);\n", "php-eval"),
}
_IGNORE = b"ast-grep-ignore"
_NO_EFFECT = b"ast-grep-1gnore"


@dataclass(frozen=True)
class _Source:
    """A repository file under its neutral name in our copy."""

    path: str
    name: str
    size: int


class StaticAnalysisCheck:
    """Look for dangerous code in JavaScript, TypeScript, Python, Java and PHP.

    What: Strings run as code, shell commands and SQL built by concatenation, TLS certificates that are not verified,
    weak password hashes, hard-coded keys of JSON web tokens, unsafe deserialization, XML external entities, file names,
    redirects and addresses taken from the request, cross-site scripting, debug modes, CORS with credentials for any
    origin, predictable random values. The rules are the portal's own and are listed below; settings of other tools in
    the repository and comments that try to disable a check have no effect. Nothing from the repository is run,
    installed or built. A script without an extension is recognized by its first line. Files in other languages (Kotlin,
    Scala, Groovy, Go, Ruby, C#, Rust, Vue, Svelte and more) and compiled code are not analyzed, and each of them is
    reported. Scripts inside HTML and Gradle build files are not analyzed.

    Why: Connectors run with credentials for their customers' projects and accept messages from outside. These patterns
    are how such services are most often compromised.

    Fix: Each rule says what to use instead. Explain a false alarm to the reviewer, who may waive it.

    Level: Required: an error fails the check, warnings are shown to the reviewer. Findings in tests, examples,
    third-party packages and the repository's own automation (`.github/`) are warnings at most. A source file of more
    than 1 MB is an error. Application code that was not analyzed (another language, compiled code, a submodule, a Git
    LFS pointer) blocks a certificate until a reviewer waives it; it does not block a private publish. Outside
    applications it is a warning, and a note in tests, examples, copies and automation. Shell scripts, batch files and
    SQL are notes.
    """

    id = "static-analysis"
    title = "Static analysis"
    level = Level.REQUIRED
    certification_only = False
    seconds = 300.0
    rules: tuple[Rule, ...] = (
        TOO_LARGE,
        NOT_READABLE,
        NOT_READ,
        IGNORE_COMMENT,
        *(row.rule for row in code_rules.load().values()),
    )

    def run(self, context: CheckContext) -> CheckResult:
        """Run the engine over our own copy of the source files, a few thousand at a time."""
        return conclude(self, self._search(context), tool=f"ast-grep {version()}".strip())

    def _search(self, context: CheckContext) -> Iterator[Finding]:
        deadline = min(context.deadline, time.monotonic() + self.seconds)
        applications = paths.applications(context.tree, context.specification)
        yield from _not_read(context.tree, applications)
        for finding in self._found(context, deadline):
            path = finding.path or ""
            severity = Severity.WARNING if finding.severity is Severity.ERROR and _softer(finding) else finding.severity
            yield replace(finding, application=paths.owner(path, applications), severity=severity)

    def _found(self, context: CheckContext, deadline: float) -> Iterator[Finding]:
        sources: list[str] = []
        for path in context.tree.paths():
            if _grammar(context.tree, path) is None:
                continue
            if context.tree.size(path) > MAX_SOURCE:
                yield TOO_LARGE.finding(
                    f"The file has {context.tree.size(path):,} bytes and was not checked.", path=path
                )
            else:
                sources.append(path)
        with tempfile.TemporaryDirectory(prefix="connector-sources-") as name:
            folder = Path(name)
            (folder / "rules.yaml").write_text(code_rules.text(), encoding="utf-8")
            # An empty repository has one batch too, which proves that the engine works.
            for number, batch in enumerate(_batches(context.tree, sources) or [[]]):
                in_time(deadline)
                engine = _Engine(folder=folder / f"batch-{number}", rules=folder / "rules.yaml", deadline=deadline)
                yield from engine.write(context.tree, batch)
                yield from engine.scan()
                shutil.rmtree(engine.folder, ignore_errors=True)


def _grammar(tree: Tree, path: str) -> str | None:
    """Return the grammar of a source file, by its extension or its interpreter."""
    return _GRAMMARS.get(paths.extension(path)) or _PROGRAM_GRAMMARS.get(_program(tree, path))


def _program(tree: Tree, path: str) -> str:
    return "" if paths.extension(path) else languages.program_of(tree.read(path, languages.FIRST_BYTES))


def _not_read(tree: Tree, applications: Sequence[Application]) -> Iterator[Finding]:
    """Yield a finding for each place with source code, or possible source code, that no rule reads.

    The content is part of the finding: with other content it is another finding, which no waiver covers yet.
    """
    for path in tree.paths():
        language = languages.unknown(path, _program(tree, path))
        if language is not None:
            message = f"No rule covers {language}: this file was not analyzed."
            is_script = language in languages.SCRIPTS
            yield _nothing_read(path, message, applications, content=_digest(tree, path), is_script=is_script)
        elif paths.extension(path) in _COMPILED:
            message = "This is compiled code: this file was not analyzed."
            yield _nothing_read(path, message, applications, content=_digest(tree, path))
        elif _grammar(tree, path) is not None and lfs.is_pointer_at(tree, path):
            yield _nothing_read(path, lfs.told(path), applications, content=_digest(tree, path))
    for path in tree.others("submodule"):
        content = f"Commit {tree.target(path)}"
        yield _nothing_read(f"{path}/", links.told_submodule(path), applications, content=content)


def _digest(tree: Tree, path: str) -> str:
    return f"SHA-256 {hashlib.sha256(tree.read(path)).hexdigest()}"


def _nothing_read(
    path: str, message: str, applications: Sequence[Application], *, content: str, is_script: bool = False
) -> Finding:
    application = paths.owner(path, applications)
    if is_script or paths.does_not_run(path):
        severity = Severity.NOTE
    else:
        severity = Severity.WARNING if application is None else Severity.ERROR
    return NOT_READ.finding(message, severity=severity, path=path, application=application, snippet=content)


def _softer(finding: Finding) -> bool:
    """Return whether an error is shown as a warning: the file does not run, or only declares types."""
    path = finding.path or ""
    if paths.is_tooling(path) or path.endswith(".d.ts"):
        return True
    if finding.rule in (TOO_LARGE.id, NOT_READABLE.id):
        return False
    return paths.does_not_run(path)


def _batches(tree: Tree, sources: Sequence[str]) -> list[list[str]]:
    batches: list[list[str]] = []
    size = 0
    for path in sources:
        if not batches or len(batches[-1]) >= BATCH_FILES or size + tree.size(path) > BATCH_BYTES:
            batches.append([])
            size = 0
        batches[-1].append(path)
        size += tree.size(path)
    return batches


class _Engine:
    """ast-grep over one batch of files, written under neutral names so that no name and no setting can influence it."""

    def __init__(self, *, folder: Path, rules: Path, deadline: float) -> None:
        self.folder, self.rules, self.deadline = folder, rules, deadline
        self.sources: list[_Source] = []

    def write(self, tree: Tree, batch: Sequence[str]) -> Iterator[Finding]:
        """Write the batch as UTF-8 and without ignore comments; yield a note for each file that had some."""
        self.folder.mkdir(mode=0o700)
        for grammar, (content, _) in _PLANTED.items():
            (self.folder / f"planted.{grammar}").write_text(content, encoding="utf-8")
        for number, path in enumerate(batch):
            data = _utf8(tree.read(path))
            if not data:
                # The engine counts empty files as skipped.
                continue
            source = _Source(path, f"{number:06d}.{_grammar(tree, path)}", len(data))
            place = data.find(_IGNORE)
            if place >= 0:
                yield IGNORE_COMMENT.finding(
                    "The comment has no effect.",
                    path=path,
                    line=data.count(b"\n", 0, place) + 1,
                    snippet=_IGNORE.decode(),
                )
                data = data.replace(_IGNORE, _NO_EFFECT)
            (self.folder / source.name).write_bytes(data)
            self.sources.append(source)

    def scan(self) -> Iterator[Finding]:
        """Yield the findings of the batch; files on which the engine fails are found by splitting and reported."""
        waiting: list[Sequence[_Source]] = [self.sources]
        while waiting:
            part = waiting.pop()
            in_time(self.deadline)
            try:
                yield from self._run(part)
            except _BrokenError as broken:
                if not part:
                    raise DidNotRun("The analysis engine does not work on the planted examples.") from broken
                if len(part) == 1:
                    yield NOT_READABLE.finding("The engine could not process this file.", path=part[0].path)
                else:
                    step = -(-len(part) // SPLIT)
                    waiting += [part[start : start + step] for start in range(0, len(part), step)]

    def _run(self, part: Sequence[_Source]) -> list[Finding]:
        # The program that sets the limits would start in any case, so check first whether ours is installed.
        binary = shutil.which(_binary())
        if binary is None:
            raise DidNotRun("The analysis engine is not installed.")
        planted = [f"planted.{grammar}" for grammar in _PLANTED]
        names = {source.name: source.path for source in part}
        argv = [
            binary,
            "scan",
            f"--rule={self.rules}",
            "--format=sarif",
            "--inspect=summary",
            "--color=never",
            "--threads=1",
            *(f"--no-ignore={kind}" for kind in ("hidden", "dot", "exclude", "global", "parent", "vcs")),
            *planted,
            *names,
        ]
        cpu = CPU_SECONDS + sum(source.size for source in part) // BYTES_A_CPU_SECOND
        environment = {"PATH": os.environ.get("PATH", os.defpath), "HOME": str(self.folder), "LC_ALL": "C.UTF-8"}
        try:
            ended = run(
                argv,
                env=environment,
                cwd=self.folder,
                deadline=min(self.deadline, time.monotonic() + WALL_FACTOR * cpu),
                limits=Limits(output=sarif.MAX_BYTES, memory=ENGINE_MEMORY, cpu_seconds=cpu),
            )
        except NotInstalledError as error:
            raise DidNotRun("The analysis engine is not installed.") from error
        except (DeadlinePassedError, OutputTooLargeError) as error:
            raise _BrokenError from error
        except ProcessError as error:
            raise DidNotRun("The analysis engine could not be run.") from error
        # 1 means that a rule of level error matched, which the planted files always do.
        if ended.code != 1 or f"scannedFileCount={len(planted) + len(names)},skippedFileCount=0" not in ended.complaint:
            raise _BrokenError
        try:
            results = sarif.read(ended.output)
        except sarif.SarifError as error:
            raise _BrokenError from error
        found = [_finding(row, names) for row in results if (row.path or "") in names]
        seen = {(row.path, code_rules.own_id(row.rule)) for row in results}
        missed = [rule for grammar, (_, rule) in _PLANTED.items() if (f"planted.{grammar}", rule) not in seen]
        if missed:
            raise DidNotRun(
                f"The analysis engine missed a planted example ({missed[0]}), so the absence of findings means nothing."
            )
        return found


class _BrokenError(Exception):
    """The engine did not process these files."""


def _finding(row: Finding, names: Mapping[str, str]) -> Finding:
    known = code_rules.load()[code_rules.own_id(row.rule)]
    return known.rule.finding(
        known.message,
        path=names[row.path or ""],
        line=row.line,
        column=row.column,
        snippet=mask_strings(row.snippet) if known.secret else row.snippet,
    )


def _utf8(data: bytes) -> bytes:
    """Return the text as UTF-8: the engine skips other encodings, but compilers and interpreters read them."""
    data = utf8(data)
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1").encode()
    return data


def _binary() -> str:
    beside = Path(sys.executable).with_name("ast-grep")
    return str(beside) if beside.exists() else "ast-grep"


@lru_cache(maxsize=1)
def version() -> str:
    """Return the engine's version, or an empty string when it is not installed."""
    try:
        ended = run(
            [_binary(), "--version"],
            env={"PATH": os.environ.get("PATH", os.defpath)},
            cwd=Path("/"),
            deadline=time.monotonic() + 10,
            limits=Limits(memory=4_000_000_000),
        )
    except ProcessError:
        return ""
    return ended.output.decode("utf-8", "replace").removeprefix("ast-grep").strip()[:40]


check = StaticAnalysisCheck()
