"""The check for what a commit only refers to: submodules, symbolic links and Git LFS pointers."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Sequence

from validator.findings import conclude, in_time
from validator.results import Application, CheckContext, CheckResult, Finding, Level, Rule, Severity, Tree
from validator.source import lfs, links, paths

MAX_MODULES = 200_000

SUBMODULE = Rule(
    "contents-submodule",
    "Submodule",
    Severity.WARNING,
    "Its files are in another repository: no check has read them, and no reviewer sees them here.",
    "Commit the files themselves, or install a published version with the package manager.",
)
LINK = Rule(
    "contents-link",
    "Symbolic link",
    Severity.WARNING,
    "A link may lead to another place on another machine, and no check follows it out of the commit.",
    "Replace the link by the file or folder that it leads to.",
)
POINTER = Rule(
    "contents-lfs-pointer",
    "Git LFS pointer",
    Severity.WARNING,
    "The file is kept outside the commit: the checks have read the pointer and not the file.",
    "Commit the file itself: `git lfs untrack`, then `git add --renormalize`.",
)

_MODULE_PATH = re.compile(r'^\s*path\s*=\s*"?([^"\r\n]*?)"?\s*$', re.MULTILINE)


class ContentsCheck:
    """Look for content that the commit only refers to.

    What: Every submodule, symbolic link and Git LFS pointer, with where it leads. Nothing outside the commit is
    fetched or opened. A README, license, manifest, lock file or test that is a link to a file of the commit counts as
    that file; connect.yaml must be a regular file. In a commit with very many links, the first 500 are followed.

    Why: Checks and reviewers see one commit. What the commit only refers to can be anything, and can change after the
    review.

    Fix: Commit the files themselves.

    Level: Required; the findings are warnings. Source code behind a submodule or a pointer in an application is also a
    certification error of the static analysis, which could not read it.
    """

    id = "contents"
    title = "Contents"
    level = Level.REQUIRED
    certification_only = False
    seconds = 120.0
    rules: tuple[Rule, ...] = (SUBMODULE, LINK, POINTER)

    def run(self, context: CheckContext) -> CheckResult:
        """Look through the list of files, and inside every file that is small enough to be a pointer."""
        return conclude(self, self._search(context))

    def _search(self, context: CheckContext) -> Iterator[Finding]:
        deadline = min(context.deadline, time.monotonic() + self.seconds)
        tree = context.tree
        applications = paths.applications(tree, context.specification)
        yield from _submodules(tree, applications)
        for path, end in links.ends(tree).items():
            in_time(deadline)
            yield LINK.finding(
                links.told(path, end), path=path, application=_owner(path, applications), snippet=tree.target(path)
            )
        for path in tree.paths():
            in_time(deadline)
            if lfs.is_pointer_at(tree, path):
                yield POINTER.finding(lfs.told(path), path=path, line=1, application=paths.owner(path, applications))


def _submodules(tree: Tree, applications: Sequence[Application]) -> Iterator[Finding]:
    modules = (
        tree.read(".gitmodules", MAX_MODULES).decode("utf-8", "replace") if tree.kind(".gitmodules") == "file" else ""
    )
    named = {hit[1].rstrip("/") for hit in _MODULE_PATH.finditer(modules)}
    for path in tree.others("submodule"):
        unnamed = "" if path in named else " .gitmodules does not say which one."
        yield SUBMODULE.finding(
            f"{links.told_submodule(path)}{unnamed}",
            path=path,
            application=_owner(path, applications),
            snippet=tree.target(path),
        )


def _owner(path: str, applications: Sequence[Application]) -> str | None:
    """Return the application that a link or a submodule belongs to; its whole folder may be one."""
    return paths.owner(f"{path}/", applications)


check = ContentsCheck()
