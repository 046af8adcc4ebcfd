"""The queue page."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from accounts.roles import Role
from certification.decisions import changes, failure
from certification.desk import claims, review_queue
from certification.models import Round, SavedView
from certification.rounds import conversation
from connectors.models import ConnectorStaged, ValidationRun
from tests import factory
from tests.certification.world import Problem, World

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(client: Client, reviewer: User) -> Client:
    client.force_login(reviewer)
    return client


@pytest.fixture
def drafts(world: World, reviewer: User) -> dict[str, ConnectorStaged]:
    """One submission in each situation; the names say which."""
    made = {
        name: world.submitted(name=name, key=name.lower())
        for name in ("Fresh", "Overdue", "Mine", "Robs", "Asked", "Failed")
    }
    made["Blocked"] = world.submitted(
        name="Blocked",
        key="blocked",
        problems=[Problem()],
        outcomes={"secrets": "failed"},
        integrationTypes=["tax", "psp"],
    )
    Round.objects.filter(draft=made["Overdue"]).update(due_at=timezone.now() - timedelta(days=2))
    claims.start(made["Mine"].pk, by=reviewer)
    rob = world.person("Rob")
    for name in ("Robs", "Asked", "Failed"):
        claims.start(made[name].pk, by=rob)
    conversation.request(made["Asked"].pk, by=rob, text="Read the port.")
    changes.request_changes(made["Asked"].pk, by=rob)
    failure.fail(made["Failed"].pk, by=rob, reason="other", message="No.")
    return made


def listed(client: Client, **query: str) -> list[str]:
    """Return the names of the submissions on the page, in their order."""
    text = client.get(reverse("queue"), query).content.decode()
    return [part.partition(">")[2].partition("<")[0] for part in text.split('class="cr-name"')[1:]]


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({}, ["Overdue", "Fresh", "Mine", "Blocked"]),
        ({"view": "overdue"}, ["Overdue"]),
        ({"view": "mine"}, ["Mine"]),
        ({"view": "unclaimed"}, ["Overdue", "Fresh", "Blocked"]),
        ({"view": "developer"}, ["Asked"]),
        ({"view": "all"}, ["Overdue", "Fresh", "Mine", "Robs", "Blocked", "Asked"]),
        ({"status": "InCertification"}, ["Mine", "Robs", "Asked"]),
        ({"status": "Failed"}, ["Failed"]),
        ({"status": "InCertification", "turn": "developer"}, ["Asked"]),
        ({"q": "obs"}, ["Robs"]),
        ({"q": "fresh"}, ["Fresh"]),
        ({"view": "all", "integrationTypes": "tax"}, ["Blocked"]),
        ({"view": "all", "blocking": "yes"}, ["Blocked"]),
        ({"view": "all", "blocking": "no", "q": "bl"}, []),
        ({"view": "all", "breaking": "yes"}, []),
        ({"view": "all", "kind": "update"}, []),
        ({"view": "all", "application": "service", "q": "mine"}, ["Mine"]),
        ({"view": "all", "application": "job"}, []),
        ({"view": "all", "project": "nobody"}, []),
        ({"view": "all", "assignee": "none"}, ["Overdue", "Fresh", "Blocked"]),
    ],
)
def test_the_queue_is_narrowed_by_its_address(
    page: Client, drafts: dict[str, ConnectorStaged], query: dict[str, str], names: list[str]
) -> None:
    assert listed(page, **query) == names


def test_what_is_due_before_a_day_ends_where_the_day_begins(page: Client, drafts: dict[str, ConnectorStaged]) -> None:
    day = datetime(2031, 5, 6, tzinfo=UTC)
    Round.objects.filter(draft=drafts["Robs"]).update(due_at=day - timedelta(seconds=1))
    Round.objects.filter(draft=drafts["Blocked"]).update(due_at=day)

    found = listed(page, view="all", due="2031-05-06")

    assert "Robs" in found
    assert "Blocked" not in found


def test_a_connector_is_found_by_commit_and_id(page: Client, world: World, drafts: dict[str, ConnectorStaged]) -> None:
    commit = world.git("rev-parse", "1.0.0")

    assert len(listed(page, q=commit[:10], view="all")) == 6
    assert listed(page, q=str(drafts["Mine"].pk)) == ["Mine"]


@pytest.mark.parametrize(
    "query", [{"status": "Lost"}, {"turn": "x"}, {"due": "soon"}, {"page": "-1"}, {"page": "9" * 30}, {"q": "\0"}]
)
def test_values_that_cannot_be_are_no_error(page: Client, query: dict[str, str]) -> None:
    assert page.get(reverse("queue"), query).status_code == 200


def test_the_counters_count(page: Client, drafts: dict[str, ConnectorStaged], reviewer: User) -> None:
    found = review_queue.numbers(by=reviewer, now=timezone.now())

    assert found == {"": 4, "overdue": 1, "escalated": 0, "mine": 1, "unclaimed": 3, "developer": 1, "all": 6}


def test_a_long_list_is_counted_to_a_thousand_only(monkeypatch: pytest.MonkeyPatch, world: World) -> None:
    monkeypatch.setattr(review_queue, "COUNTED", 2)
    for n in range(3):
        world.submitted(key=f"key-{n}")

    assert review_queue.capped(Round.objects.open()) == 3
    assert review_queue.shown(3) == "2+"


def test_ones_own_submissions_are_in_no_view(page: Client, world: World, reviewer: User) -> None:
    own = world.submitted(name="Own", of=factory.project("mine"))
    world.member(reviewer, own.project)

    assert listed(page) == []
    assert listed(page, view="all") == []


def test_claim_next_starts_what_is_due_first(page: Client, drafts: dict[str, ConnectorStaged]) -> None:
    answer = page.post(reverse("queue_next"))

    assert answer["Location"] == reverse("review", args=[drafts["Overdue"].pk])
    assert Round.objects.get(draft=drafts["Overdue"]).status == "InCertification"


def test_nothing_to_take_is_said(page: Client) -> None:
    assert "No review is waiting" in page.post(reverse("queue_next"), follow=True).content.decode()


def test_what_is_ticked_is_taken_and_given_back(
    page: Client, drafts: dict[str, ConnectorStaged], reviewer: User
) -> None:
    chosen = [drafts[name].pk for name in ("Overdue", "Fresh")]
    mine = Round.objects.open().filter(assignee=reviewer, draft__in=chosen)

    claimed = page.post(reverse("queue_together"), {"draft": chosen, "action": "claim"}, follow=True)
    assert "2 submissions claimed." in claimed.content.decode()
    assert {row.status for row in mine} == {"InCertification"}
    page.post(reverse("queue_together"), {"draft": chosen[:1], "action": "release"})

    assert [row.draft_id for row in mine.all()] == chosen[1:]


def test_the_number_of_what_is_next_stands_in_every_view(page: Client, drafts: dict[str, ConnectorStaged]) -> None:
    number = len(listed(page))

    for view in ("", "overdue", "developer"):
        text = page.get(reverse("queue"), {"view": view}).content.decode()
        assert f"<b>{number}</b><span>For me next</span>" in text


def test_many_are_assigned_at_once_and_what_cannot_be_is_named(
    client: Client, world: World, drafts: dict[str, ConnectorStaged]
) -> None:
    client.force_login(world.person("Lea", Role.LEAD_REVIEWER))
    rob = world.person("Rob")
    chosen = [drafts[name].pk for name in ("Fresh", "Blocked", "Failed")]

    answer = client.post(
        reverse("queue_together") + "?view=all&page=3",
        {"draft": [*chosen, "nonsense"], "action": "assign", "to": rob.pk},
        follow=True,
    )

    assert answer.redirect_chain == [(f"{reverse('queue')}?view=all", 302)]
    assert "2 submissions assigned to Rob." in answer.content.decode()
    assert "Nothing is being reviewed" in answer.content.decode()
    assert Round.objects.open().filter(assignee=rob, draft__in=chosen).count() == 2


def test_a_plain_reviewer_assigns_nobody_but_checks_again(page: Client, drafts: dict[str, ConnectorStaged]) -> None:
    fresh = drafts["Fresh"]
    page.post(reverse("queue_together"), {"draft": [fresh.pk], "action": "assign", "to": "1"})
    page.post(reverse("queue_together"), {"draft": [fresh.pk], "action": "recheck"})

    assert Round.objects.get(draft=fresh).assignee is None
    assert ValidationRun.objects.filter(draft=fresh, kind="recheck").count() == 1


def test_the_csv_has_every_row_and_no_formula(page: Client, world: World) -> None:
    world.submitted(name="=HYPERLINK(1)", key="evil")
    world.submitted(name="Plain", key="plain")

    answer = page.get(reverse("queue_table"), {"view": "all"})
    rows = list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode())))

    assert [row["connector"] for row in rows] == ["'=HYPERLINK(1)", "Plain"]
    assert rows[1]["status"] == "ReadyForCertification"
    assert answer["Content-Disposition"].startswith("attachment")


def test_views_are_kept_under_a_name_shared_by_leads_only_and_deleted(
    page: Client, client: Client, world: World, reviewer: User
) -> None:
    save = reverse("queue_save")
    page.post(f"{save}?integrationTypes=tax&page=4&x=1", {"name": "My taxes", "shared": "yes"})
    view = SavedView.objects.get()
    assert (view.query, view.shared) == ("integrationTypes=tax", False)
    assert "My taxes" in page.get(reverse("queue")).content.decode()

    client.force_login(world.person("Lea", Role.LEAD_REVIEWER))
    assert "My taxes" not in client.get(reverse("queue")).content.decode()
    client.post(reverse("queue_forget", args=[view.pk]))
    assert SavedView.objects.filter(pk=view.pk).exists()
    client.post(f"{save}?integrationTypes=tax", {"name": "All tax", "shared": "yes"})

    client.force_login(reviewer)
    assert "All tax" in client.get(reverse("queue")).content.decode()
    client.post(reverse("queue_forget", args=[view.pk]))
    assert not SavedView.objects.filter(pk=view.pk).exists()


@pytest.mark.parametrize(("name", "problem"), [("", "Name the view."), ("a\u202eb", "direction control U+202E")])
def test_a_view_without_a_good_name_is_refused_beside_the_field(page: Client, name: str, problem: str) -> None:
    answer = page.post(reverse("queue_save") + "?integrationTypes=tax", {"name": name})

    assert answer.status_code == 422
    assert problem in answer.content.decode()
    assert 'action="/queue/views?integrationTypes=tax"' in answer.content.decode()
    assert not SavedView.objects.exists()


def test_who_has_a_review_open_is_hinted_at(page: Client, world: World, drafts: dict[str, ConnectorStaged]) -> None:
    other = Client()
    other.force_login(world.person("Rob"))
    other.get(reverse("review", args=[drafts["Fresh"].pk]))

    assert "Rob has it open" in page.get(reverse("queue")).content.decode()


def test_the_number_of_queries_does_not_grow_with_the_queue(
    page: Client, world: World, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for n in range(4):
        world.submitted(key=f"key-{n}")

    with django_assert_max_num_queries(12):
        assert len(listed(page, view="all")) == 4
