"""What each person may do in a round now: one ability for each verb, which the verb requires and its button shows.

The abilities for decisions are in `certification.decisions`, each beside its verb, and use the facts of this module.
The verbs themselves check what somebody typed, such as a text that is missing or too long.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import cached_property

from accounts.ability import Ability
from accounts.access.permissions import may
from accounts.models import User
from accounts.moments import when
from certification.choices import Awaits, Turn
from certification.errors import NotAllowed, NothingReviewed, Obstacle, ReviewError
from certification.evidence import criteria, machine_evidence
from certification.evidence.machine_evidence import Evidence
from certification.models import ChangeRequest, LineComment, Round, Submission
from certification.rounds import approvals, closeness, obstacles, rounds
from connectors.choices import ConnectorStatus
from connectors.models import Waiver

ROLE = "Your role does not allow this."
REFUSED = "You made the decision that this appeal is about. Somebody else must review it."
SIGNED = "You already signed. The second signature must come from somebody else."
PROPOSED = "You proposed this waiver. Somebody else must approve it."


def abilities(
    round_: Round,
    by: User,
    *,
    now: datetime | None = None,
    evidence: Evidence | None = None,
    rows: Sequence[criteria.Row] | None = None,
) -> Abilities:
    """Return what a person may do in a round. Evidence and criteria are loaded when needed if they are not given."""
    return Abilities(round_, by, now=now or rounds.now(), evidence=evidence, rows=rows)


class Abilities:
    """What one person may do in one round: a method for each verb, and the facts for them, each looked up once."""

    def __init__(
        self,
        round_: Round,
        by: User,
        *,
        now: datetime,
        evidence: Evidence | None = None,
        rows: Sequence[criteria.Row] | None = None,
    ) -> None:
        self.round, self.by, self.now = round_, by, now
        self._evidence, self._rows = evidence, rows

    # Who this person is to the round

    @cached_property
    def closed(self) -> str:
        """Why this person must not see anything of the review, "" when they may."""
        return closeness.why_closed(self.round, self.by, now=self.now)

    @cached_property
    def too_close(self) -> str:
        """Why this person must not review this round, "" when they may."""
        return str(self._too_close() or "")

    def sets_deadline(self) -> Ability:
        """Set a number of days for the developer that differs from the usual one."""
        return Ability(self._role("review:assign"))

    # Who reviews

    def claim(self) -> Ability:
        """Claim the review and start it."""
        return Ability(
            self._over()
            or self._role("review:claim")
            or self._must_not_have()
            or self._claimed()
            or self._not_to_start()
        )

    def release(self) -> Ability:
        """Release the review."""
        return Ability(self._over() or self._role("review:claim") or self._not_theirs())

    def assign(self) -> Ability:
        """Assign the review to somebody."""
        return Ability(self._around("review:assign"))

    def assign_to(self, to: User) -> Ability:
        """Assign the review to this person."""
        if refusal := self.assign().refusal:
            return Ability(refusal)
        if not may(to, "review:claim"):
            return Ability(ReviewError(f"{to} is not a reviewer."))
        theirs = abilities(self.round, to)._must_not_have()
        return Ability(ReviewError(f"This review cannot be assigned to {to}. They see: {theirs}") if theirs else None)

    # What is said beside the decision

    def comment(self) -> Ability:
        """Add a public comment."""
        return Ability(self._review("review:comment") or self.round.draft.refusal_of_comment())

    def note(self) -> Ability:
        """Add a private note."""
        return Ability(self._around("review:comment"))

    def save_unsent(self) -> Ability:
        """Save what is being typed, even for a round that has just ended."""
        return Ability(self._role("review:comment") or self._inside())

    def line_comment(self) -> Ability:
        """Comment on a line or a file."""
        return Ability(self._review("review:comment"))

    def drop_line_comment(self, comment: LineComment) -> Ability:
        """Delete this comment."""
        if refusal := self.line_comment().refusal:
            return Ability(refusal)
        if comment.by_id != self.by.pk:
            return Ability(NotAllowed("Only the person who wrote a comment can delete it."))
        return Ability(ReviewError("The comment has already been sent.") if comment.sent_with_id else None)

    def request_change(self) -> Ability:
        """Add a request for a change, which is sent with the others."""
        return Ability(self._review("review:decide"))

    def settle(self, request: ChangeRequest) -> Ability:
        """Accept or drop this request."""
        waits = request.state in ChangeRequest.UNSETTLED
        return Ability(
            self._review("review:decide") or (None if waits else ReviewError("The request is already settled."))
        )

    def reopen(self, request: ChangeRequest) -> Ability:
        """Reopen this request."""
        is_open = request.state == ChangeRequest.State.OPEN
        return Ability(self._review("review:decide") or (ReviewError("The request is open.") if is_open else None))

    def escalate(self) -> Ability:
        """Ask lead or security reviewers for help."""
        return Ability(self._review("review:comment"))

    def end_escalation(self) -> Ability:
        """End the escalation."""
        nothing = None if self.round.escalated_to else ReviewError("This review is not escalated.")
        return Ability(self._review("review:comment") or nothing)

    # Criteria, findings and checks

    def give_verdict(self) -> Ability:
        """Decide a criterion."""
        return Ability(self._review("review:decide"))

    def accept_evidence(self) -> Ability:
        """Pass every undecided criterion that the checks prove."""
        if refusal := self._review("review:decide"):
            return Ability(refusal)
        return Ability(None if self.proven else ReviewError("The checks prove no criterion that is still undecided."))

    def propose_waiver(self) -> Ability:
        """Propose a waiver for a finding."""
        return Ability(self._review("waiver:propose"))

    def approve_waiver(self, waiver: Waiver) -> Ability:
        """Approve this waiver."""
        proposed = waiver.state_at(self.now) == "proposed"
        return Ability(
            self._review("waiver:approve")
            or (None if proposed else ReviewError("Only a proposed waiver can be approved."))
            or (NotAllowed(PROPOSED) if self._proposed(waiver) else None),
            until=waiver.expires_at if proposed else None,
        )

    def revoke_waiver(self, waiver: Waiver) -> Ability:
        """Refuse this waiver while it is proposed, or end it."""
        own = self._proposed(waiver) and waiver.approved_at is None
        return Ability(
            self._review("waiver:propose" if own else "waiver:approve")
            or (ReviewError("The waiver is already revoked.") if waiver.revoked_at is not None else None)
        )

    def recheck(self) -> Ability:
        """Re-run the checks."""
        return Ability(self._around("review:rerun"))

    def fetch_tags(self) -> Ability:
        """Let a worker fetch tags or files from the repository, even after the round."""
        return Ability(self._role("review:rerun") or self._inside())

    def reveal(self) -> Ability:
        """See the test credentials."""
        if refusal := self._review("review:reveal-credentials"):
            return Ability(refusal)
        found = self.submission
        if found is None or not found.credentials:
            return Ability(ReviewError("The developer has not sent any credentials."))
        if found.credentials_expire_at is not None and found.credentials_expire_at <= self.now:
            return Ability(ReviewError("The credentials have expired. Ask the developer for new ones."))
        return Ability(until=found.credentials_expire_at)

    # Decisions

    def decide(self) -> Ability:
        """Make any decision: what all of them require."""
        return Ability(
            self._review("review:decide") or self._not_started() or self._not_assigned() or self._not_their_turn(),
            since=self._turn_returns_at(),
        )

    @cached_property
    def obstacles(self) -> list[Obstacle]:
        """Everything that prevents this person from certifying, regardless of the turn."""
        return [
            *obstacles.of_machine(self.round, self.evidence),
            *obstacles.of_criteria(list(self.rows)),
            *([Obstacle(SIGNED, "decide")] if self.has_signed else []),
        ]

    @cached_property
    def has_signed(self) -> bool:
        """Whether this person gave the first of two signatures for this commit."""
        return approvals.has_signed(self.round, self.by)

    @cached_property
    def is_signed(self) -> bool:
        """Whether somebody signed this commit, so that only the second signature is missing while the round is open."""
        return approvals.is_signed(self.round)

    @cached_property
    def signs_first(self) -> bool:
        """Whether this person would give the first of two signatures."""
        return approvals.needs_another(self.round, self.by)

    # Facts

    @cached_property
    def goes_on(self) -> bool:
        """Whether this round or a later one of the connector is open."""
        return self.round.is_open or rounds.current(self.round.draft_id) is not None

    @cached_property
    def refused_before(self) -> bool:
        """Whether this person made the decision that the round's appeal is about."""
        return closeness.refused_before(self.round, self.by)

    @cached_property
    def wants_changes(self) -> bool:
        """Whether a request for a change is open."""
        return ChangeRequest.objects.waiting(self.round.draft_id).exists()

    @cached_property
    def submission(self) -> Submission | None:
        """The developer's last notes for the reviewers."""
        return Submission.objects.filter(draft_id=self.round.draft_id).first()

    @cached_property
    def evidence(self) -> Evidence:
        """What the checks found for the round."""
        return self._evidence or machine_evidence.gather(self.round, now=self.now)

    @cached_property
    def rows(self) -> Sequence[criteria.Row]:
        """The criteria with their evidence and verdicts."""
        return self._rows if self._rows is not None else criteria.rows_of(self.round, self.evidence)

    @cached_property
    def proven(self) -> list[criteria.Row]:
        """The undecided criteria whose checks all ran and found nothing."""
        return [row for row in self.rows if row.verdict is None and row.clean and row.criterion.active]

    # Refusals: each returns None when it does not apply

    def _role(self, action: str) -> ReviewError | None:
        return None if may(self.by, action) else NotAllowed(ROLE)

    def _around(self, action: str) -> ReviewError | None:
        """Return the refusal for actions that do not judge: the reviewer who made the decision may still assign the
        appeal."""
        return self._over() or self._role(action) or self._inside()

    def _review(self, action: str) -> ReviewError | None:
        return self._over() or self._role(action) or self._too_close()

    def _over(self) -> ReviewError | None:
        if self.round.is_open:
            return None
        if self.goes_on:
            return ReviewError("This round is over. The review continues in a newer one.")
        return NothingReviewed(self.round.draft.status)

    def _inside(self) -> ReviewError | None:
        return NotAllowed(self.closed) if self.closed else None

    def _too_close(self) -> ReviewError | None:
        return self._inside() or (NotAllowed(REFUSED) if self.refused_before else None)

    def _must_not_have(self) -> ReviewError | None:
        return self._too_close() or (NotAllowed(SIGNED) if self.has_signed else None)

    def _claimed(self) -> ReviewError | None:
        if self.round.assignee_id in (None, self.by.pk):
            return None
        return ReviewError(f"This review is assigned to {self.round.assignee}.")

    def _not_to_start(self) -> ReviewError | None:
        status = ConnectorStatus(self.round.draft.status)
        if status == ConnectorStatus.READY_FOR_CERTIFICATION:
            return None
        if status != ConnectorStatus.IN_CERTIFICATION:
            return ReviewError(f"The connector is {status.label.lower()}: wait for the checks.")
        return ReviewError("You already have this review.") if self.round.assignee_id == self.by.pk else None

    def _not_theirs(self) -> ReviewError | None:
        if self.round.assignee_id is None:
            return ReviewError("This review is not assigned to anybody.")
        if self.round.assignee_id == self.by.pk:
            return None
        if inside := self._inside():
            return inside
        if not may(self.by, "review:assign"):
            holder = self.round.assignee
            return NotAllowed(f"This review is assigned to {holder}. Only they or a lead reviewer can release it.")
        return None

    def _not_started(self) -> ReviewError | None:
        status = ConnectorStatus(self.round.draft.status)
        if status == ConnectorStatus.IN_CERTIFICATION:
            return None
        first = "start the certification first"
        if status != ConnectorStatus.READY_FOR_CERTIFICATION:
            first = "wait for the checks"
        return NotAllowed(f"The connector is {status.label.lower()}: {first}.")

    def _not_assigned(self) -> ReviewError | None:
        """Return the refusal for people who are neither the assignee nor a lead reviewer."""
        if self.round.assignee_id == self.by.pk or may(self.by, "review:assign"):
            return None
        if self.round.assignee_id is None:
            return NotAllowed("This review is not assigned to anybody. Claim it to decide.")
        return NotAllowed(f"This review is assigned to {self.round.assignee}. Only they or a lead reviewer can decide.")

    def _not_their_turn(self) -> ReviewError | None:
        if self.round.turn == Turn.REVIEWER:
            return None
        if self.round.turn == Turn.SYSTEM:
            return ReviewError("It is the system's turn: wait for the checks.")
        return ReviewError(f"It is the developer's turn until {when(self.round.due_at)}.")

    def _turn_returns_at(self) -> datetime | None:
        """Return when the turn returns by itself. Only a question has such a time; requested changes fail then."""
        asked = self.round.turn == Turn.DEVELOPER and self.round.awaits == Awaits.ANSWER
        return self.round.due_at if asked and self.round.is_open else None

    def _proposed(self, waiver: Waiver) -> bool:
        return waiver.proposed_by_id == self.by.pk
