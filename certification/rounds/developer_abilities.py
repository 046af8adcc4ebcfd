"""What a Project's developers may do with a draft and its review now: the other side of `abilities`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import cached_property

from accounts.ability import Ability
from certification.choices import Awaits, Decision, Turn
from certification.errors import NothingReviewed, ReviewError
from certification.models import ChangeRequest, Round
from connectors.choices import ConnectorStatus
from connectors.models import ConnectorStaged, ValidationRun
from connectors.runs import runs

ALLOWED = Ability()


def developer_abilities(
    draft: ConnectorStaged, *, role: Ability = ALLOWED, rounds: Sequence[Round] | None = None
) -> DeveloperAbilities:
    """Return what may be done with a draft by somebody whose role in its Project allows it, or not, as `role` says.

    `rounds` are all of the draft, the last one first, where they were read already. The verbs leave `role` to their
    callers, who know the membership or the scope.
    """
    return DeveloperAbilities(draft, role=role, rounds=rounds)


class DeveloperAbilities:
    """What may be done with one draft: a method for each verb, and the facts that decide, each looked up once."""

    def __init__(self, draft: ConnectorStaged, *, role: Ability, rounds: Sequence[Round] | None) -> None:
        self.draft, self._role, self._rounds = draft, role.refusal, rounds

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
        """Publish with certification; where `list_again` says so, it is listed again at once."""
        return Ability(self._role or self.draft.refusal_of_submit(certification=True))

    @cached_property
    def list_again(self) -> bool:
        """Whether publishing with certification lists the Connector again, without another certification."""
        return self._role is None and self.draft.can_list_again()

    def preview(self) -> Ability:
        """Ask for the previewable status."""
        return Ability(self._role or self.draft.refusal_of_preview())

    def unlist(self) -> Ability:
        """Take the Connector off the catalog and the search."""
        return Ability(self._role or self.draft.refusal_of_unlist())

    def delete(self) -> Ability:
        """Delete the draft."""
        return Ability(self._role or self.draft.refusal_of_delete())

    # Its review

    def comment(self) -> Ability:
        """Say something in public; where a question waits, this answers it."""
        refusal = self._role or self.draft.refusal_of_comment()
        return Ability(refusal, until=None if refusal else self._until())

    def withdraw(self) -> Ability:
        """Take the request for certification back."""
        possible = self.draft.can("withdraw")
        nothing = ReviewError("There is no submission to withdraw.")
        return Ability(self._role or (None if possible else nothing))

    def resubmit(self) -> Ability:
        """Replace the tag that is being reviewed."""
        return Ability(self._role or self._nothing_open() or self.draft.refusal_of("resubmit"))

    def hand_back(self) -> Ability:
        """Give the turn back without a new tag, because the requests needed no other code."""
        return Ability(self._role or self._nothing_open() or self._not_to_hand_back(), until=self._until())

    def appeal(self) -> Ability:
        """Ask for another look at a refusal."""
        return Ability(self._role or self._nothing_refused())

    def keep_notes(self) -> Ability:
        """Tell the reviewers what only they should know."""
        return Ability(self._role)

    def tick(self, request: ChangeRequest) -> Ability:
        """Mark this request as done, or take the mark back."""
        waits = request.state in ChangeRequest.UNSETTLED
        settled = None if waits else ReviewError("The reviewer settled this request already.")
        return Ability(self._role or self._nothing_open() or settled)

    # What is known

    @cached_property
    def round(self) -> Round | None:
        """The draft's last round, open or not."""
        if self._rounds is not None:
            return next(iter(self._rounds), None)
        return self.draft.rounds.order_by("-number").first()

    @cached_property
    def is_asked(self) -> bool:
        """Whether a question waits for an answer."""
        return self._awaits(Awaits.ANSWER)

    @cached_property
    def owes_changes(self) -> bool:
        """Whether requested changes wait."""
        return self._awaits(Awaits.CHANGES)

    # Reasons, each where it is true

    def _awaits(self, what: str) -> bool:
        row = self.round
        return row is not None and row.is_open and row.turn == Turn.DEVELOPER and row.awaits == what

    def _until(self) -> datetime | None:
        """Return by when the developer has to act; nothing else here ends by the clock."""
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
            return ReviewError("The draft points to another tag now: publish it for certification instead.")
        return None

    @cached_property
    def refused_run(self) -> ValidationRun | None:
        """The run behind the refusal that an appeal would be against."""
        if self.draft.status != ConnectorStatus.FAILED or self.round is None or self.round.decision != Decision.FAILED:
            return None
        return run_before_reviewers(self.draft)


def run_before_reviewers(draft: ConnectorStaged) -> ValidationRun | None:
    """Return the run that brought a failed draft before its reviewers; None when it was the checks that said no.

    An appeal goes on where the reviewers were, behind the checks, so it needs this run.
    """
    run = runs.newest(draft, kind=ValidationRun.Kind.PUBLISH)
    if run is None or not run.certification or run.state != ValidationRun.State.PASSED:
        return None
    return run
