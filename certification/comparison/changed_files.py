"""The code between two ends: which files differ, and one file's difference with its comments.

Everything is read from stored snapshots. Network, repository and tag are no longer needed.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field, replace

from certification.comparison import line_diff, syntax_colors
from certification.comparison.line_diff import Difference, Line
from certification.comparison.revisions import NOTHING, Comparison, Revision
from certification.evidence.machine_evidence import Evidence, Seen, Since
from certification.models import ChangeRequest, LineComment, Round
from connectors.runs import snapshots
from connectors.runs.snapshots import File
from validator.checks import leaked_secrets
from validator.knowledge import secret_patterns
from validator.source import paths

Pieces = tuple[syntax_colors.Piece, ...]

_HIDDEN = "••••••"

LONGEST_SHOWN = 5000
"""Lines of one file's difference that a page shows at once."""

_LOCK = re.compile(
    r"(^|/)(package-lock\.json|npm-shrinkwrap\.json|yarn\.lock|pnpm-lock\.yaml|composer\.lock|poetry\.lock|uv\.lock"
    r"|Pipfile\.lock|Gemfile\.lock|gradle\.lockfile|bun\.lockb?|Cargo\.lock|go\.sum)$"
)
_GENERATED = re.compile(
    r"(^|/)(dist|build|out|generated|__generated__|coverage|\.yarn)/|\.min\.(js|css)$|\.map$|\.snap$|\.pb\.(go|py)$"
)


@dataclass(frozen=True)
class FileChange:
    """One file that differs. `folded` says why the page keeps it closed; `old_path` is set for a renamed file."""

    path: str
    kind: str
    old: File | None
    new: File | None
    old_path: str = ""
    folded: str = ""
    findings: int = 0
    comments: int = 0
    requests: int = 0

    @property
    def note(self) -> str:
        """What the file is if it is not a regular file: a link, a submodule, a Git LFS pointer."""
        file = self.new or self.old
        return file.note if file else ""

    @property
    def size(self) -> int:
        """Bytes by which the file grew or shrank."""
        return (self.new.size if self.new else 0) - (self.old.size if self.old else 0)


@dataclass(frozen=True)
class Spoken:
    """Comments, requests and findings of one line, or of the whole file (line 0)."""

    findings: tuple[Seen, ...] = ()
    comments: tuple[LineComment, ...] = ()
    requests: tuple[ChangeRequest, ...] = ()


@dataclass(frozen=True)
class FileDifference:
    """One file's difference; `problem` says why it cannot be shown."""

    change: FileChange
    difference: Difference | None
    spoken: Mapping[int, Spoken] = field(default_factory=dict)
    problem: str = ""


def changes(comparison: Comparison, *, evidence: Evidence) -> list[FileChange] | None:
    """Return the files that differ, in the order of the tree; None when one of the trees is not stored."""
    new, old = files(comparison.head), files(comparison.base)
    if new is None or old is None:
        return None
    gone = {file.digest: path for path, file in old.items() if path not in new and file.size}
    spoken = _counts(comparison.row, evidence) if comparison.is_of_round else {}
    found: list[FileChange] = []
    renamed: set[str] = set()
    for path, file in new.items():
        if path in old:
            if (old[path].digest, old[path].note) != (file.digest, file.note):
                found.append(_change(path, "changed", old[path], file, spoken))
        elif file.digest in gone and gone[file.digest] not in renamed:
            origin = gone[file.digest]
            renamed.add(origin)
            found.append(_change(path, "renamed", old[origin], file, spoken, old_path=origin))
        else:
            found.append(_change(path, "added", None, file, spoken))
    found += [
        _change(path, "removed", file, None, spoken)
        for path, file in old.items()
        if path not in new and path not in renamed
    ]
    shown = {change.path for change in found}
    # Comments and findings are shown in place, whether the file changed or not.
    found += [
        _change(path, "same", new[path], new[path], spoken) for path in spoken if path in new and path not in shown
    ]
    return sorted(found, key=lambda change: change.path)


def files(end: Revision) -> Mapping[str, File] | None:
    """Return the files of one end; None when they are not stored."""
    if end.name == NOTHING:
        return {}
    return snapshots.files(end.tree)


def difference(
    change: FileChange, comparison: Comparison, *, evidence: Evidence, whole: bool = False
) -> FileDifference:
    """Return the difference of one file with its comments, requests and findings. Lines with a secret are masked."""
    spoken = spoken_of(comparison.row, change.path, evidence) if comparison.is_of_round else {}
    for file in (change.old, change.new):
        if file is not None and (not file.kept or file.size > snapshots.MAX_FILE):
            return FileDifference(change, None, spoken, problem="The file is not text, or is too large to show.")
    texts = snapshots.texts(file for file in (change.old, change.new) if file is not None)
    before = texts.get(change.old.digest, "") if change.old else ""
    after = texts.get(change.new.digest, "") if change.new else ""
    found = line_diff.compare(
        before, after, context=10**6 if whole else line_diff.CONTEXT, show=frozenset(spoken) - {0}
    )
    if sum(len(hunk.lines) for hunk in found.hunks) > LONGEST_SHOWN and not whole:
        number = found.added + found.removed
        return FileDifference(change, None, spoken, problem=f"{number} changed lines are too many to show at once.")
    old, new = (_secrets(text, path) for text, path in ((before, change.old_path or change.path), (after, change.path)))
    shown = _masked(found, spoken, old=old, new=new)
    return FileDifference(
        change,
        _colored(
            shown,
            old=syntax_colors.lines(before, path=change.old_path or change.path),
            new=syntax_colors.lines(after, path=change.path),
        ),
        spoken,
    )


def spoken_of(row: Round, path: str, evidence: Evidence) -> dict[int, Spoken]:
    """Return comments, requests and findings of a file, by line; line 0 is the whole file."""
    findings: dict[int, list[Seen]] = defaultdict(list)
    for found in evidence.findings:
        if found.finding.path == path and found.since is not Since.FIXED:
            findings[found.finding.line or 0].append(found)
    comments: dict[int, list[LineComment]] = defaultdict(list)
    for comment in row.line_comments.filter(path=path).select_related("by"):
        comments[comment.line or 0].append(comment)
    requests: dict[int, list[ChangeRequest]] = defaultdict(list)
    asked = ChangeRequest.objects.filter(round__draft_id=row.draft_id, path=path, state__in=ChangeRequest.UNSETTLED)
    for request in asked.select_related("by", "round"):
        requests[request.line or 0].append(request)
    return {
        line: Spoken(tuple(findings[line]), tuple(comments[line]), tuple(requests[line]))
        for line in sorted({*findings, *comments, *requests})
    }


def folded(path: str) -> str:
    """Return why the page keeps a file closed, or "". Nobody reads lock files and copied packages line by line."""
    if _LOCK.search(path):
        return "lock file"
    if paths.is_vendored(path):
        return "copy of a package"
    return "generated" if _GENERATED.search(path) else ""


def _change(
    path: str,
    kind: str,
    old: File | None,
    new: File | None,
    spoken: Mapping[str, tuple[int, int, int]],
    *,
    old_path: str = "",
) -> FileChange:
    findings, comments, requests = spoken.get(path, (0, 0, 0))
    return FileChange(path, kind, old, new, old_path, folded(path), findings, comments, requests)


def _counts(row: Round, evidence: Evidence) -> dict[str, tuple[int, int, int]]:
    counted: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    for found in evidence.findings:
        if found.finding.path and found.since is not Since.FIXED:
            counted[found.finding.path][0] += 1
    for path in row.line_comments.all().values_list("path", flat=True):
        counted[path][1] += 1
    asked = ChangeRequest.objects.filter(round__draft_id=row.draft_id, state__in=ChangeRequest.UNSETTLED)
    for path in asked.exclude(path="").values_list("path", flat=True):
        counted[path][2] += 1
    return {path: (numbers[0], numbers[1], numbers[2]) for path, numbers in counted.items()}


def _masked(
    found: Difference, spoken: Mapping[int, Spoken], *, old: Mapping[int, str], new: Mapping[int, str]
) -> Difference:
    """Mask secrets on both sides: the page shows that there is one, but not its value.

    Secrets that a check found are masked wherever the same line occurs. The current rules also search both texts,
    because no check may have seen them.
    """
    seen = {
        s.finding.line: s.finding.snippet or _HIDDEN
        for line in spoken.values()
        for s in line.findings
        if s.finding.check_id == "secrets" and s.finding.line
    }
    new = {**new, **seen}
    if not new and not old:
        return found
    hidden = {line.text for hunk in found.hunks for line in hunk.lines if line.new in seen}
    hunks = tuple(
        line_diff.Hunk(hunk.skipped, tuple(_mask(line, hidden, old=old, new=new) for line in hunk.lines))
        for hunk in found.hunks
    )
    return Difference(hunks, found.added, found.removed, found.rest)


def _mask(line: Line, hidden: Set[str], *, old: Mapping[int, str], new: Mapping[int, str]) -> Line:
    mask = new.get(line.new) if line.new is not None else old.get(line.old or 0)
    if mask is None and line.text in hidden and line.text.strip():
        mask = _HIDDEN
    return line if mask is None else Line(line.sign, line.old, line.new, mask)


def _colored(found: Difference, *, old: Sequence[Pieces], new: Sequence[Pieces]) -> Difference:
    """Add colors to the lines. A line that differs from the file, such as a masked one, has none."""

    def color(line: Line) -> Line:
        pieces, number = (new, line.new) if line.new is not None else (old, line.old)
        if number is None or number > len(pieces) or "".join(text for _, text in pieces[number - 1]) != line.text:
            return line
        return replace(line, pieces=pieces[number - 1])

    hunks = tuple(line_diff.Hunk(hunk.skipped, tuple(map(color, hunk.lines))) for hunk in found.hunks)
    return replace(found, hunks=hunks)


def _secrets(text: str, path: str) -> dict[int, str]:
    """Return the lines of a text that hold a credential, with stars in its place."""
    data = text.encode()
    masked: dict[int, str] = {}
    first, counted = 1, 0
    for match in leaked_secrets.matches(data, path=path):
        first += data.count(b"\n", counted, match.start)
        counted = match.start
        last = first + data.count(b"\n", match.start, match.end)
        if last > first or first in masked:
            # A secret that spans lines, or a second one in a line: these lines are masked as a whole.
            masked.update(dict.fromkeys(range(first, last + 1), _HIDDEN))
            continue
        begin, end = data.rfind(b"\n", 0, match.start) + 1, data.find(b"\n", match.end)
        before, after = data[begin : match.start], data[match.end : end if end >= 0 else len(data)]
        stars = secret_patterns.stars(data[match.start : match.end], keep=match.pattern.keep)
        masked[first] = f"{before.decode()}{stars}{after.decode()}"
    return masked
