"""The event log and the figures, as pages and as files."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator

import pytest
from django.db import OperationalError
from django.db.models import QuerySet
from django.test import Client
from django.urls import reverse

from accounts.models import Event, User
from accounts.roles import Role
from certification.models import Criterion
from database import portions
from tests.certification.world import Problem, World
from web.reviewers import history, queue_page

pytestmark = pytest.mark.django_db


@pytest.fixture
def auditor(client: Client, world: World, reviewer: User) -> Client:
    world.begun(reviewer, key="first")
    world.begun(reviewer, key="second", problems=[Problem(severity="warning")])
    client.force_login(world.person("Ann", Role.AUDITOR))
    return client


def test_an_auditor_reads_and_searches_the_history(auditor: Client) -> None:
    place = reverse("history")

    everything = auditor.get(place).content.decode()
    first = auditor.get(place, {"q": "first"}).content.decode()
    started = auditor.get(place, {"name": "certification:started", "actor": "rita", "status": "InCertification"})

    assert "first" in everything
    assert "second" in everything
    assert "second" not in first
    assert started.content.decode().count("certification:started") >= 2


@pytest.mark.parametrize(
    ("role", "status"), [(Role.REVIEWER, 403), (Role.LEAD_REVIEWER, 200), (Role.AUDITOR, 200), ("", 403)]
)
def test_the_history_opens_by_role(client: Client, world: World, role: str, status: int) -> None:
    client.force_login(world.person("Ann", role))

    for name in ("history", "history_table", "history_lines"):
        assert client.get(reverse(name)).status_code == status


@pytest.mark.parametrize(("words", "number"), [("round:opened", 2), ("rita second", 1), ("nobody", 0)])
def test_events_are_found_by_kind_and_person_too(auditor: Client, words: str, number: int) -> None:
    text = auditor.get(reverse("history"), {"q": words}).content.decode()

    assert text.count("<time ") == number


def test_the_history_has_pages(auditor: Client) -> None:
    last = Event.objects.order_by("-pk")[1].pk

    text = auditor.get(reverse("history"), {"before": str(last)}).content.decode()

    assert "Newest" in text
    assert auditor.get(reverse("history"), {"before": "x"}).status_code == 200


def test_the_history_is_exported(auditor: Client) -> None:
    table = auditor.get(reverse("history_table"), {"q": "first"})
    lines = auditor.get(reverse("history_lines"), {"q": "first"})

    rows = list(csv.DictReader(io.StringIO(b"".join(table.streaming_content).decode())))
    records = [json.loads(line) for line in b"".join(lines.streaming_content).decode().splitlines()]
    assert {row["subject"] for row in rows} == {"first"}
    assert [row["event"] for row in rows] == [record["event"] for record in records]
    assert isinstance(records[0]["details"], dict)


EXPORTS = {"history_table": "history", "history_lines": "history", "queue_table": "queue"}


@pytest.mark.parametrize("export", EXPORTS)
def test_a_file_that_breaks_while_it_is_made_is_an_error_and_no_file(
    export: str, auditor: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(rows: QuerySet[Event], **options: object) -> Iterator[Event]:
        yield rows[0]
        raise OperationalError("the cursor is gone")

    monkeypatch.setattr(portions, "read", broken)
    auditor.raise_request_exception = False

    assert auditor.get(reverse(export), {"view": "all"}).status_code == 500


@pytest.mark.parametrize("export", EXPORTS)
def test_a_file_says_how_long_it_is(export: str, auditor: Client) -> None:
    answer = auditor.get(reverse(export), {"view": "all"})

    body = b"".join(answer.streaming_content)
    assert answer["Content-Length"] == str(len(body))
    assert len(body.splitlines()) > 2


@pytest.mark.parametrize(("export", "page"), EXPORTS.items())
def test_what_is_too_long_for_a_file_is_told_and_not_cut(
    export: str, page: str, auditor: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    for views in (history, queue_page):
        monkeypatch.setattr(views, "LONGEST_FILE", 1)

    answer = auditor.get(reverse(export), {"view": "all"}, follow=True)

    assert answer.redirect_chain == [(f"{reverse(page)}?view=all", 302)]
    assert "A file holds at most 1 rows, and more match. Narrow the filters." in answer.content.decode()


def test_nothing_here_changes_an_event(auditor: Client) -> None:
    assert auditor.post(reverse("history")).status_code == 405


def test_the_figures_are_shown_and_given_as_json(auditor: Client) -> None:
    page = auditor.get(reverse("figures")).content.decode()
    data = auditor.get(reverse("figures_data")).json()

    assert "Opened and decided by week" in page
    assert data["open"] == 2
    assert "<style" not in page
    assert "style=" not in page.split("<main")[1]


def test_the_criteria_are_published_for_everybody(client: Client, world: World) -> None:
    Criterion.objects.filter(key="tests").update(active=False)

    page = client.get(reverse("criteria")).content.decode()

    assert "No secret is in the repository" in page
    assert "The important paths have tests" not in page
