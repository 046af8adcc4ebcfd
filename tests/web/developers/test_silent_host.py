"""A repository's host that accepts and says nothing keeps no request, however many people ask for it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Membership
from accounts.roles import ProjectRole
from connectors.fetches import repository_previews
from connectors.models import PreviewFetch
from tests import factory, repositories

pytestmark = [pytest.mark.django_db, pytest.mark.security]

BUSY = "Your last repositories are still being read."


@pytest.fixture
def silent(tmp_path: Path, settings: Any) -> Iterator[None]:
    """The host of all repositories, which answers nobody."""
    settings.CHECKOUT_DIR = tmp_path / "checkouts"
    with repositories.silent_server() as address:
        settings.GIT_URL_REWRITES = {"https://github.com/": address}
        yield


def person(number: int) -> Client:
    """Return the browser of a developer of the Project."""
    user, client = factory.user(f"dev{number}@example.com"), Client()
    Membership.objects.create(project=factory.project(), user=user, role=ProjectRole.DEVELOPER)
    client.force_login(user)
    return client


def asked(client: Client, number: int) -> Any:
    typed = {"repository_url": f"acme/payments-{number}", "repository_tag": "1.0.0", "project": "acme"}
    return client.post(reverse("draft_probe"), typed)


def test_twenty_looks_are_answered_before_the_host_says_anything(silent: None, client: Client) -> None:
    people = [person(number) for number in range(20 // repository_previews.AT_ONCE)]

    answers = [asked(people[number % len(people)], number) for number in range(20)]

    assert all("Reading the repository…" in answer.content.decode() for answer in answers)
    assert PreviewFetch.objects.filter(state=PreviewFetch.State.QUEUED).count() == 20
    assert client.get("/healthz").status_code == 200


def test_one_account_has_two_looks_at_once(silent: None) -> None:
    dev = person(1)

    answers = [asked(dev, number).content.decode() for number in range(19)]

    assert sum("Reading the repository…" in answer for answer in answers) == repository_previews.AT_ONCE
    assert sum(BUSY in answer for answer in answers) == 19 - repository_previews.AT_ONCE
    assert PreviewFetch.objects.count() == repository_previews.AT_ONCE


def test_a_host_that_says_nothing_is_told_when_its_time_is_over(silent: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connectors.drafts.repository_preview.FETCH_SECONDS", 0.5)
    dev = person(1)
    waits_for = asked(dev, 1).context["waits_for"]

    assert repository_previews.work(waits_for) == "done"

    assert "did not answer in time" in dev.get(reverse("draft_probe"), {"asked": waits_for}).content.decode()
