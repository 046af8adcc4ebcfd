"""A person submits with a second factor only; the pages say so before, and lead to one and back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.test import Client
from django.urls import reverse

from accounts import actors
from accounts.models import ApiClient, User
from accounts.projects import clients
from certification.rounds.developer_abilities import developer_abilities
from connectors.errors import SecondFactorMissing
from connectors.models import ConnectorStaged
from tests import api, factory
from tests.certification.world import World
from tests.second_factors import code_of, connect_app

pytestmark = [pytest.mark.django_db, pytest.mark.security]

WORDS = "Set up two-factor authentication"


@pytest.fixture(autouse=True)
def asked(settings: Any) -> None:
    """Ask for the second factor, as in production."""
    settings.REQUIRE_MFA_TO_SUBMIT = True


@pytest.fixture
def owner() -> User:
    """The owner of a Project, with a confirmed address and no second factor."""
    person = factory.owner()
    EmailAddress.objects.create(user=person, email=person.email, verified=True, primary=True)
    return person


@pytest.fixture
def browser(owner: User) -> Client:
    """A browser in which the owner is signed in."""
    client = Client()
    client.force_login(owner)
    return client


def sent(name: str, draft: ConnectorStaged, browser: Client, **fields: Any) -> Any:
    return browser.post(reverse(name, args=[draft.pk]), {"version": draft.version, **fields})


SENDS = [
    ("draft_publish", {"how": "certification"}),
    ("draft_tag", {"tag": "2.0.0", "then": "certification"}),
    ("draft_preview", {}),
]


@pytest.mark.parametrize(("name", "fields"), SENDS)
def test_nothing_goes_to_reviewers_without_a_second_factor(
    browser: Client, owner: User, name: str, fields: dict[str, Any]
) -> None:
    draft = factory.draft()

    refused = sent(name, draft, browser, **fields)
    before = ConnectorStaged.objects.get()
    connect_app(owner)
    done = sent(name, before, browser, **fields)

    assert refused.status_code == 409
    assert WORDS in refused.content.decode()
    assert (before.version, before.status, before.repository_tag) == (draft.version, draft.status, draft.repository_tag)
    assert done.status_code == 302
    assert ConnectorStaged.objects.get().version > draft.version


def test_publishing_for_the_own_project_needs_none(browser: Client, owner: User) -> None:
    assert sent("draft_publish", factory.draft(), browser, how="private").status_code == 302


def test_what_goes_on_in_a_review_needs_one(tmp_path: Path, settings: Any) -> None:
    world = World(tmp_path, settings)
    draft, owner = world.submitted(), factory.owner()
    by = actors.person(owner, public_name="acme")

    without = developer_abilities(draft, by=by).resubmit()
    connect_app(owner)

    assert isinstance(without.refusal, SecondFactorMissing)
    assert developer_abilities(draft, by=by).resubmit()


def test_a_request_by_token_is_not_refused(client: Client) -> None:
    draft, headers = factory.draft(), {"Authorization": f"Bearer {api.token(factory.api_client())}"}
    body = {"version": draft.version, "actions": [{"action": "publish", "certification": True}]}

    answer = client.post(
        f"/connectors/drafts/{draft.pk}", json.dumps(body), content_type="application/json", headers=headers
    )

    assert answer.status_code == 201


def test_no_credentials_are_made_without_one(browser: Client, owner: User) -> None:
    project = factory.project()
    system = clients.create(project, by=actors.system("test"))
    page = reverse("project_clients", args=["acme"])

    shown = browser.get(page).content.decode()
    created = browser.post(reverse("client_create", args=["acme"]), {"name": "ci", "scope": "view_connectors"})
    rotated = browser.post(reverse("client_rotate", args=["acme", system.api_client.pk]))
    revoked = browser.post(reverse("client_disable", args=["acme", system.api_client.pk]))

    assert WORDS in shown
    assert "Create client" not in shown
    assert [created.status_code, rotated.status_code, revoked.status_code] == [422, 422, 302]
    assert ApiClient.objects.count() == 1


def test_the_page_says_it_before_and_the_way_leads_back(browser: Client, owner: User) -> None:
    draft = factory.draft()
    page = reverse("draft", args=[draft.pk])
    before = browser.get(page).content.decode()
    way = reverse("second_factor") + f"?next={page}"
    setup = browser.get(way)
    secret = browser.get(reverse("mfa_activate_totp")).context["form"].secret
    codes = browser.post(reverse("mfa_activate_totp"), {"code": code_of(secret)}, follow=True)

    back = browser.get(way)

    assert way in before
    assert "Submit for certification" not in before
    assert setup["Location"] == reverse("mfa_index")
    assert "Continue where you were" in codes.content.decode()
    assert way in codes.content.decode()
    assert back["Location"] == page
    assert "Submit for certification" in browser.get(page).content.decode()
    assert "Continue where you were" not in browser.get(reverse("mfa_index")).content.decode()


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "javascript:alert(1)"])
def test_the_way_back_stays_in_the_portal(browser: Client, owner: User, target: str) -> None:
    connect_app(owner)

    assert browser.get(reverse("second_factor"), {"next": target})["Location"] == "/"


def test_a_viewer_is_not_told(browser: Client, owner: User) -> None:
    owner.memberships.update(role="viewer")

    assert WORDS not in browser.get(reverse("draft", args=[factory.draft().pk])).content.decode()


def test_where_it_is_off_nobody_is_asked(browser: Client, owner: User, settings: Any) -> None:
    settings.REQUIRE_MFA_TO_SUBMIT = False

    assert sent("draft_publish", factory.draft(), browser, how="certification").status_code == 302
