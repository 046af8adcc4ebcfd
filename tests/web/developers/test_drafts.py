"""The list of drafts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.test import Client
from django.urls import reverse

from accounts.models import Membership, User
from accounts.projects import memberships
from tests import factory
from web.developers.drafts import PER_PAGE

pytestmark = pytest.mark.django_db


def names(client: Client, **query: Any) -> list[str]:
    return [row.draft.name for row in client.get(reverse("drafts"), query).context["rows"]]


def test_only_drafts_of_own_projects_are_listed(owner: Client, stranger: Client) -> None:
    factory.draft(name="Ours")
    factory.draft(factory.project("other"), name="Theirs")

    assert names(owner) == ["Ours"]
    assert names(stranger) == ["Theirs"]


def test_search_looks_at_name_key_and_repository(owner: Client) -> None:
    factory.draft(name="Alpha", key="first")
    factory.draft(name="Beta", repository={"url": "https://github.com/acme/shipping.git", "tag": "1"})

    assert names(owner, q="alph") == ["Alpha"]
    assert names(owner, q="FIRST") == ["Alpha"]
    assert names(owner, q="shipping") == ["Beta"]
    assert names(owner, q="nothing") == []


def test_status_and_project_filter(owner: Client) -> None:
    second = factory.project("second")
    Membership.objects.create(project=second, user=factory.owner(), role="developer")
    factory.draft(name="A")
    factory.at("Failed", name="B")
    factory.draft(second, name="C")

    assert names(owner, status="Failed") == ["B"]
    assert names(owner, project="second") == ["C"]
    assert names(owner, order="name") == ["A", "B", "C"]


@pytest.mark.parametrize(
    ("name", "value", "label"),
    [("q", "x" * 257, "Search"), ("q", "a\0", "Search"), ("project", "other", "Project"), ("status", "Lost", "Status")],
)
def test_what_a_filter_refuses_is_said(owner: Client, name: str, value: str, label: str) -> None:
    factory.project("other")

    assert f"{label}</a>: " in owner.get(reverse("drafts"), {name: value}).content.decode()


def test_integration_types_filter(owner: Client) -> None:
    factory.draft(name="A", integrationTypes=["psp", "tax"])
    factory.draft(name="B", integrationTypes=["erp"])

    page = owner.get(reverse("drafts"), {"type": ["tax", "crm"]})

    assert [row.draft.name for row in page.context["rows"]] == ["A"]
    assert "<summary>Integration type: Tax, CRM<svg" in page.content.decode()


def test_a_project_of_others_is_no_choice(owner: Client) -> None:
    factory.draft(factory.project("other"), name="Theirs")

    answer = owner.get(reverse("drafts"), {"project": "other"})

    assert "Theirs" not in answer.content.decode()


@pytest.mark.parametrize("query", [{"status": "nonsense"}, {"page": "x"}, {"page": "999"}, {"order": "hack"}])
def test_nonsense_in_the_address_is_no_error(owner: Client, query: dict[str, str]) -> None:
    factory.draft()

    assert owner.get(reverse("drafts"), query).status_code == 200


def test_long_lists_come_in_pages_with_a_fixed_number_of_queries(
    owner: Client, django_assert_max_num_queries: Any
) -> None:
    for n in range(PER_PAGE + 1):
        factory.draft(name=f"Draft {n}")

    with django_assert_max_num_queries(9):
        first = owner.get(reverse("drafts"))

    assert len(first.context["rows"]) == PER_PAGE
    assert len(names(owner, page=2)) == 1


def test_somebody_without_a_project_is_told_what_to_do(client: Client) -> None:
    client.force_login(factory.user("new@example.com"))

    page = client.get(reverse("drafts")).content.decode()

    assert "No Projects yet" in page


@pytest.mark.parametrize("page", ["drafts", "draft_new"])
def test_somebody_without_a_project_is_shown_the_invitation_that_waits(
    signed_in: Callable[[User], Client], page: str
) -> None:
    user = factory.user("new@example.com")
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    before = signed_in(user).get(reverse(page)).content.decode()
    memberships.invite(factory.project(), email=user.email, role="viewer", by=factory.developer())

    after = signed_in(user).get(reverse(page)).content.decode()

    assert "You have an invitation" not in before
    assert "You have an invitation" in after
    assert f'href="{reverse("projects")}">View invitation' in after


def test_a_viewer_is_not_told_that_it_is_their_turn(owner: Client, viewer: Client) -> None:
    row = factory.at("Failed")
    pages = {client: client.get(reverse("draft", args=[row.id])).content.decode() for client in (owner, viewer)}

    listed = {client: client.get(reverse("drafts")).context["rows"][0].mine for client in (owner, viewer)}

    assert listed == {owner: True, viewer: False}
    assert "It is your turn." in pages[owner]
    assert "You have view-only access" not in pages[owner]
    assert "It is your developers’ turn." in pages[viewer]
    assert "You have view-only access" in pages[viewer]
