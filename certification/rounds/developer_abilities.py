"""What a Project's developers may do with a draft and its review now: the counterpart of `abilities`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import cached_property

from accounts.ability import Ability
from accounts.actors import Actor
from certification.choices import Awaits, Decision, Turn
from certification.errors import NothingReviewed, ReviewError
from certification.models import ChangeRequest, Round
from connectors.choices import ConnectorStatus
from connectors.drafts import submitting
from connectors.errors import SecondFactorMissing
from connectors.models import ConnectorStaged, ValidationRun
from connectors.runs import runs

ALLOWED = Ability()


def developer_abilities(
    draft: ConnectorStaged, *, by: Actor, role: Ability = ALLOWED, rounds: Sequence[Round] | None = None
) -> DeveloperAbilities:
    """Return what `by` may do with a draft. `role` is whether their role in its Project allows changes.

    `rounds` are all rounds of the draft, the last one first, if they have been loaded. The verbs leave `role` to their
    callers, which know the membership or the scope.
    """
    return DeveloperAbilities(draft, by=by, role=role, rounds=rounds)


class DeveloperAbilities:
    """What may be done with one draft: a method for each verb, and the facts for them, each looked up once."""

    def __init__(self, draft: ConnectorStaged, *, by: Actor, role: Ability, rounds: Sequence[Round] | None) -> None:
        self.draft, self._by, self._role, self._rounds = draft, by, role.refusal, rounds

    # The draft

    def edit(self) -> Ability:
        """Change the content."""
        return Ability(self._role or self.draft.refusal_of_change("editing"))

    def tag(self) -> Ability:
        """Choose another tag."""
        return Ability(self._role or self.draft.refusal_of_change("another tag"))

    def publish(self) -> Ability:
        """Publish for private use."""
        return Ability(self._role or self.draft.refusal_of_submit(certification=False))

    def certify(self) -> Ability:
        """Publish with certification; if `list_again` is true, this lists the Connector again at once."""
        return Ability(self._role or self.draft.refusal_of_submit(certification=True) or self._factor_to_certify())

    @cached_property
    def list_again(self) -> bool:
        """Whether publishing with certification lists the Connector again, without another certification."""
        return self._role is None and self.draft.can_list_again()

    def preview(self) -> Ability:
        """Request a preview."""
        return Ability(self._role or self.draft.refusal_of_preview() or self.no_factor)

    def unlist(self) -> Ability:
        """Remove the Connector from search and catalog."""
        return Ability(self._role or self.draft.refusal_of_unlist())

    def delete(self) -> Ability:
        """Delete the draft."""
        return Ability(self._role or self.draft.refusal_of_delete())

    # Its review

    def comment(self) -> Ability:
        """Add a public comment, which also answers an open question."""
        refusal = self._role or self.draft.refusal_of_comment()
        return Ability(refusal, until=None if refusal else self._until())

    def withdraw(self) -> Ability:
        """Withdraw the request for certification."""
        possible = self.draft.can("withdraw")
        nothing = ReviewError("There is no submission to withdraw.")
        return Ability(self._role or (None if possible else nothing))

    def resubmit(self) -> Ability:
        """Replace the tag that is being reviewed."""
        return Ability(self._role or self._nothing_open() or self.draft.refusal_of("resubmit") or self.no_factor)

    def hand_back(self) -> Ability:
        """Return the draft to the reviewer without a new tag, because the requests needed no code change."""
        refusal = self._role or self._nothing_open() or self._not_to_hand_back() or self.no_factor
        return Ability(refusal, until=self._until())

    def appeal(self) -> Ability:
        """Appeal against a refusal."""
        return Ability(self._role or self._nothing_refused() or self.no_factor)

    def keep_notes(self) -> Ability:
        """Send notes and credentials that only reviewers see."""
        return Ability(self._role)

    def mark_request(self, request: ChangeRequest) -> Ability:
        """Mark this request as done, or as not done."""
        waits = request.state in ChangeRequest.UNSETTLED
        settled = None if waits else ReviewError("The reviewer has already settled this request.")
        return Ability(self._role or self._nothing_open() or settled)

    # Facts

    @cached_property
    def round(self) -> Round | None:
        """The draft's last round, open or not."""
        if self._rounds is not None:
            return next(iter(self._rounds), None)
        return self.draft.rounds.order_by("-number").first()

    @cached_property
    def is_asked(self) -> bool:
        """Whether a question waits for the developer."""
        return self._awaits(Awaits.ANSWER)

    @cached_property
    def owes_changes(self) -> bool:
        """Whether requested changes wait for the developer."""
        return self._awaits(Awaits.CHANGES)

    @cached_property
    def no_factor(self) -> SecondFactorMissing | None:
        """The refusal of what goes to reviewers, for a person without the second factor that it needs."""
        return submitting.refusal_of(self._by)

    @property
    def waits_for_factor(self) -> bool:
        """Whether something would be possible with a second factor, for the page that leads to one."""
        if self.no_factor is None:
            return False
        verbs = (self.certify, self.preview, self.resubmit, self.hand_back, self.appeal)
        return any(verb().refusal is self.no_factor for verb in verbs)

    # Refusals: each returns None when it does not apply

    def _factor_to_certify(self) -> SecondFactorMissing | None:
        return None if self.draft.can_list_again() else self.no_factor

    def _awaits(self, what: str) -> bool:
        row = self.round
        return row is not None and row.is_open and row.turn == Turn.DEVELOPER and row.awaits == what

    def _until(self) -> datetime | None:
        """Return the developer's deadline, the only time limit of these verbs."""
        return self.round.due_at if self.round is not None and (self.is_asked or self.owes_changes) else None

    def _nothing_open(self) -> ReviewError | None:
        return None if self.round is not None and self.round.is_open else NothingReviewed(self.draft.status)

    def _not_to_hand_back(self) -> ReviewError | None:
        if self.is_asked:
            return ReviewError("Answer the question in the conversation.")
        if not self.owes_changes:
            return ReviewError("It is not your turn.")
        if ChangeRequest.objects.waiting(self.draft.pk).exclude(sent_with=None).exists():
            return ReviewError("Mark every requested change as done first, or choose a new tag.")
        return None

    def _nothing_refused(self) -> ReviewError | None:
        run = self.refused_run
        if run is None:
            return ReviewError("There is no decision about this tag to appeal.")
        if (run.url, run.tag) != (self.draft.repository_url, self.draft.repository_tag):
            return ReviewError("The draft now has another tag. Publish it with certification instead.")
        return None

    @cached_property
    def refused_run(self) -> ValidationRun | None:
        """The run of the refused round, which an appeal would review again."""
        if self.draft.status != ConnectorStatus.FAILED or self.round is None or self.round.decision != Decision.FAILED:
            return None
        return run_before_reviewers(self.draft)


def run_before_reviewers(draft: ConnectorStaged) -> ValidationRun | None:
    """Return the run after which reviewers refused a failed draft; None when the checks failed it.

    An appeal continues after the checks, so it needs this run.
    """
    run = runs.newest(draft, kind=ValidationRun.Kind.PUBLISH)
    if run is None or not run.certification or run.state != ValidationRun.State.PASSED:
        return None
    return run
