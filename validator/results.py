"""The values that the validation engine exchanges: files, findings, check results, the report.

Nothing here knows Django, a database or a status: the portal, the command line and the GitHub Action share this engine
and its values.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol


class Outcome(StrEnum):
    """How a check ended. What could not run never counts as passed."""

    PASSED = "passed"
    FAILED = "failed"
    DID_NOT_RUN = "did not run"


class Level(StrEnum):
    """What an outcome other than passed means: required stops the request, advisory informs.

    `certify` lets a request for certification continue to the reviewers, who cannot issue the certificate until it
    passes: its findings can be fixed during the review.
    """

    REQUIRED = "required"
    CERTIFY = "certify"
    ADVISORY = "advisory"


NEEDED_TO_CERTIFY = frozenset({Level.REQUIRED, Level.CERTIFY})
"""The levels that must pass for a certificate."""


class Severity(StrEnum):
    """SARIF's levels (SARIF 2.1.0, 3.27.10). An error of a required check blocks."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True)
class Finding:
    """One problem at one place, as it is stored and shown.

    `path` is relative to the repository's root with forward slashes, `line` and `column` start at 1. `snippet` never
    holds a secret: the check masks it. `fix` says what the developer can do. `package` and `advisory` are set by the
    dependencies check (purl without version, OSV id): these two then identify the finding, so that after an update to
    another affected version it is still the same finding.
    """

    rule: str
    severity: Severity
    message: str
    fix: str = ""
    application: str | None = None
    path: str | None = None
    line: int | None = None
    column: int | None = None
    snippet: str = ""
    package: str | None = None
    advisory: str | None = None
    fingerprint: str = ""

    def identity(self, occurrence: int = 0) -> str:
        """Return a fingerprint that survives moved lines: rule, file, text and the n-th such place, 32 hex digits."""
        text = "" if self.advisory else " ".join(self.snippet.split()) or self.message
        parts = (self.rule, self.path or "", self.package or "", self.advisory or "", text)
        return hashlib.sha256("\0".join((*parts, str(occurrence))).encode()).hexdigest()[:32]


@dataclass(frozen=True)
class Rule:
    """What one kind of finding means: `title` in a few words, `why` it matters, how to `fix` it.

    An error of a rule that is `certification_only` blocks a certificate but not a private publish: the check could not
    read something, which is not the connector's fault.
    """

    id: str
    title: str
    severity: Severity
    why: str
    fix: str
    certification_only: bool = False

    def finding(
        self,
        message: str,
        *,
        severity: Severity | None = None,
        fix: str = "",
        application: str | None = None,
        path: str | None = None,
        line: int | None = None,
        column: int | None = None,
        snippet: str = "",
        package: str | None = None,
        advisory: str | None = None,
    ) -> Finding:
        """Return a finding of this rule with its severity and fix unless others are given."""
        return Finding(
            rule=self.id,
            severity=severity or self.severity,
            message=message,
            fix=fix or self.fix,
            application=application,
            path=path,
            line=line,
            column=column,
            snippet=snippet,
            package=package,
            advisory=advisory,
        )


@dataclass(frozen=True)
class CheckResult:
    """The outcome of one check with its findings; `detail` says why a check did not run, in one sentence."""

    check: str
    level: Level
    outcome: Outcome
    findings: tuple[Finding, ...] = ()
    detail: str = ""
    seconds: float = 0.0
    tool: str = ""
    title: str = ""
    """The check's display name; when empty, it is derived from the id."""

    @property
    def errors(self) -> tuple[Finding, ...]:
        """The findings that fail the check."""
        return tuple(finding for finding in self.findings if finding.severity is Severity.ERROR)


class Entry(Protocol):
    """One regular file of the pinned commit."""

    path: str
    size: int


class Tree(Protocol):
    """The regular files of one commit, read from the object store; `folder` is our own copy without `.git`.

    `kind` says what is at a path: file, folder, link, submodule, or None; `others` lists what is a link or a
    submodule, and `target` returns the text of a link, or the commit of a submodule where it is known. `size` and
    `read` raise KeyError for everything that is not a regular file.
    """

    commit: str
    tree: str

    def paths(self) -> Sequence[str]: ...
    def size(self, path: str) -> int: ...
    def read(self, path: str, limit: int | None = None) -> bytes: ...
    def folder(self) -> Path: ...
    def kind(self, path: str) -> str | None: ...
    def others(self, kind: str) -> Sequence[str]: ...
    def target(self, path: str) -> str: ...


@dataclass(frozen=True)
class Application:
    """One application of connect.yaml: `path` is its folder at the repository's root, equal to its name."""

    name: str
    type: str
    path: str


@dataclass(frozen=True)
class Specification:
    """What a valid connect.yaml says, in the shapes of ConnectorStaged (camelCase keys inside)."""

    configurations: tuple[Mapping[str, Any], ...]
    global_configuration: Mapping[str, Any] | None
    api_client: Mapping[str, Any] | None

    def applications(self) -> Iterator[Application]:
        """Yield the applications in the order of the file."""
        for row in self.configurations:
            yield Application(row["applicationName"], row["applicationType"], row["applicationName"])


@dataclass(frozen=True)
class CheckContext:
    """What a check may read. `settings` are the operator's, never the repository's."""

    tree: Tree
    specification: Specification | None
    settings: EngineSettings
    deadline: float


class Deliveries(Protocol):
    """Calls a scanner's webhook and waits for its answer. The portal implements it, because it needs a server.

    Returns the SARIF as it came. Raises DidNotRun with a sentence when the scanner cannot be called or does not answer
    within `seconds`, StoppedError when `stop` returns true.
    """

    def ask(
        self,
        scanner: str,
        *,
        webhook: str,
        url: str,
        tag: str,
        commit: str,
        seconds: float,
        stop: Callable[[], bool],
    ) -> bytes: ...


Ask = Callable[[Mapping[str, Any]], Mapping[str, Any]]
"""Sends a question as a JSON object to the process above, and returns its answer."""


@dataclass(frozen=True)
class EngineSettings:
    """What the operator configures: where to fetch, how much, for how long, with which tools.

    `isolation` is one of `isolation.choice.NAMES`; `hidden` is never seen by what is isolated. `trusted` says that the
    files are the caller's own, so that scanners run without isolation as well. `ask` is set in a process without a
    network, and asks the one that has it.
    """

    checkout_dir: Path
    url_rewrites: Mapping[str, str] = field(default_factory=dict)
    allowed_hosts: tuple[str, ...] = ("github.com",)
    ssh_key: str | None = field(default=None, repr=False)
    known_hosts: str = ""
    fetch_seconds: float = 40.0
    run_seconds: float = 600.0
    max_fetch_bytes: int = 100_000_000
    max_file_bytes: int = 50_000_000
    max_tree_bytes: int = 200_000_000
    max_files: int = 20_000
    max_depth: int = 48
    max_specification_bytes: int = 256_000
    osv_api_url: str = ""
    osv_folder: Path | None = None
    scanners: tuple[Mapping[str, Any], ...] = ()
    deliveries: Deliveries | None = None
    isolation: str = "auto"
    hidden: tuple[Path, ...] = ()
    trusted: bool = False
    ask: Ask | None = None


class Check(Protocol):
    """One file in `checks/`: a module-level object `check` with these attributes and a docstring that documents it.

    A required check with `certification_only` is required only for certification. `seconds` is the longest time the
    check may take. `rules` are the kinds of findings it can have.
    """

    id: str
    title: str
    level: Level
    certification_only: bool
    seconds: float
    rules: tuple[Rule, ...]

    def run(self, context: CheckContext) -> CheckResult: ...


@dataclass(frozen=True)
class Report:
    """Everything that one run learned about one commit."""

    commit: str | None
    tree: str | None
    specification: Specification | None
    results: tuple[CheckResult, ...]
    rule_pack: str
    tag: str = ""
    tools: Mapping[str, str] = field(default_factory=dict)

    @property
    def passed(self) -> bool:
        """True when every required check ran and passed."""
        return all(r.outcome is Outcome.PASSED for r in self.results if r.level is Level.REQUIRED)


Progress = Callable[[str, Outcome | None, float], None]
"""Called as (check id, None, 0.0) when a check starts and (check id, outcome, seconds) when it ends."""
