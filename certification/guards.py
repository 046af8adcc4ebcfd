"""What must be true before somebody may do something in a review: asked by the verbs, and by pages that offer them."""

from __future__ import annotations

from accounts.models import Membership, User
from accounts.roles import may
from certification.choices import Decision
from certification.errors import NotAllowed, Obstacle
from certification.models import Round
from connectors.choices import ConnectorStatus
from connectors.models import CheckResult

Outcome = CheckResult.Outcome


def demand(by: User, action: str) -> None:
    """Refuse whoever has no role that allows the action."""
    if not may(by, action):
        raise NotAllowed("Your role does not allow this.")


def why_not_yours(of: Round, by: User) -> str:
    """Say why this person must not review this round, or nothing."""
    if Membership.objects.filter(project_id=of.project_id, user=by).exists():
        return f"You are a member of {of.project}: somebody else reviews its connectors."
    refused = Round.objects.filter(draft_id=of.draft_id, decision=Decision.FAILED, number=of.number - 1).first()
    if of.kind == "appeal" and refused is not None and refused.decided_by_id == by.pk:
        return "You gave the decision that this appeal is about: somebody else looks at it."
    return ""


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
        holder = of.assignee or "nobody"
        raise NotAllowed(f"This review is with {holder}. Take it over to decide.")


def obstacles(of: Round, *, tag_commit: str | None) -> list[Obstacle]:
    """Return everything that stands in the way of a certificate. `tag_commit` None means that nobody looked."""
    return [*_commit(of, tag_commit=tag_commit), *_checks(of)]


def _commit(of: Round, *, tag_commit: str | None) -> list[Obstacle]:
    if not of.commit:
        return [Obstacle("No validated commit is pinned to this round: run the checks again.", "checks")]
    if tag_commit is not None and tag_commit != of.commit:
        return [
            Obstacle(
                f"The tag {of.tag} leads to {tag_commit[:10]} now and not to the reviewed {of.commit[:10]}.", "why"
            )
        ]
    return []


def _checks(of: Round) -> list[Obstacle]:
    results = list(of.run.results.filter(level="required")) if of.run else []
    if not results:
        return [Obstacle("No required check ran on this commit: run the checks again.", "checks")]
    return [
        Obstacle(f"The required check “{r.title}” {Outcome(r.outcome).label.lower()}.", "checks")
        for r in results
        if r.outcome != Outcome.PASSED
    ]
