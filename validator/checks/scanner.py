"""A configured scanner as a check. Scanners come from the operator's configuration and are not in the list of
checks."""

from __future__ import annotations

import logging
import os
import shutil
import stat
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

from validator import process, sarif
from validator.findings import MAX_SNIPPET, DidNotRun, conclude
from validator.isolation import choice
from validator.isolation.choice import Isolation
from validator.isolation.room import beside
from validator.knowledge.secret_patterns import mask
from validator.process import DeadlinePassedError, Limits, OutputTooLargeError, ProcessError
from validator.results import CheckContext, CheckResult, Finding, Level, Rule, Tree
from validator.scanners import Scanner
from validator.source import paths

log = logging.getLogger(__name__)

# Seconds beyond the scanner's own limit in which the check reports that the limit was reached.
_GRACE_SECONDS: Final = 5.0
_CHATTER: Final = 10_000_000
_WRITTEN: Final = 2_000_000_000
_MAX_QUOTED_FILE: Final = 1_000_000
_WITH_YOUR_RIGHTS: Final = "This machine offers no isolation: the scanner ran with your rights and your network."


class ScannerCheck:
    """Run one of the operator's scanners over the files of the commit, and read its SARIF.

    What: Whatever the scanner looks for. It gets a copy of the files without `.git` and an empty working folder, no
    shell, only the environment variables, files and network access that its configuration names, and limits on time,
    memory, processes and output. Its results become findings like all others.

    Why: An installation may have scanners of its own, commercial or homegrown.

    Fix: Follow the scanner's advice in each finding.

    Level: As configured. A scanner that is missing, takes too long, ends with an unexpected exit code, reports a
    failure, or leaves no valid SARIF, did not run. Neither did one on a machine that cannot isolate it, because a
    scanner may run the code that it is given.
    """

    rules: tuple[Rule, ...] = ()

    def __init__(self, scanner: Scanner, *, answer: Callable[[CheckContext], bytes] | None = None) -> None:
        """`answer` returns the SARIF of a scanner that is called through its webhook; it may raise DidNotRun."""
        self.scanner = scanner
        self.id: str = scanner.name
        self.title: str = scanner.title
        self.level: Level = scanner.level
        self.certification_only: bool = scanner.certification_only
        self.seconds: float = scanner.seconds + _GRACE_SECONDS
        self._answer = answer

    def run(self, context: CheckContext) -> CheckResult:
        """Get the scanner's SARIF and read it."""
        result = conclude(self, self._search(context), tool=self.scanner.name)
        if self.scanner.argv and not result.detail and not choice.chosen(context.settings.isolation).isolates:
            result = replace(result, detail=_WITH_YOUR_RIGHTS)
        return result

    def _search(self, context: CheckContext) -> Iterator[Finding]:
        if self._answer is not None:
            data, root = self._answer(context), None
        elif self.scanner.webhook:
            raise DidNotRun(f"The scanner {self.title} is called by the portal and cannot be called from here.")
        else:
            isolation = choice.chosen(context.settings.isolation)
            if not isolation.isolates and not context.settings.trusted:
                raise DidNotRun(not_isolated(self.scanner.title))
            root = context.tree.folder()
            data = _output(self.scanner, source=root, context=context, isolation=isolation)
        try:
            findings = sarif.read(data, prefix=f"{self.id}/", root=root)
        except sarif.SarifError as error:
            raise DidNotRun(f"The answer of the scanner {self.title} cannot be used: {error}") from error
        applications = paths.applications(context.tree, context.specification)
        for finding in findings:
            yield replace(
                finding,
                application=paths.owner(finding.path or "", applications),
                snippet=finding.snippet or _line(context.tree, finding),
            )


def _line(tree: Tree, finding: Finding) -> str:
    """Return the line of a finding for a scanner that does not quote it: fingerprints need it."""
    try:
        if not finding.path or not finding.line or tree.size(finding.path) > _MAX_QUOTED_FILE:
            return ""
        lines = tree.read(finding.path).decode("utf-8", "replace").splitlines()
    except KeyError:
        return ""
    return mask(lines[finding.line - 1].strip()[: MAX_SNIPPET * 2]) if finding.line <= len(lines) else ""


def not_isolated(title: str) -> str:
    """Return why a scanner did not run, and what the operator can do."""
    return (
        f"The scanner {title} did not run, because it may run foreign code and this machine cannot isolate it."
        " An operator can install bubblewrap or sandlock, or let the scanner run elsewhere and call its webhook."
    )


def limits_of(scanner: Scanner) -> Limits:
    """Return the limits of a scanner's command."""
    return Limits(
        output=scanner.max_output if scanner.from_stdout else _CHATTER,
        memory=scanner.memory,
        file_size=_WRITTEN,
        cpu_seconds=int(scanner.seconds * (os.cpu_count() or 1)) + 60,
    )


def needed_by(scanner: Scanner) -> list[Path]:
    """Return what a scanner reads beside the system's programs: its own folder, and what its configuration names."""
    if not scanner.argv:
        return []
    named = [word for word in scanner.argv[1:] if word.startswith("/") and Path(word).exists()]
    return [*beside(shutil.which(scanner.argv[0])), *map(Path, (*named, *scanner.readable))]


def _output(scanner: Scanner, *, source: Path, context: CheckContext, isolation: Isolation) -> bytes:
    """Run the command and return its SARIF; raises DidNotRun with a sentence."""
    if shutil.which(scanner.argv[0]) is None:
        raise DidNotRun(f"The program of the scanner {scanner.title} is not installed.")
    with tempfile.TemporaryDirectory(prefix="scanner-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        (folder / "empty").mkdir()
        (folder / "home").mkdir()
        target = folder / "results.sarif"
        room = isolation.room(
            folder,
            writable=[folder, source],
            readable=needed_by(scanner),
            hidden=context.settings.hidden,
            network=scanner.network,
            own_user=False,
            processes=True,
        )
        words = [word.replace("{source}", str(source)).replace("{output}", str(target)) for word in scanner.argv]
        try:
            ended = process.run(
                words,
                env=_environment(scanner, home=folder / "home"),
                cwd=folder / "empty",
                deadline=min(context.deadline - 1.0, time.monotonic() + scanner.seconds),
                limits=limits_of(scanner),
                cover=isolation.cover(room),
            )
        except DeadlinePassedError as error:
            limit = f"{scanner.seconds:.0f} seconds"
            raise DidNotRun(f"The scanner {scanner.title} did not finish within {limit} and was stopped.") from error
        except OutputTooLargeError as error:
            raise DidNotRun(f"The scanner {scanner.title} wrote more than is allowed and was stopped.") from error
        except ProcessError as error:
            raise DidNotRun(f"The scanner {scanner.title} could not be started.") from error
        if ended.code not in scanner.ok_codes:
            log.warning("The scanner %s ended with %d: %s", scanner.name, ended.code, ended.complaint[-2000:])
            how = f"with exit code {ended.code}" if ended.code >= 0 else f"by signal {-ended.code}"
            raise DidNotRun(f"The scanner {scanner.title} ended {how}, which means that it failed.")
        return ended.output if scanner.from_stdout else _written(scanner, target)


def _written(scanner: Scanner, target: Path) -> bytes:
    try:
        handle = os.open(target, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        raise DidNotRun(f"The scanner {scanner.title} left no SARIF.") from error
    status = os.fstat(handle)
    if not stat.S_ISREG(status.st_mode):
        os.close(handle)
        raise DidNotRun(f"The scanner {scanner.title} left no SARIF.")
    with os.fdopen(handle, "rb") as file:
        if status.st_size > scanner.max_output:
            raise DidNotRun(f"The scanner {scanner.title} wrote more than is allowed.")
        return file.read(scanner.max_output)


def _environment(scanner: Scanner, *, home: Path) -> dict[str, str]:
    allowed = {name: os.environ[name] for name in scanner.environment if name in os.environ}
    own = {"PATH": process.search_path(), "LC_ALL": "C.UTF-8", "HOME": str(home), "TMPDIR": str(home)}
    return allowed | own
