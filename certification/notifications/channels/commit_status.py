"""A commit status on GitHub for the commit that is checked and reviewed, when a token is configured."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from uuid import UUID

import httpx
from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django_tasks import task

from accounts.models import Event
from certification.models import Notification
from certification.notifications import kinds
from certification.notifications.channels import Channel, register
from connectors.models import ConnectorStaged, ValidationRun
from validator.source import addresses

logger = logging.getLogger(__name__)

CONTEXT = "connector-certification"
LONGEST = 140
SECONDS = 10.0


@dataclass(frozen=True)
class Status:
    """GitHub's state, and a description of one line."""

    state: str
    words: str


STATUSES: dict[str, Status] = {
    "connector:admitted": Status("pending", "The checks passed; a reviewer decides."),
    "connector:rejected": Status("failure", "The checks found an error."),
    "connector:published": Status("success", "The checks passed; published."),
    "certification:started": Status("pending", "A reviewer is looking at this commit."),
}
"""The status for an event; `certification.decisions` adds those of the reviewers' decisions."""

FAULT = Status("error", "The checks could not be completed, by a fault on our side.")


def applies(event: Event) -> bool:
    """Return whether a status must be set: a token is configured, and the event names a commit."""
    said_elsewhere = event.name == "connector:published" and bool(event.details.get("certified"))
    return bool(settings.GITHUB_STATUS_TOKEN and event.commit and event.name in STATUSES and not said_elsewhere)


def tell(event: Event, _: Sequence[Notification]) -> None:
    """Let a worker set the status for an event, after the commit."""
    if applies(event):
        transaction.on_commit(partial(post_status.enqueue, event.pk))


@task(queue_name="default")
def post_status(event_id: int) -> str:
    """Set the status for an event, in the worker."""
    return post(event_id)


def post(event_id: int) -> str:
    """Set the status on GitHub, and return the outcome in words. A refusal is logged and not retried."""
    event = Event.objects.filter(pk=event_id).first()
    if event is None or not applies(event):
        return "nothing to do"
    url = _repository(event)
    if url is None:
        return "no repository"
    address = addresses.parse(url, allowed_hosts=settings.GIT_HOSTS)
    status = FAULT if kinds.is_fault(event) else STATUSES[event.name]
    answer = httpx.post(
        f"{settings.GITHUB_API_URL}/repos/{address.owner}/{address.name}/statuses/{event.commit}",
        json={
            "state": status.state,
            "context": CONTEXT,
            "description": status.words[:LONGEST],
            "target_url": settings.PUBLIC_URL + reverse("draft", args=[event.subject_id]),
        },
        headers={
            "Authorization": f"Bearer {settings.GITHUB_STATUS_TOKEN}",
            "Accept": "application/vnd.github+json",
            "X-GitHub-Api-Version": "2022-11-28",
        },
        timeout=SECONDS,
        follow_redirects=False,
    )
    if answer.is_success:
        return "set"
    logger.warning("GitHub answered %d to a commit status of %s.", answer.status_code, event.subject_id)
    return f"refused with {answer.status_code}"


def _repository(event: Event) -> str | None:
    """Return the repository of the event's commit: that of the run, because the draft may have another one by now."""
    runs = ValidationRun.objects.filter(draft_id=UUID(event.subject_id), commit=event.commit)
    drafts = ConnectorStaged.objects.filter(pk=event.subject_id)
    url = (
        runs.order_by("-queued_at").values_list("url", flat=True).first()
        or drafts.values_list("repository_url", flat=True).first()
    )
    return url if url and addresses.problem_of_url(url, allowed_hosts=settings.GIT_HOSTS) is None else None


register("commit-status", Channel(tell))
