"""The findings of a round, grouped by their state since the previous round."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.conf import settings

from certification.evidence.machine_evidence import Evidence, Seen, Since
from certification.models import ChangeRequest, Round
from connectors.models import Waiver
from connectors.runs import waived_findings
from validator.source import addresses

MOST_FINDINGS = 40
GROUPS = ((Since.NEW, "New"), (Since.STILL, "Still there"), (Since.WAIVED, "Waived"), (Since.FIXED, "Fixed"))


@dataclass(frozen=True)
class FindingRow:
    """A finding with its permalink at the commit, its proposed waivers, and the request for its fix."""

    seen: Seen
    link: str
    place: str
    proposed: tuple[Waiver, ...]
    requested: ChangeRequest | None


@dataclass(frozen=True)
class RequestRow:
    """A request for a change, with the commits that changed its file."""

    request: ChangeRequest
    touches: tuple[tuple[int, str, str], ...]


@dataclass(frozen=True)
class Group:
    """The findings in one state."""

    label: str
    number: int
    rows: tuple[FindingRow, ...]
    is_open: bool
    """Whether they ask for something, so that the page shows them at once."""


def groups(row: Round, evidence: Evidence, requests: Iterable[ChangeRequest], *, everything: bool) -> list[Group]:
    asked = {r.fingerprint: r for r in requests if r.fingerprint and r.state in ChangeRequest.UNSETTLED}
    proposed = list(row.draft.waivers.filter(approved_at=None, revoked_at=None))
    groups = []
    for since, label in GROUPS:
        found = evidence.group(since)
        listed = found if everything else found[:MOST_FINDINGS]
        rows = tuple(_finding(s, row, proposed, asked) for s in listed)
        groups.append(Group(label, len(found), rows, is_open=since in {Since.NEW, Since.STILL}))
    return groups


def _finding(seen: Seen, row: Round, proposed: Iterable[Waiver], asked: Mapping[str, ChangeRequest]) -> FindingRow:
    finding = seen.finding
    place = f"{finding.path}:{finding.line}" if finding.path and finding.line else finding.path
    return FindingRow(
        seen=seen,
        link=permalink(row, finding.path, finding.line) if finding.path else "",
        place=place or finding.package,
        proposed=tuple(w for w in proposed if waived_findings.covers(w, finding)),
        requested=asked.get(finding.fingerprint),
    )


def permalink(row: Round, path: str, line: int | None, *, commit: str = "") -> str:
    commit = commit or row.commit
    if not commit:
        return ""
    try:
        return addresses.permalink(
            row.draft.repository_url, commit=commit, path=path, line=line, allowed_hosts=settings.GIT_HOSTS
        )
    except ValueError:
        return ""


def request_row(request: ChangeRequest, row: Round) -> RequestRow:
    """Return a request with links to the commits that changed its file."""
    return RequestRow(
        request,
        tuple(
            (t.round.number, t.commit[:10], permalink(row, request.path, request.line, commit=t.commit))
            for t in request.touches.all()
        ),
    )
