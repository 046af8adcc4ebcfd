"""A list whose filters are refused lists nothing."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from accounts.roles import Role
from tests import factory

pytestmark = [pytest.mark.django_db, pytest.mark.security]


@pytest.mark.parametrize("page", ["catalog", "drafts", "queue", "history"])
def test_a_search_that_is_refused_finds_nothing(client: Client, page: str) -> None:
    admin = factory.user("admin@example.com", role=Role.LEAD_REVIEWER)
    row = factory.at("ReadyForCertification", factory.project(), name="Waiting for a review")
    factory.at("Published", factory.project(), name="Certified and public")
    client.force_login(factory.owner(row.project) if page == "drafts" else admin)

    answer = client.get(reverse(page), {"q": "x" * 300})

    text = answer.content.decode()
    assert answer.status_code == 200
    assert "Waiting for a review" not in text and "Certified and public" not in text
    assert "Ensure this value has at most" in text
