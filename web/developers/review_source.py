"""Answers what the developers' pages ask about reviews (`connectors.reviews.Source`)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from uuid import UUID

from django.conf import settings
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from accounts.moments import when
from certification import formatting
from certification.certificates import certificates
from certification.choices import Awaits, Decision, RoundKind
from certification.choices import Turn as RoundTurn
from certification.desk import pace, review_queue
from certification.evidence import machine_evidence
from certification.models import ChangeRequest, LineComment, Round
from certification.rounds import business_calendar, conversation, guards, rounds, submissions
from connectors import reviews
from connectors.choices import ConnectorStatus
from connectors.drafts.next_step import NextStep, Who
from connectors.models import ConnectorStaged, Release
from connectors.reviews import Offer, Remark, Review, Task
from validator.source import addresses

State = ChangeRequest.State
REVIEWED = (ConnectorStatus.READY_FOR_CERTIFICATION, ConnectorStatus.IN_CERTIFICATION)


class Reviews:
    """The reviews of this portal."""

    def review(self, draft: ConnectorStaged, *, writes: bool) -> Review:
        """Tell everything about the review of one draft."""
        listed = list(draft.rounds.order_by("-number"))
        last = listed[0] if listed else None
        tasks = _requests(last) if last else []
        waiting = sum(request.state == State.OPEN for request in tasks)
        blocked = _blocked(last) if last else ()
        return Review(
            turn=_turn(draft, last, waiting=waiting, blocked=bool(blocked)),
            blocked=blocked,
            pace=self.pace(draft) if draft.status in REVIEWED else "",
            tasks=tuple(_task(draft, last, request, writes=writes) for request in tasks if last),
            remarks=tuple(_remarks(draft, last)) if last else (),
            rounds=tuple(_round(row) for row in listed),
            offers=tuple(_offers(draft, last, waiting=waiting)) if writes else (),
            badge=_badge(draft),
        )

    def turns(self, drafts: Iterable[ConnectorStaged]) -> Mapping[UUID, NextStep]:
        """Tell whose turn it is with those that are being reviewed, in two queries."""
        by_id = {draft.pk: draft for draft in drafts if draft.status in REVIEWED}
        if not by_id:
            return {}
        found: dict[UUID, NextStep] = {}
        for row in Round.objects.open().filter(draft_id__in=by_id):
            turn = _turn(by_id[row.draft_id], row, waiting=0)
            if turn is not None:
                found[row.draft_id] = turn
        return found

    def waiting_for_developer(self) -> Q:
        """Return the condition under which a draft in review waits for its developers."""
        return Q(pk__in=Round.objects.open().filter(turn=RoundTurn.DEVELOPER).values("draft_id"))

    def pace(self, draft: ConnectorStaged) -> str:
        """Return how long such decisions took lately."""
        row = rounds.current(draft.pk)
        if row is not None:
            return pace.sentence(row.kind)
        certified = Release.objects.filter(draft=draft, certified=True).exists()
        return pace.sentence(RoundKind.UPDATE if certified else RoundKind.FIRST)

    def holds_certificate(self, draft: ConnectorStaged) -> bool:
        """Tell whether the certificate of the production Connector is valid now."""
        return certificates.get_valid(draft.pk) is not None


def _blocked(row: Round) -> tuple[str, ...]:
    """Return what keeps an open round from a certificate, as the reviewers and their guard have it."""
    if not row.is_open or row.turn == RoundTurn.SYSTEM:
        return ()
    return tuple(map(str, guards.machine_obstacles(row, machine_evidence.gather(row, now=timezone.now()))))


def _turn(draft: ConnectorStaged, row: Round | None, *, waiting: int, blocked: bool = False) -> NextStep | None:
    """Return whose turn it is as the round tells it, or None when the status says it all."""
    if row is None:
        return None
    if row.is_open:
        return _open_turn(draft, row, waiting=waiting, blocked=blocked)
    if draft.status != ConnectorStatus.FAILED or submissions.refused_run(draft) is None:
        # The round is over, and checks that were made since had the last word.
        return None
    if row.decision == Decision.EXPIRED:
        sentence = "The requested changes did not come in time. Choose a new tag and submit again when you are ready."
        return NextStep(Who.DEVELOPER, "It is your turn.", sentence, wants_tag=True)
    if row.decision == Decision.FAILED:
        sentence = (
            f"The certificate was refused: {row.get_reason_display().lower()}. Read the reviewer’s message below, then "
            "submit a new tag, or appeal if you think this is wrong."
        )
        return NextStep(Who.DEVELOPER, "It is your turn.", sentence, wants_tag=True)
    return None


def _open_turn(draft: ConnectorStaged, row: Round, *, waiting: int, blocked: bool) -> NextStep:
    until = when(row.due_at)
    rest = "" if blocked else "; nothing to do for you"
    if row.turn == RoundTurn.SYSTEM:
        sentence = f"Tag {row.tag} is being checked. When the checks pass, the review goes on where it was."
        return NextStep(Who.SYSTEM, "The checks are running.", sentence)
    if row.turn == RoundTurn.DEVELOPER and row.awaits == Awaits.ANSWER:
        sentence = f"A reviewer asked you something. Answer in the conversation below by {until}."
        return NextStep(Who.DEVELOPER, "It is your turn.", sentence, row.due_at)
    if row.turn == RoundTurn.DEVELOPER:
        tasks = {0: "The requested changes", 1: "1 requested change"}.get(waiting, f"{waiting} requested changes")
        verb = "waits" if waiting == 1 else "wait"
        sentence = (
            f"{tasks} {verb} for you until {until}. Tick what is done and choose a new tag; your place is kept. "
            "If nothing comes by then, the request for certification fails."
        )
        return NextStep(Who.DEVELOPER, "It is your turn.", sentence, row.due_at)
    if row.awaits == Awaits.SECOND:
        sentence = f"A first reviewer agreed; a second one has to. {_promise('They decide', row)}."
        return NextStep(Who.REVIEWER, "It is the reviewers’ turn.", sentence, row.due_at)
    if draft.status == ConnectorStatus.READY_FOR_CERTIFICATION:
        passed = "" if blocked else "All required checks passed. "
        sentence = f"{passed}{_promise('A reviewer decides', row)}{rest}."
        return NextStep(Who.REVIEWER, "It is the reviewers’ turn.", sentence, row.due_at)
    sentence = f"A reviewer is looking at tag {row.tag}. {_promise('They decide or answer', row)}{rest}."
    return NextStep(Who.REVIEWER, "It is the reviewer’s turn.", sentence, row.due_at)


def _promise(verb: str, row: Round) -> str:
    """Return by when the reviewers act; a promise that was not kept is named as one."""
    now, until = timezone.now(), when(row.due_at)
    if not review_queue.is_overdue(row, now=now):
        return f"{verb} by {until}"
    return (
        f"The decision was due {until} and is {formatting.due_of(row, now=now, calendar=business_calendar.calendar())}"
    )


def _requests(row: Round) -> list[ChangeRequest]:
    """Return the requests that the developer was told of."""
    return conversation.requests_of(row, internal=False)


def _task(draft: ConnectorStaged, row: Round | None, request: ChangeRequest, *, writes: bool) -> Task:
    settled = request.get_state_display() if request.state not in ChangeRequest.UNSETTLED else ""
    can_tick = writes and not settled and row is not None and row.is_open
    return Task(
        text=request.text,
        place=request.place,
        link=_link(draft, request.round, path=request.path, line=request.line),
        done=request.state == State.DONE,
        settled=settled,
        reply=request.reply,
        touched_by=tuple(touch.commit[:10] for touch in request.touches.all()),
        url=reverse("draft_request", args=[draft.pk, request.pk]) if can_tick else "",
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


def _round(row: Round) -> reviews.Round:
    return reviews.Round(
        number=row.number,
        kind=row.get_kind_display(),
        tag=row.tag,
        commit=row.commit,
        opened_at=row.opened_at,
        decision=row.get_decision_display(),
        decided_at=row.decided_at,
    )


def _badge(draft: ConnectorStaged) -> str:
    """Return the badge with a link to the certificate, as Markdown for a README."""
    if certificates.get_valid(draft.pk) is None:
        return ""
    picture = settings.PUBLIC_URL + reverse("badge", args=[draft.pk])
    page = settings.PUBLIC_URL + reverse("certificate", args=[draft.pk])
    return f"[![Connector certification]({picture})]({page})"


def _offers(draft: ConnectorStaged, row: Round | None, *, waiting: int) -> Iterable[Offer]:
    """Return what the developer can do in the review now, the likeliest first."""
    if draft.status in REVIEWED and row is not None and row.is_open:
        asked = row.turn == RoundTurn.DEVELOPER
        if asked and row.awaits == Awaits.CHANGES and not waiting:
            yield Offer("Give it back", reverse("draft_hand_back", args=[draft.pk]), "send", primary=True)
        elif asked and row.awaits == Awaits.ANSWER:
            yield Offer("Answer", "#conversation", "message", primary=True)
        yield Offer(
            "Choose a new tag",
            reverse("draft_resubmit", args=[draft.pk]),
            "tag",
            primary=asked and row.awaits == Awaits.CHANGES and waiting > 0,
        )
        yield Offer("Withdraw", reverse("draft_withdraw", args=[draft.pk]), "arrow-back-up")
    refused = draft.status == ConnectorStatus.FAILED and row is not None and row.decision == Decision.FAILED
    run = submissions.refused_run(draft) if refused else None
    if run is not None and (run.url, run.tag) == (draft.repository_url, draft.repository_tag):
        yield Offer("Appeal", reverse("draft_appeal", args=[draft.pk]), "scale")
    if draft.status != ConnectorStatus.PROCESSING:
        yield Offer("Notes for the reviewers", reverse("draft_notes", args=[draft.pk]), "note")
