"""What must be true before somebody may do something in a review: asked by the verbs, and by pages that offer them."""

from __future__ import annotations

from uuid import UUID

from django.db.models import BigIntegerField, Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.db.models.lookups import Exact

from accounts.access.roles import may
from accounts.models import Membership, User
from certification.choices import Decision, RoundKind
from certification.errors import NotAllowed, Obstacle, Stale
from certification.evidence import criteria as sheets
from certification.evidence.machine_evidence import Evidence
from certification.models import Round
from certification.rounds import approvals
from certification.rounds.timeline import sentences, visible
from connectors.choices import ConnectorStatus
from connectors.models import CheckResult

Outcome = CheckResult.Outcome
MOST_CHANGES = 5
ROLE = "Your role does not allow this."
MOST_TITLES = 3
MEMBER = "You are a member of {}: somebody else reviews its connectors."
REFUSED = "You gave the decision that this appeal is about: somebody else looks at it."
SIGNED = "You signed already: the second signature is somebody else's."


def demand(by: User, action: str) -> None:
    """Refuse whoever has no role that allows the action."""
    if not may(by, action):
        raise NotAllowed(ROLE)


def is_member(round_: Round, by: User) -> bool:
    """Tell whether the connector is of a Project that this person belongs to: then nothing internal is for them.

    Internal is what reviewers have among themselves: notes, verdicts, escalations, proposed waivers, and comments and
    requests that were not sent yet. `members` asks the same of many rounds, `timeline.visible` of events.
    """
    return Membership.objects.filter(project_id=round_.project_id, user=by).exists()


def members(by: User) -> Q:
    """Return the condition of rounds whose Project this person belongs to."""
    return Q(Exists(Membership.objects.filter(project=OuterRef("project_id"), user=by)))


def why_not_yours(round_: Round, by: User) -> str:
    """Say why this person must not review this round, or nothing."""
    if is_member(round_, by):
        return MEMBER.format(round_.project)
    if round_.kind == RoundKind.APPEAL and _refused_by(round_, by):
        return REFUSED
    return ""


def why_not_take(round_: Round, by: User) -> str:
    """Say why this person must not have this round, or nothing: asked before it is taken, assigned or offered."""
    return why_not_yours(round_, by) or (SIGNED if approvals.has_signed(round_, by) else "")


def not_to_take(by: User) -> Q:
    """Return the condition of the rounds for which `why_not_take` has an answer."""
    last = Subquery(_refused(OuterRef("draft_id"), OuterRef("number")).values("decided_by")[:1])
    refused = Exact(Coalesce(last, 0, output_field=BigIntegerField()), by.pk)
    return members(by) | Q(refused, kind=RoundKind.APPEAL) | approvals.signed_by(by)


def require_outsider(round_: Round, by: User, *, action: str) -> None:
    """Refuse whoever has no role that allows the action, and members of the Project whatever their role.

    For what is around the review and not a judgment: whoever refused a certificate may still hand the appeal on.
    """
    demand(by, action)
    if is_member(round_, by):
        raise NotAllowed(MEMBER.format(round_.project))


def require_review(round_: Round, by: User, *, action: str = "review:decide") -> None:
    """Refuse whoever must not act in this round."""
    demand(by, action)
    reason = why_not_yours(round_, by)
    if reason:
        raise NotAllowed(reason)


def why_not_decide(round_: Round, by: User) -> str:
    """Say why this person cannot decide this round, or nothing; a lead may decide for the assignee."""
    if not may(by, "review:decide"):
        return ROLE
    if reason := why_not_yours(round_, by):
        return reason
    if round_.status != ConnectorStatus.IN_CERTIFICATION:
        return f"The connector is {ConnectorStatus(round_.status).label.lower()}: start the certification first."
    if round_.assignee_id != by.pk and not may(by, "review:assign"):
        return f"This review is with {round_.assignee or 'nobody'}. Take it over to decide."
    return ""


def require_turn(round_: Round, by: User) -> None:
    """Refuse a decision by somebody who cannot make it."""
    if reason := why_not_decide(round_, by):
        raise NotAllowed(reason)


def require_fresh(round_: Round, by: User, *, last_event_id: int | None) -> None:
    """Raise Stale when somebody else did something with the connector after event `seen` of the page."""
    if changes := news(round_, by, last_event_id=last_event_id):
        raise Stale(changes)


def news(round_: Round, by: User, *, last_event_id: int | None) -> list[str]:
    """Return in sentences what others did with the connector after event `seen`, the last few of it."""
    if last_event_id is None:
        return []
    later = visible(by).filter(subject_type="connector", subject_id=str(round_.draft_id), id__gt=last_event_id)
    changes = list(later.exclude(actor_id=str(by.pk))[:MOST_CHANGES])
    return sentences(reversed(changes))


def obstacles(
    round_: Round, evidence: Evidence, rows: list[sheets.Row], *, tag_commit: str | None, by: User
) -> list[Obstacle]:
    """Return everything that stands in the way of a certificate. `tag_commit` None means that nobody looked."""
    return [
        *machine_obstacles(round_, evidence, tag_commit=tag_commit),
        *_criteria(rows),
        *_signatures(round_, by),
    ]


def machine_obstacles(round_: Round, evidence: Evidence, *, tag_commit: str | None = None) -> list[Obstacle]:
    """Return what stands in the way of a certificate whatever reviewers decide; developers see it as well."""
    return [*_commit(round_, evidence, tag_commit=tag_commit), *_checks(evidence), *_findings(evidence)]


def _refused_by(round_: Round, by: User) -> bool:
    last = _refused(round_.draft_id, round_.number).first()
    return last is not None and last.decided_by_id == by.pk


def _refused(draft_id: UUID | OuterRef, number: int | OuterRef) -> QuerySet[Round]:
    """Return the rounds of a draft that were refused before one, the last first."""
    return Round.objects.filter(draft_id=draft_id, decision=Decision.FAILED, number__lt=number).order_by("-number")


def _commit(round_: Round, evidence: Evidence, *, tag_commit: str | None) -> list[Obstacle]:
    if not round_.commit:
        return [Obstacle("No validated commit is pinned to this round: run the checks again.", "why")]
    now = tag_commit or evidence.moved_to
    if now and now != round_.commit:
        return [
            Obstacle(
                f"The tag {round_.tag} leads to {now[:10]} now and not to the reviewed {round_.commit[:10]}.", "why"
            )
        ]
    return [tag_unknown(round_, evidence.tag_problem)] if evidence.tag_problem and not tag_commit else []


def tag_unknown(round_: Round, problem: str) -> Obstacle:
    """Return what is missing where nobody could tell which commit the tag leads to."""
    return Obstacle(f"The tag {round_.tag} could not be compared with the reviewed commit: {problem}", "why")


def _checks(evidence: Evidence) -> list[Obstacle]:
    if not evidence.needed:
        return [Obstacle("No required check ran on this commit: run the checks again.", "findings")]
    return [
        Obstacle(f"The required check “{r.title}” {Outcome(r.outcome).label.lower()}.", "findings")
        for r in evidence.missing
    ]


def _findings(evidence: Evidence) -> list[Obstacle]:
    number = len(evidence.blocking)
    if not number:
        return []
    words = "1 blocking finding is open" if number == 1 else f"{number} blocking findings are open"
    return [Obstacle(f"{words} and not waived.", "findings")]


def _criteria(rows: list[sheets.Row]) -> list[Obstacle]:
    found = []
    left, lost = sheets.undecided(rows), sheets.failed(rows)
    if left:
        words = "1 criterion is" if len(left) == 1 else f"{len(left)} criteria are"
        found.append(Obstacle(f"{words} not decided: {_some([row.criterion.title for row in left])}.", "criteria"))
    found += [Obstacle(f"The criterion “{row.criterion.title}” failed.", "criteria") for row in lost]
    found += [Obstacle(needs_reason(row), "criteria") for row in sheets.unproven(rows)]
    return found


def _some(titles: list[str]) -> str:
    more = len(titles) - MOST_TITLES
    return ", ".join(titles[:MOST_TITLES]) + (f" and {more} more" if more > 0 else "")


def needs_reason(row: sheets.Row) -> str:
    """Say why a criterion is settled only with a reason: nobody may take silence of the machine for evidence."""
    return (
        f"“{row.criterion.title}” was not checked by machine ({', '.join(row.not_run)} did not run). "
        "Say how you checked it, or why it does not apply, then decide it."
    )


def _signatures(round_: Round, by: User) -> list[Obstacle]:
    return [Obstacle(SIGNED, "decide")] if approvals.has_signed(round_, by) else []
