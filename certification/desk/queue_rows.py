"""One row of the queue: what it shows of a round, as a value. Equal values are rendered once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from django.db.models import QuerySet
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from accounts.moments import when
from certification import formatting, overdue
from certification.business_calendar import Calendar
from certification.choices import ApplicationType, Awaits, Escalation, RoundKind
from certification.models import Round
from certification.rounds import approvals
from connectors.choices import IntegrationType

_INTEGRATIONS = tuple((1 << n, str(label)) for n, label in enumerate(IntegrationType.labels))
_APPLICATIONS = tuple((1 << n, str(label)) for n, label in enumerate(ApplicationType.labels))

COLUMNS = (
    "id",
    "connector",
    "key",
    "tag",
    "commit",
    "round",
    "kind",
    "status",
    "turn",
    "due",
    "due_at",
    "time_in_turn",
    "project",
    "reviewer",
    "blocking",
    "new_findings",
    "did_not_run",
    "changed_files",
    "breaking",
    "escalated_to",
    "reasons",
)
"""Of the CSV file. They stay the same, because scripts read them."""


SHOWN = (
    "draft_id",
    "name",
    "tag",
    "commit",
    "number",
    "kind",
    "status",
    "turn",
    "awaits",
    "due_at",
    "turn_since",
    "decided_at",
    "blocking",
    "new_findings",
    "did_not_run",
    "changed_files",
    "breaking",
    "escalated_to",
    "reasons",
    "integration_mask",
    "application_mask",
    "project__key",
    "project__name",
    "project__region",
    "assignee__name",
    "assignee__email",
)
"""The database columns that a row of the queue needs."""


@dataclass(frozen=True)
class QueueRow:
    """What the queue shows of a round. Equal rows look the same, so they are rendered once."""

    draft_id: str
    name: str
    tag: str
    commit: str
    number: int
    kind: str
    status: str
    turn: str
    awaits: str
    due: str
    due_at: str
    overdue: bool
    in_turn: str
    project: str
    reviewer: str
    mine: bool
    checks: tuple[str, ...]
    blocking: bool
    size: str
    breaking: bool
    escalated_to: str
    reasons: tuple[str, ...]
    types: tuple[str, ...]
    here: str
    selectable: bool


def needed(rounds: QuerySet[Round]) -> QuerySet[Round]:
    """Load only the columns that `build` needs: 25 rows of 60 columns cost more than the rest of the page."""
    return complete(rounds).only(*SHOWN)


def complete(rounds: QuerySet[Round]) -> QuerySet[Round]:
    """Load rounds with Project and assignee, and whether they are signed."""
    return rounds.select_related("project", "assignee").annotate(signed=approvals.signed())


def build(
    rounds: Iterable[Round],
    *,
    now: datetime,
    calendar: Calendar,
    user_id: int | None = None,
    here: dict[int, str] | None = None,
    selectable: bool = False,
) -> Iterator[QueueRow]:
    """Yield the rows of rounds that were loaded by `needed`."""
    for r in rounds:
        yield QueueRow(
            draft_id=str(r.draft_id),
            name=r.name,
            tag=r.tag,
            commit=r.commit[:10],
            number=r.number,
            kind=RoundKind(r.kind).label,
            status=r.status,
            turn=r.turn if r.is_open else "",
            awaits=_awaits(r) if r.is_open else "",
            due=formatting.due_of(r, now=now, calendar=calendar),
            due_at=when(r.due_at),
            overdue=overdue.is_overdue(r, now=now),
            in_turn=formatting.span(calendar.between(r.turn_since, now)) if r.is_open else "",
            project=str(r.project),
            reviewer=str(r.assignee) if r.assignee else "",
            mine=r.assignee_id is not None and r.assignee_id == user_id,
            checks=tuple(_checks(r)),
            blocking=r.blocking > 0,
            size="" if r.changed_files is None else formatting.number(r.changed_files, "file"),
            breaking=r.breaking,
            escalated_to=Escalation(r.escalated_to).label if r.escalated_to else "",
            reasons=tuple(r.reasons),
            types=(*_names(_INTEGRATIONS, r.integration_mask), *_names(_APPLICATIONS, r.application_mask)),
            here=(here or {}).get(r.pk, ""),
            selectable=selectable,
        )


@lru_cache(maxsize=2000)
def html(row: QueueRow) -> SafeString:
    """Return the row as HTML. It depends on nothing but the row, so a cached copy is never wrong."""
    return render_to_string("reviewers/_queue_row.html", {"row": row})


def record(r: Round, *, now: datetime, calendar: Calendar) -> list[object]:
    """Return the values of a round for the CSV file, in the order of `COLUMNS`."""
    return [
        r.draft_id,
        r.name,
        r.key,
        r.tag,
        r.commit,
        r.number,
        r.kind,
        r.status,
        r.turn if r.is_open else "",
        formatting.due_of(r, now=now, calendar=calendar),
        r.due_at.isoformat(),
        formatting.span(calendar.between(r.turn_since, now)) if r.is_open else "",
        r.project.key,
        str(r.assignee) if r.assignee else "",
        r.blocking,
        r.new_findings,
        r.did_not_run,
        "" if r.changed_files is None else r.changed_files,
        "yes" if r.breaking else "no",
        r.escalated_to,
        "; ".join(r.reasons),
    ]


def _awaits(r: Round) -> str:
    """Return what an open round waits for, "" for a plain review."""
    if r.awaits != Awaits.REVIEW:
        return Awaits(r.awaits).label
    return "A second signature" if getattr(r, "signed", False) else ""


def _checks(r: Round) -> Iterator[str]:
    if r.blocking:
        yield f"{r.blocking} blocking"
    if r.new_findings:
        yield f"{r.new_findings} new"
    if r.did_not_run:
        yield f"{r.did_not_run} did not run"


def _names(names: tuple[tuple[int, str], ...], mask: int) -> list[str]:
    return [label for bit, label in names if mask & bit]
