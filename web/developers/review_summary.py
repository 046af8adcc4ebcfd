"""What a draft's page shows of its review: requests as tasks, comments on lines, rounds, buttons and the badge."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.conf import settings
from django.urls import reverse

from accounts.actors import Actor
from certification.desk import pace
from certification.models import ChangeRequest, LineComment, Round
from certification.rounds import conversation, next_step
from certification.rounds.developer_abilities import DeveloperAbilities, developer_abilities
from connectors.drafts.next_step import NextStep
from connectors.models import ConnectorStaged
from validator.source import addresses

State = ChangeRequest.State


@dataclass(frozen=True)
class Task:
    """One change that a reviewer requested. `url` is where it is marked as done, "" when it can no longer be."""

    pk: int
    text: str
    place: str
    link: str
    done: bool
    settled: str
    reply: str
    touched_by: tuple[str, ...]
    url: str


@dataclass(frozen=True)
class Remark:
    """A reviewer's comment on a line, sent with an answer."""

    place: str
    text: str
    link: str


@dataclass(frozen=True)
class Offer:
    """One more thing that can be done: the words on the button, and where it leads."""

    label: str
    url: str
    icon: str = ""
    primary: bool = False


@dataclass(frozen=True)
class ReviewSummary:
    """Everything a draft's page shows of its review. `turn` replaces what the status alone could tell.

    `blocked` are sentences: what keeps the tag from a certificate, whatever reviewers think of it.
    `badge` is Markdown that shows badge and certificate, "" without a certificate.
    """

    turn: NextStep | None
    pace: str
    blocked: tuple[str, ...]
    tasks: tuple[Task, ...]
    remarks: tuple[Remark, ...]
    rounds: tuple[Round, ...]
    offers: tuple[Offer, ...]
    badge: str

    @property
    def open_tasks(self) -> int:
        """How many requests wait for the developer."""
        return sum(not task.done and not task.settled for task in self.tasks)


def summarize(draft: ConnectorStaged, *, by: Actor, writes: bool) -> ReviewSummary:
    """Return everything about the review of one draft; `writes` is true for a reader who may act."""
    rounds = tuple(draft.rounds.order_by("-number"))
    last = rounds[0] if rounds else None
    requests = conversation.requests_of(last, internal=False) if last else []
    blocked = next_step.blocked(last) if last else ()
    can = developer_abilities(draft, by=by, rounds=rounds)
    return ReviewSummary(
        turn=next_step.for_round(draft, last, requests=requests, blocked=bool(blocked)),
        blocked=blocked,
        pace=pace.for_draft(draft) if draft.status in next_step.REVIEWED else "",
        tasks=tuple(_task(draft, request, ticks=writes and can.mark_request(request).possible) for request in requests),
        remarks=tuple(_remarks(draft, last)) if last else (),
        rounds=rounds,
        offers=tuple(_offers(draft, can)) if writes else (),
        badge=_badge(draft),
    )


def _task(draft: ConnectorStaged, request: ChangeRequest, *, ticks: bool) -> Task:
    settled = request.get_state_display() if request.state not in ChangeRequest.UNSETTLED else ""
    return Task(
        pk=request.pk,
        text=request.text,
        place=request.place,
        link=_link(draft, request.round, path=request.path, line=request.line),
        done=request.state == State.DONE,
        settled=settled,
        reply=request.reply,
        touched_by=tuple(touch.commit[:10] for touch in request.touches.all()),
        url=reverse("draft_request", args=[draft.pk, request.pk]) if ticks else "",
    )


def _remarks(draft: ConnectorStaged, row: Round) -> Iterable[Remark]:
    sent = LineComment.objects.filter(round=row).exclude(sent_with=None)
    for remark in sent:
        yield Remark(remark.place, remark.text, _link(draft, row, path=remark.path, line=remark.line))


def _link(draft: ConnectorStaged, row: Round, *, path: str, line: int | None) -> str:
    if not path or not row.commit:
        return ""
    try:
        return addresses.permalink(
            draft.repository_url, commit=row.commit, path=path, line=line, allowed_hosts=settings.GIT_HOSTS
        )
    except ValueError:
        return ""


def _badge(draft: ConnectorStaged) -> str:
    """Return the badge with a link to the certificate, as Markdown for a README."""
    if not draft.certified:
        return ""
    picture = settings.PUBLIC_URL + reverse("badge", args=[draft.pk])
    page = settings.PUBLIC_URL + reverse("certificate", args=[draft.pk])
    return f"[![Connector certification]({picture})]({page})"


def _offers(draft: ConnectorStaged, can: DeveloperAbilities) -> Iterable[Offer]:
    """Return what the developer can do in the review now, the likeliest first."""
    hand_back = can.hand_back()
    if hand_back:
        yield Offer("Return to reviewer", reverse("draft_hand_back", args=[draft.pk]), "send", primary=True)
    if can.is_asked:
        yield Offer("Answer", "#conversation", "message", primary=True)
    if can.resubmit():
        url = reverse("draft_resubmit", args=[draft.pk])
        yield Offer("Choose a new tag", url, "tag", primary=can.owes_changes and not hand_back)
    if can.withdraw():
        yield Offer("Withdraw", reverse("draft_withdraw", args=[draft.pk]), "arrow-back-up")
    if can.appeal():
        yield Offer("Appeal", reverse("draft_appeal", args=[draft.pk]), "scale")
    if can.keep_notes():
        yield Offer("Notes for reviewers", reverse("draft_notes", args=[draft.pk]), "note")
