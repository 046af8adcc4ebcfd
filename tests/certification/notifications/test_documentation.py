"""docs/webhooks.md says what the code does."""

from __future__ import annotations

import re

from accounts.webhooks import deliveries
from certification.notifications.channels.webhook_events import PUBLIC_DETAILS
from certification.notifications.kinds import TOPICS
from tests.root import ROOT

TEXT = (ROOT / "docs" / "webhooks.md").read_text(encoding="utf-8")


def test_every_type_is_listed_with_its_words() -> None:
    listed = dict(re.findall(r"^\| `([a-z_.]+)` \| (.+) \|$", TEXT, re.MULTILINE))

    assert listed == {topic.webhook: topic.webhook_title for topic in TOPICS.values() if topic.webhook}


def test_the_public_details_are_named() -> None:
    sentence = TEXT[TEXT.index("`details` contains only") : TEXT.index("It never identifies reviewers")]

    assert set(re.findall(r"`([a-z]+)`", sentence)) - {"details"} == set(PUBLIC_DETAILS)


def test_the_pauses_are_the_documented_ones() -> None:
    hours = [pause.total_seconds() / 3600 for pause in deliveries.PAUSES]

    assert [round(hour * 3600) for hour in hours[:3]] == [5, 300, 1800]
    assert hours[3:] == [2, 5, 10, 14, 20, 24]
