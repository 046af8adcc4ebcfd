"""What must be true before somebody may do something in a review: asked by the verbs, and by pages that offer them."""

from __future__ import annotations

from accounts.models import Event, Membership, User
from accounts.roles import may
from certification import criteria as sheets
from certification.choices import Awaits, Decision, RoundKind
from certification.errors import NotAllowed, Obstacle, Stale
from certification.evidence import Evidence, Since
from certification.models import Round
from certification.timeline import sentences
from connectors.choices import ConnectorStatus
from connectors.models import CheckResult
from connectors.validation.results import NEEDED_TO_CERTIFY

Outcome = CheckResult.Outcome
MOST_CHANGES = 5
MEMBER = "You are a member of {}: somebody else reviews its connectors."


def demand(by: User, action: str) -> None:
    """Refuse whoever has no role that allows the action."""
    if not may(by, action):
        raise NotAllowed("Your role does not allow this.")


def is_member(of: Round, by: User) -> bool:
    """Tell whether the connector is of a Project that this person belongs to."""
    return Membership.objects.filter(project_id=of.project_id, user=by).exists()


def why_not_yours(of: Round, by: User) -> str:
    """Say why this person must not review this round, or nothing."""
    if is_member(of, by):
        return MEMBER.format(of.project)
    if of.kind == RoundKind.APPEAL and _refused_by(of, by):
        return "You gave the decision that this appeal is about: somebody else looks at it."
    return ""


def demand_outsider(of: Round, by: User, *, action: str) -> None:
    """Refuse whoever has no role that allows the action, and members of the Project whatever their role.

    For what is around the review and not a judgment: whoever refused a certificate may still hand the appeal on.
    """
    demand(by, action)
    if is_member(of, by):
        raise NotAllowed(MEMBER.format(of.project))


def demand_review(of: Round, by: User, *, action: str = "review:decide") -> None:
    """Refuse whoever must not act in this round."""
    demand(by, action)
    reason = why_not_yours(of, by)
    if reason:
        raise NotAllowed(reason)


def demand_turn(of: Round, by: User) -> None:
    """Refuse a decision by whoever does not have the round; a lead may decide for the assignee."""
    demand_review(of, by)
    if of.status != ConnectorStatus.IN_CERTIFICATION:
        raise NotAllowed(f"The connector is {ConnectorStatus(of.status).label.lower()}: start the certification first.")
    if of.assignee_id != by.pk and not may(by, "review:assign"):
        raise NotAllowed(f"This review is with {of.assignee or 'nobody'}. Take it over to decide.")


def demand_fresh(of: Round, by: User, *, seen: int | None) -> None:
    """Raise Stale when somebody else did something with the connector after event `seen` of the page."""
    if changes := news(of, by, seen=seen):
        raise Stale(changes)


def news(of: Round, by: User, *, seen: int | None) -> list[str]:
    """Return in sentences what others did with the connector after event `seen`, the last few of it."""
    if seen is None:
        return []
    later = Event.objects.filter(subject_type="connector", subject_id=str(of.draft_id), id__gt=seen)
    changes = list(later.exclude(actor_id=str(by.pk)).order_by("-id")[:MOST_CHANGES])
    return sentences(reversed(changes))


def obstacles(of: Round, seen: Evidence, rows: list[sheets.Row], *, tag_commit: str | None, by: User) -> list[Obstacle]:
    """Return everything that stands in the way of a certificate. `tag_commit` None means that nobody looked."""
    return [
        *_commit(of, seen, tag_commit=tag_commit),
        *_checks(seen),
        *_findings(seen),
        *_criteria(rows),
        *_signatures(of, by),
    ]


def _refused_by(of: Round, by: User) -> bool:
    refused = Round.objects.filter(draft_id=of.draft_id, decision=Decision.FAILED, number__lt=of.number)
    last = refused.order_by("-number").first()
    return last is not None and last.decided_by_id == by.pk


def _commit(of: Round, seen: Evidence, *, tag_commit: str | None) -> list[Obstacle]:
    if not of.commit:
        return [Obstacle("No validated commit is pinned to this round: run the checks again.", "why")]
    now = tag_commit or seen.moved_to
    if now and now != of.commit:
        return [Obstacle(f"The tag {of.tag} leads to {now[:10]} now and not to the reviewed {of.commit[:10]}.", "why")]
    return []


def _checks(seen: Evidence) -> list[Obstacle]:
    required = [result for result in seen.results if result.level in NEEDED_TO_CERTIFY]
    if not required:
        return [Obstacle("No required check ran on this commit: run the checks again.", "findings")]
    return [
        Obstacle(f"The required check “{r.title}” {Outcome(r.outcome).label.lower()}.", "findings")
        for r in required
        if r.outcome != Outcome.PASSED and not _is_excused(r, seen)
    ]


def _is_excused(result: CheckResult, seen: Evidence) -> bool:
    """A check that failed counts as passed when it has findings that are waived, and none that blocks."""
    if result.outcome != Outcome.FAILED:
        return False
    mine = [s for s in seen.findings if s.finding.check_id == result.check_id]
    return any(s.since is Since.WAIVED for s in mine) and not any(s.blocks for s in mine)


def _findings(seen: Evidence) -> list[Obstacle]:
    number = len(seen.blocking)
    if not number:
        return []
    words = "1 blocking finding is open" if number == 1 else f"{number} blocking findings are open"
    return [Obstacle(f"{words} and not waived.", "findings")]


def _criteria(rows: list[sheets.Row]) -> list[Obstacle]:
    found = []
    left, lost = sheets.undecided(rows), sheets.failed(rows)
    if left:
        words = "1 criterion is" if len(left) == 1 else f"{len(left)} criteria are"
        found.append(
            Obstacle(f"{words} not decided: {', '.join(row.criterion.title for row in left[:3])}…", "criteria")
        )
    found += [Obstacle(f"The criterion “{row.criterion.title}” failed.", "criteria") for row in lost]
    return found


def _signatures(of: Round, by: User) -> list[Obstacle]:
    if of.awaits == Awaits.SECOND and of.approvals.filter(by=by, commit=of.commit).exists():
        return [Obstacle("You signed already: the second signature is somebody else's.", "decide")]
    return []
