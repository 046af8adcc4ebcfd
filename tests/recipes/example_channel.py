"""The channel that logs, of the recipe in docs/recipes.md. Runs in a copy that has it."""

from __future__ import annotations

import logging

import pytest

from accounts.models import Event
from certification.notifications import channels, telling
from tests import factory

pytestmark = pytest.mark.django_db


def test_it_registers_itself() -> None:
    assert "log-line" in channels.registered()


def test_it_is_told_each_event_once(caplog: pytest.LogCaptureFixture) -> None:
    factory.owner()
    factory.rejected(factory.publish(factory.draft(), certification=False))
    event = Event.objects.get(name="connector:rejected")

    with caplog.at_level(logging.INFO):
        telling.tell(event.pk)
        telling.tell(event.pk)

    assert [record.getMessage() for record in caplog.records if record.name.endswith("log_line")] == [
        "connector:rejected notifies 1 people."
    ]
