"""The first page, by who comes."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from tests import factory

pytestmark = pytest.mark.django_db


def test_a_visitor_sees_what_is_newly_certified_and_nothing_private(client: Client) -> None:
    factory.at("Published", name="Public one")
    factory.at("Published", name="Private one", certification=False)

    page = client.get(reverse("home")).content.decode()

    assert "Public one" in page
    assert "Private one" not in page


def test_a_developer_goes_to_the_drafts(owner: Client) -> None:
    assert owner.get(reverse("home"))["Location"] == reverse("drafts")


def test_a_reviewer_does_not_land_on_the_visitors_page(client: Client) -> None:
    client.force_login(factory.reviewer())

    assert client.get(reverse("home")).status_code == 302
