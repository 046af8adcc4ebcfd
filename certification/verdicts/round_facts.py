"""What is computed once, when a round gets its commit: facts for the queue, carried verdicts, touched requests."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from certification.choices import Decision, RoundKind
from certification.evidence import machine_evidence
from certification.evidence.machine_evidence import Since
from certification.models import ChangeRequest, Round, Touch
from certification.verdicts import carry_over
from connectors.drafts import upgrade_impact
from connectors.models import CheckResult, ConnectorStaged, Release
from connectors.runs import snapshots
from connectors.runs.snapshots import File


def assess(row: Round, draft: ConnectorStaged, *, now: datetime) -> None:
    """Compute and store what the queue shows of a round that was just pinned, and carry over verdicts."""
    row.listing_digest = carry_over.listing_digest(draft)
    evidence = machine_evidence.gather(row, now=now)
    row.blocking = len(evidence.blocking)
    row.new_findings = len(evidence.group(Since.NEW))
    row.did_not_run = sum(1 for r in evidence.results if r.outcome == CheckResult.Outcome.DID_NOT_RUN)
    row.breaking = upgrade_impact.is_breaking(impacts(draft))
    row.changed_files = _changed(certified_tree(row), row.tree)
    row.reasons = _reasons(row)
    row.save()
    carry_over.carry_over(row)
    touch_requests(row)


def impacts(draft: ConnectorStaged) -> list[upgrade_impact.Impact]:
    """Return the draft's impact on clients that run the production Connector; nothing for a first version."""
    if draft.published is None:
        return []
    return upgrade_impact.compare(draft.published.content(), draft.content())


def certified_tree(row: Round) -> str:
    """Return the tree of the last certified release before a round, or ""."""
    releases = Release.objects.filter(draft_id=row.draft_id, certified=True)
    if row.decided_at is not None:
        releases = releases.filter(released_at__lt=row.decided_at)
    return releases.order_by("-number").values_list("tree", flat=True).first() or ""


def touch_requests(row: Round) -> None:
    """Link open requests of earlier rounds to this commit if it changed their files."""
    waiting = ChangeRequest.objects.filter(
        round__draft_id=row.draft_id, round__number__lt=row.number, state__in=ChangeRequest.UNSETTLED
    ).exclude(path="")
    after = snapshots.files(row.tree)
    if after is None:
        return
    trees: dict[str, Mapping[str, File] | None] = {}
    for request in waiting.select_related("round"):
        tree = request.round.tree
        if tree not in trees:
            trees[tree] = snapshots.files(tree)
        before = trees[tree]
        if before is not None and _digest(before, request.path) != _digest(after, request.path):
            Touch.objects.get_or_create(request=request, round=row, defaults={"commit": row.commit})


def _changed(before: str, after: str) -> int | None:
    """Return how many files differ between two trees; None when one of them is not stored."""
    new = snapshots.files(after)
    if new is None:
        return None
    old: Mapping[str, File] | None = snapshots.files(before) if before else {}
    if old is None:
        return None
    return sum(1 for path in old.keys() | new.keys() if _digest(old, path) != _digest(new, path))


def _digest(files: Mapping[str, File], path: str) -> str:
    file = files.get(path)
    return file.digest if file else ""


def _reasons(row: Round) -> list[str]:
    """Return why a round is in the queue, in words for the chips of its row."""
    last = Round.objects.filter(draft_id=row.draft_id, number=row.number - 1).first()
    words = {RoundKind.FIRST: "First submission", RoundKind.UPDATE: "Update", RoundKind.APPEAL: "Appeal"}
    found = [words[RoundKind(row.kind)]]
    if last is not None and last.decision == Decision.RESUBMITTED:
        found.append("New tag")
    if last is not None and last.decision == Decision.WITHDRAWN:
        found.append("Submitted again")
    if row.breaking:
        found.append("Breaking")
    if row.blocking:
        found.append("Blocking findings")
    return found
