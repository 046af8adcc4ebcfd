"""The update action `clearIntegrationTypes` of the recipe in docs/recipes.md. Runs in a copy that has it."""

from __future__ import annotations

import pytest

from accounts.models import Event
from connectors.api import schema
from connectors.errors import InvalidOperation
from connectors.models import ConnectorStaged
from tests import factory

pytestmark = pytest.mark.django_db


CLEAR = {"action": "clearIntegrationTypes"}


def test_it_changes_the_draft_and_is_recorded() -> None:
    row = factory.draft(integrationTypes=["tax"])

    factory.act(row, CLEAR)

    assert ConnectorStaged.objects.get(pk=row.pk).integration_types == []
    assert Event.objects.latest("id").name == "connector:updated"


def test_it_refuses_a_frozen_draft() -> None:
    row = factory.publish(factory.draft(), certification=False)

    with pytest.raises(InvalidOperation, match="clearIntegrationTypes"):
        factory.act(row, CLEAR)


def test_the_openapi_document_describes_it() -> None:
    described = schema.discriminate_actions({"components": {"schemas": {}}}, None, None, True)["components"]["schemas"]

    assert "clearIntegrationTypes" in described["ConnectorUpdateAction"]["discriminator"]["mapping"]
