"""The history of a connector, from the event log, in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from accounts.models import Event, User
from certification.errors import Stale
from certification.models import Criterion, Round
from certification.rounds import closeness

SHOWN = 100
MOST_NEWS = 5

WORDS: dict[str, tuple[str, str]] = {
    "connector:created": ("plus", "created the draft"),
    "connector:updated": ("edit", "changed the listing"),
    "connector:repository-set": ("git-branch", "chose another repository or tag"),
    "connector:access-changed": ("users", "changed who may use it"),
    "connector:publish-requested": ("cloud-upload", "requested publication"),
    "connector:preview-requested": ("eye", "requested a preview"),
    "connector:admitted": ("checks", "passed it on to the reviewers"),
    "connector:rejected": ("circle-x", "rejected it"),
    "connector:commented": ("message", "commented"),
    "connector:published": ("rosette-discount-check", "published it"),
    "connector:unlisted": ("eye-off", "unlisted it"),
    "connector:listed": ("eye", "listed it again"),
    "round:opened": ("flag", "opened a round"),
    "round:claimed": ("user-check", "claimed the review"),
    "certification:started": ("zoom-check", "started the certification"),
    "certification:question-answered": ("message-2", "answered the question"),
    "certification:question-unanswered": ("clock", "continued without an answer"),
    "certification:handed-back": ("arrow-right", "returned it to the reviewer"),
    "certification:reminded": ("bell", "reminded the developer"),
    "certification:expired": ("calendar-due", "failed it because the deadline passed"),
    "connector:withdrawn": ("arrow-back-up", "withdrew it"),
    "connector:resubmitted": ("git-commit", "chose a new tag"),
    "connector:appealed": ("scale", "appealed against the decision"),
    "connector:configuration-read": ("file-code", "read connect.yaml"),
    "round:assigned": ("user-plus", "assigned the review"),
    "round:released": ("user-off", "released the review"),
    "round:escalated": ("flag", "escalated the review"),
    "round:escalation-ended": ("flag", "ended the escalation"),
    "round:tag-moved": ("git-commit", "found that the tag had moved"),
    "round:recheck-requested": ("refresh", "re-ran the checks"),
    "note:added": ("lock", "wrote a private note"),
    "remark:added": ("message", "commented on a line"),
    "remark:dropped": ("message", "deleted a comment on a line"),
    "request:added": ("list-check", "requested a change"),
    "request:accepted": ("circle-check", "accepted a change"),
    "request:dropped": ("circle-x", "dropped a request"),
    "request:reopened": ("rotate", "reopened a request"),
    "request:done": ("square-check", "marked a request as done"),
    "request:undone": ("rotate", "marked a request as not done"),
    "verdict:given": ("checklist", "gave a verdict"),
    "verdict:evidence-accepted": ("checks", "passed what the checks prove"),
    "verdict:rest-passed": ("checks", "passed the undecided criteria"),
    "waiver:proposed": ("shield", "proposed a waiver"),
    "waiver:approved": ("shield-check", "approved a waiver"),
    "waiver:revoked": ("shield-x", "revoked a waiver"),
    "waiver:expired": ("shield-off", "let a waiver expire"),
    "credentials:revealed": ("eye", "revealed the test credentials"),
    "submission:kept": ("note", "left notes for the reviewers"),
    "admin:added": ("plus", "added it in the admin"),
    "admin:changed": ("edit", "changed it in the admin"),
    "admin:deleted": ("trash", "deleted it in the admin"),
}
"""Icon and words for each event of a connector. An event without an entry is shown by its name.

`certification.decisions` adds those of the reviewers' decisions."""


def visible(by: User) -> QuerySet[Event]:
    """Return the events that this person may see, the last first: none about connectors of their own Projects.

    Those name reviewers and what they do before they answer; the developers' pages show what a member may know.
    """
    own = closeness.members(by, path="project_key")
    return Event.objects.exclude(own, subject_type="connector").order_by("-id")


def news(round_: Round, by: User, *, last_event_id: int | None) -> list[str]:
    """Return in sentences what others did with the connector after this event, limited to the last `MOST_NEWS`."""
    if last_event_id is None:
        return []
    later = visible(by).filter(subject_type="connector", subject_id=str(round_.draft_id), id__gt=last_event_id)
    changes = list(later.exclude(actor_id=str(by.pk))[:MOST_NEWS])
    return sentences(reversed(changes))


def require_no_news(round_: Round, by: User, *, last_event_id: int | None) -> None:
    """Raise Stale if somebody else changed something after this event, the last that the page knew."""
    if changes := news(round_, by, last_event_id=last_event_id):
        raise Stale(changes)


@dataclass(frozen=True)
class Item:
    """One entry of the timeline, in the shape that the component needs."""

    icon: str
    title: str
    at: datetime
    by: str
    note: str = ""
    status: str = ""


def items(row: Round, *, by: User, most: int = SHOWN) -> list[Item]:
    """Return the last events of a round's connector that this person may see, the newest first."""
    events = visible(by).filter(subject_type="connector", subject_id=str(row.draft_id))[:most]
    titles = _titles()
    return [item(event, titles=titles) for event in events]


def item(event: Event, *, titles: Mapping[str, str] | None = None) -> Item:
    """Return an event in words. `titles` has the titles of the criteria, by key."""
    icon, title = WORDS.get(event.name, ("point", event.name.replace(":", " ").replace("-", " ")))
    notes = (_details(event, titles or {}), f"commit {event.commit[:10]}" if event.commit else "")
    return Item(
        icon=icon,
        title=title,
        at=event.at,
        by=event.actor_label,
        note=" · ".join(note for note in notes if note),
        status=event.status_to if event.status_to != event.status_from else "",
    )


def sentences(events: Iterable[Event]) -> list[str]:
    """Return each event as one sentence: who did what, and what it changed."""
    titles = _titles()
    found = []
    for event in events:
        title, details = item(event).title, _details(event, titles)
        found.append(f"{event.actor_label or 'The portal'} {title}{f' ({details})' if details else ''}.")
    return found


def _titles() -> dict[str, str]:
    return dict(Criterion.objects.values_list("key", "title"))


def _before_and_after(name: str, change: object) -> str:
    """Return in a few words how a field changed; of a secret only that it did."""
    if not isinstance(change, Mapping):
        return f"{name}: {change}"
    was, now = (str(change.get(end) if change.get(end) not in (None, "") else "–")[:80] for end in ("from", "to"))
    return f"{name}: {was} → {now}"


def _details(event: Event, titles: Mapping[str, str]) -> str:
    """Return the details of an event in a few words: criterion, place, tag, before and after."""
    found = event.details
    parts = []
    if key := found.get("criterion"):
        parts.append(titles.get(key, str(key)))
    if path := found.get("path"):
        parts.append(f"{path}:{found['line']}" if found.get("line") else str(path))
    parts += [_before_and_after(name, one) for name, one in (found.get("changes") or {}).items()]
    if "from" in found or "to" in found:
        parts.append(f"{found.get('from') or '–'} → {found.get('to') or '–'}")
    parts += [str(found[name]) for name in ("tag", "reason") if isinstance(found.get(name), str)]
    return ", ".join(parts)
