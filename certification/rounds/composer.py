"""The suggested message of a decision, for the reviewer to edit."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from certification.evidence.criteria import Row
from certification.evidence.machine_evidence import Seen
from certification.models import ChangeRequest, LineComment, Round, Verdict
from certification.rounds import conversation

OTHER = "Also"


def compose(row: Round, rows: Iterable[Row], chosen: Iterable[Seen] = ()) -> str:
    """Return a message with failed criteria, selected findings, requests and line comments, grouped by criterion."""
    groups: dict[str, list[str]] = defaultdict(list)
    by_check: dict[str, str] = {}
    for found in rows:
        for check in found.criterion.checks:
            by_check.setdefault(check, found.criterion.title)
        verdict = found.verdict
        if verdict is not None and verdict.value == Verdict.Value.FAIL:
            groups[found.criterion.title].append(verdict.comment)
    for request in conversation.requests_of(row):
        if request.state == ChangeRequest.State.OPEN:
            title = request.criterion.title if request.criterion else OTHER
            groups[title].append(_at(request.place, request.text))
    for seen in chosen:
        finding = seen.finding
        place = f"{finding.path}:{finding.line}" if finding.path and finding.line else finding.path
        text = f"{finding.message} {finding.fix}".strip()
        groups[by_check.get(finding.check_id, OTHER)].append(_at(place or finding.package, text))
    for comment in LineComment.objects.filter(round=row, sent_with=None):
        groups[OTHER].append(_at(comment.place, comment.text))
    return "\n\n".join(_group(title, items) for title, items in groups.items())


def _at(place: str, text: str) -> str:
    return f"{place}: {text}" if place else text


def _group(title: str, items: list[str]) -> str:
    listed = "\n".join("- " + item.replace("\n", "\n  ") for item in items)
    return f"{title}\n{listed}"
