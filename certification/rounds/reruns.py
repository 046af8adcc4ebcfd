"""What reviewers have machines do again: run the checks, look up and fetch tags."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from accounts.limits import table
from accounts.models import User
from certification.comparison import tag_fetches
from certification.errors import ReviewError
from certification.rounds import rounds
from certification.rounds.abilities import abilities
from connectors import limits
from connectors.models import ValidationRun
from connectors.runs import runs


def recheck(draft_id: UUID, *, by: User) -> ValidationRun:
    """Run the checks again over the tag; the runs before are kept."""
    with rounds.change_round(draft_id, by=rounds.reviewer(by), event="round:recheck-requested") as (row, details):
        abilities(row, by).recheck().require()
        limits.spend(table.RECHECKS, of=by.pk)
        run = runs.request(
            row.draft,
            kind=ValidationRun.Kind.RECHECK,
            by=rounds.reviewer(by),
            now=rounds.now(),
            certification=True,
        )
        details["run"] = str(run.pk)
    return run


def fetch_tags(draft_id: UUID, *, tags: Sequence[str], by: User) -> None:
    """Let a worker look up the repository's tags, or fetch the files of the tags that are named."""
    row = rounds.latest(draft_id)
    if row is None:
        raise ReviewError("Nothing of this connector was ever reviewed.")
    abilities(row, by).fetch_tags().require()
    for tag in tags or [""]:
        limits.spend(table.FETCHES, of=by.pk)
        tag_fetches.ask(row.draft, tag=tag, by=str(by))
