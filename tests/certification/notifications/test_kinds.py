"""Which events have notifications."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

from accounts.roles import PORTAL, PROJECT
from certification.notifications.kinds import KINDS, SILENT, TOPICS
from certification.rounds import timeline
from connectors.drafts import actions

NOUNS = (
    "admin|certification|client|connector|credentials|deploy-key|member|note|project|remark|request|round|submission|user|"
    "verdict|waiver|webhook"
)
EVENT = re.compile(rf"({NOUNS}):[a-z-]+")


OF_PROJECTS = ("client:", "deploy-key:", "member:", "project:", "user:", "webhook:")


def written() -> Iterator[str]:
    """Yield every kind of event in the code."""
    for floor in ("certification", "connectors", "accounts"):
        for path in Path(settings.BASE_DIR, floor).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Constant) and isinstance(node.value, str) and EVENT.fullmatch(node.value):
                    yield node.value
    for action in actions.REGISTRY.values():
        yield f"connector:{action.event}"


def test_every_kind_of_event_has_an_audience_or_is_silent_on_purpose() -> None:
    known = set(written()) - set(PORTAL) - set(PROJECT)

    assert len(known) > 40
    assert known == set(TOPICS) | set(SILENT)
    assert not set(TOPICS) & set(SILENT)
    assert all(SILENT.values())


def test_every_topic_is_told_to_somebody() -> None:
    for name, topic in TOPICS.items():
        assert list(topic.notices) or topic.webhook, name


def test_every_kind_of_event_has_words_in_the_timeline() -> None:
    of_connectors = {name for name in (*TOPICS, *SILENT) if not name.startswith(OF_PROJECTS)}
    unknown = of_connectors - set(timeline.WORDS)

    assert unknown <= {"connector:deleted", "connector:preview-granted", "connector:preview-refused",
                       "connector:publish-passed"}  # fmt: skip


def test_every_topic_has_a_known_kind_and_webhook_types_are_distinct() -> None:
    types = [topic.webhook for topic in TOPICS.values() if topic.webhook]

    assert {notice.kind for topic in TOPICS.values() for notice in topic.notices} == set(KINDS)
    assert len(types) == len(set(types))
