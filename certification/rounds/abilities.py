"""What each person may do in a round now: one answer for each verb, which the verb raises and its button shows.

The answers for decisions are in `certification.decisions`, each beside its verb, built from the facts that are here.

Nothing here is about what somebody typed: a text that is missing or too long is refused by the verb itself.
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
MEMBER = "You are a member of {}. Somebody else must review its connectors."
REFUSED = "You made the decision that this appeal is about. Somebody else must review it."
SIGNED = "You already signed. The second signature must come from somebody else."


def abilities(
    round_: Round,
    by: User,
    *,
    now: datetime | None = None,
    evidence: Evidence | None = None,
    rows: Sequence[criteria.Row] | None = None,
    tag_commit: str | None = None,
) -> Abilities:
    """Return what a person may do in a round; evidence and criteria that are not given are gathered when needed.

    `tag_commit` is the commit that the tag leads to now, None when nobody looked.
    """
    return Abilities(round_, by, now=now or rounds.now(), evidence=evidence, rows=rows, tag_commit=tag_commit)


class Abilities:
    """What one person may do in one round: a method for each verb, and the facts that decide, each looked up once."""

    def __init__(
        self,
        round_: Round,
        by: User,
        *,
        now: datetime,
        evidence: Evidence | None = None,
        rows: Sequence[criteria.Row] | None = None,
        tag_commit: str | None = None,
    ) -> None:
        self.round, self.by, self.now = round_, by, now
        self._evidence, self._rows, self._tag_commit = evidence, rows, tag_commit

    # Who this person is to the round

    @cached_property
    def internal(self) -> bool:
        """Whether what reviewers have among themselves is for this person."""
        return not closeness.is_member(self.round, self.by)

    @cached_property
    def too_close(self) -> str:
        """Why this person must not review this round, "" when they may."""
        return str(self._too_close() or "")

    def sets_deadline(self) -> Ability:
        """Give the developer another number of days than the usual one."""
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
        theirs = Abilities(self.round, to, now=self.now)._must_not_have()
        return Ability(ReviewError(f"This review cannot be assigned to {to}. They see: {theirs}") if theirs else None)

    # What is said beside the decision

    def comment(self) -> Ability:
        """Say something in public."""
        return Ability(self._review("review:comment") or self.round.draft.refusal_of_comment())

    def note(self) -> Ability:
        """Add a private note."""
        return Ability(self._around("review:comment"))

    def save_unsent(self) -> Ability:
        """Keep what is being typed, also for a round that has just ended."""
        return Ability(self._role("review:comment") or self._inside())

    def line_comment(self) -> Ability:
        """Comment on a line or a file."""
        return Ability(self._review("review:comment"))

    def drop_line_comment(self, comment: LineComment) -> Ability:
        """Take this comment back."""
        if refusal := self.line_comment().refusal:
            return Ability(refusal)
        if comment.by_id != self.by.pk:
            return Ability(NotAllowed("Only the person who wrote a comment can take it back."))
        return Ability(ReviewError("The comment was sent already.") if comment.sent_with_id else None)

    def request_change(self) -> Ability:
        """Ask for a change, to be sent with the others."""
        return Ability(self._review("review:decide"))

    def settle(self, request: ChangeRequest) -> Ability:
        """Accept or drop this request."""
        waits = request.state in ChangeRequest.UNSETTLED
        return Ability(
            self._review("review:decide") or (None if waits else ReviewError("The request is settled already."))
        )

    def reopen(self, request: ChangeRequest) -> Ability:
        """Ask again for the change of this request."""
        is_open = request.state == ChangeRequest.State.OPEN
        return Ability(self._review("review:decide") or (ReviewError("The request is open.") if is_open else None))

    def escalate(self) -> Ability:
        """Ask a lead or a security reviewer to look."""
        return Ability(self._review("review:comment"))

    def end_escalation(self) -> Ability:
        """End what was asked of them."""
        nothing = None if self.round.escalated_to else ReviewError("This review is not escalated.")
        return Ability(self._review("review:comment") or nothing)

    # Criteria, findings and the machine

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
            or (NotAllowed("You proposed this waiver: somebody else approves it.") if self._proposed(waiver) else None),
            until=waiver.expires_at if proposed else None,
        )

    def revoke_waiver(self, waiver: Waiver) -> Ability:
        """Refuse this waiver while it is proposed, or end it."""
        own = self._proposed(waiver) and waiver.approved_at is None
        return Ability(
            self._review("waiver:propose" if own else "waiver:approve")
            or (ReviewError("The waiver was revoked already.") if waiver.revoked_at is not None else None)
        )

    def recheck(self) -> Ability:
        """Run the checks again."""
        return Ability(self._around("review:rerun"))

    def fetch_tags(self) -> Ability:
        """Let a worker look at the repository, also after the round."""
        return Ability(self._role("review:rerun") or self._inside())

    def reveal(self) -> Ability:
        """See the credentials for testing."""
        if refusal := self._review("review:reveal-credentials"):
            return Ability(refusal)
        found = self.submission
        if found is None or not found.credentials:
            return Ability(ReviewError("The developer gave no credentials."))
        if found.credentials_expire_at is not None and found.credentials_expire_at <= self.now:
            return Ability(ReviewError("The credentials have expired. Ask the developer for new ones."))
        return Ability(until=found.credentials_expire_at)

    # Decisions

    def decide(self) -> Ability:
        """Decide at all: what every decision needs."""
        return Ability(
            self._review("review:decide") or self._not_started() or self._not_assigned() or self._not_their_turn(),
            since=self._turn_returns_at(),
        )

    @cached_property
    def obstacles(self) -> list[Obstacle]:
        """Everything that prevents a certificate by this person, regardless of the turn."""
        return [
            *obstacles.of_machine(self.round, self.evidence, tag_commit=self._tag_commit),
            *obstacles.of_criteria(list(self.rows)),
            *([Obstacle(SIGNED, "decide")] if self.has_signed else []),
        ]

    @cached_property
    def has_signed(self) -> bool:
        """Whether this person's signature is the first of two under this commit."""
        return approvals.has_signed(self.round, self.by)

    @cached_property
    def is_signed(self) -> bool:
        """Whether anybody signed this commit, so that the second signature is missing while the round is open."""
        return approvals.is_signed(self.round)

    @cached_property
    def signs_first(self) -> bool:
        """Whether certifying would be the first of two signatures."""
        return approvals.needs_another(self.round, self.by)

    # What is known

    @cached_property
    def goes_on(self) -> bool:
        """Whether a round of the connector is open, which may be a later one."""
        return self.round.is_open or rounds.current(self.round.draft_id) is not None

    @cached_property
    def refused_before(self) -> bool:
        """Whether this person gave the decision that the round's appeal is about."""
        return closeness.refused_before(self.round, self.by)

    @cached_property
    def wants_changes(self) -> bool:
        """Whether a request for a change is open."""
        return ChangeRequest.objects.waiting(self.round.draft_id).exists()

    @cached_property
    def submission(self) -> Submission | None:
        """What the developer told the reviewers last."""
        return Submission.objects.filter(draft_id=self.round.draft_id).first()

    @cached_property
    def evidence(self) -> Evidence:
        """What the machine knows of the round."""
        return self._evidence or machine_evidence.gather(self.round, now=self.now)

    @cached_property
    def rows(self) -> Sequence[criteria.Row]:
        """The criteria with their evidence and verdicts."""
        return self._rows if self._rows is not None else criteria.rows_of(self.round, self.evidence)

    @cached_property
    def proven(self) -> list[criteria.Row]:
        """The undecided criteria whose checks all ran and found nothing."""
        return [row for row in self.rows if row.verdict is None and row.clean and row.criterion.active]

    # Reasons, each where it is true

    def _role(self, action: str) -> ReviewError | None:
        return None if may(self.by, action) else NotAllowed(ROLE)

    def _around(self, action: str) -> ReviewError | None:
        """Return the refusal for actions that are not judgments: the reviewer who refused may still pass on the
        appeal."""
        return self._over() or self._role(action) or self._inside()

    def _review(self, action: str) -> ReviewError | None:
        return self._over() or self._role(action) or self._too_close()

    def _over(self) -> ReviewError | None:
        if self.round.is_open:
            return None
        if self.goes_on:
            return ReviewError("This round is over: the review goes on in a newer one.")
        return NothingReviewed(self.round.draft.status)

    def _inside(self) -> ReviewError | None:
        return None if self.internal else NotAllowed(MEMBER.format(self.round.project))

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
        if not may(self.by, "review:assign"):
            holder = self.round.assignee
            return NotAllowed(f"This review is assigned to {holder}. Only they or a lead reviewer can release it.")
        return self._inside()

    def _not_started(self) -> ReviewError | None:
        status = ConnectorStatus(self.round.draft.status)
        if status == ConnectorStatus.IN_CERTIFICATION:
            return None
        first = "start the certification first"
        if status != ConnectorStatus.READY_FOR_CERTIFICATION:
            first = "wait for the checks"
        return NotAllowed(f"The connector is {status.label.lower()}: {first}.")

    def _not_assigned(self) -> ReviewError | None:
        """A lead may decide for the assigned reviewer."""
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
        """Return when the turn comes back by itself: a question that nobody answers; other requests end then."""
        asked = self.round.turn == Turn.DEVELOPER and self.round.awaits == Awaits.ANSWER
        return self.round.due_at if asked and self.round.is_open else None

    def _proposed(self, waiver: Waiver) -> bool:
        return waiver.proposed_by_id == self.by.pk
