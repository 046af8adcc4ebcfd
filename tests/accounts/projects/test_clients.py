"""API clients: made, rotated, disabled."""

from __future__ import annotations

import pytest

from accounts import actors
from accounts.models import ApiClient, Event
from accounts.projects import clients
from accounts.projects.clients import UnknownScope
from tests import factory
from tests.api import Api, token

BY = actors.system("test")

pytestmark = [pytest.mark.django_db, pytest.mark.security]


def test_new_client_may_do_everything_in_its_project_unless_told_otherwise() -> None:
    credentials = clients.create(factory.project(), by=BY)

    assert credentials.scopes == ("manage_project:acme",)
    assert credentials.api_client.project.key == "acme"


def test_short_and_full_scope_names_are_understood_once_each() -> None:
    asked = ["view_connectors", "manage_connectors:acme", "view_connectors:acme"]

    credentials = clients.create(factory.project(), by=BY, scopes=asked)

    assert credentials.scopes == ("view_connectors:acme", "manage_connectors:acme")


@pytest.mark.parametrize("scope", ["manage_project:other", "manage_products", "", "manage_project:acme:x", "a b"])
def test_scope_of_another_project_or_none_is_refused_and_nothing_is_made(scope: str) -> None:
    factory.project("other")

    with pytest.raises(UnknownScope, match="choose from manage_project:acme"):
        clients.create(factory.project(), by=BY, scopes=["view_connectors", scope])

    assert not ApiClient.objects.exists()


def test_secret_is_safe_in_a_shell_a_url_and_a_form() -> None:
    credentials = clients.create(factory.project(), by=BY)

    assert len(credentials.client_secret) >= 43
    assert credentials.client_secret.replace("-", "").replace("_", "").isalnum()


def test_rotation_keeps_the_scopes_and_revokes_what_was_issued() -> None:
    credentials = factory.api_client(scopes=["manage_connectors"])
    old = token(credentials)

    rotated = clients.rotate(credentials.api_client, by=BY)

    assert rotated.scopes == credentials.scopes
    assert rotated.client_secret != credentials.client_secret
    assert Api(old).get("/connectors/drafts").status == 401


def test_disabling_revokes_tokens_at_once_and_keeps_the_row() -> None:
    credentials = factory.api_client()
    value = token(credentials)

    clients.disable(credentials.api_client, by=BY)

    assert Api(value).get("/connectors/drafts").status == 401
    assert ApiClient.objects.get().disabled_at is not None


def test_disabling_twice_is_recorded_once() -> None:
    credentials = factory.api_client()

    clients.disable(credentials.api_client, by=BY)
    clients.disable(credentials.api_client, by=BY)

    assert list(Event.objects.order_by("id").values_list("name", flat=True)) == ["client:created", "client:disabled"]


def test_events_name_the_client_and_never_the_secret() -> None:
    credentials = factory.api_client()

    event = Event.objects.get(name="client:created")

    assert (event.subject_id, event.project_key) == (credentials.client_id, "acme")
    assert event.details == {"scopes": ["manage_project:acme"]}
    assert credentials.client_secret not in str(vars(event))
