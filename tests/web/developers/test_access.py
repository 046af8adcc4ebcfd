"""Who gets to see which page of a draft."""

from __future__ import annotations

import uuid

import pytest
from django.test import Client
from django.urls import reverse

from tests import factory

pytestmark = [pytest.mark.django_db, pytest.mark.security]

PAGES = ("draft", "draft_checks", "draft_edit", "draft_publish", "draft_preview", "draft_unlist", "draft_delete")
CHANGES = ("draft_edit", "draft_publish", "draft_preview", "draft_unlist", "draft_delete", "draft_comment")


@pytest.mark.parametrize("page", PAGES)
def test_a_draft_of_a_project_one_does_not_belong_to_is_not_found(stranger: Client, page: str) -> None:
    row = factory.draft()

    answer = stranger.get(reverse(page, args=[row.id]))

    assert answer.status_code == 404


@pytest.mark.parametrize("page", PAGES)
def test_an_unknown_draft_is_not_found(owner: Client, page: str) -> None:
    answer = owner.get(reverse(page, args=[uuid.uuid4()]))

    assert answer.status_code == 404


@pytest.mark.parametrize("page", PAGES)
def test_a_visitor_is_sent_to_the_door(client: Client, page: str) -> None:
    row = factory.draft()

    answer = client.get(reverse(page, args=[row.id]))

    assert answer.status_code == 302
    assert answer["Location"].startswith("/accounts/login/")


@pytest.mark.parametrize("page", CHANGES)
def test_a_viewer_changes_nothing(viewer: Client, page: str) -> None:
    row = factory.draft()
    before = row.document

    answer = viewer.post(reverse(page, args=[row.id]), {"version": 1, "how": "private", "comment": "Hello"})

    row.refresh_from_db()
    assert answer.status_code == 403
    assert row.document == before


def test_a_viewer_sees_the_page_without_buttons(viewer: Client) -> None:
    row = factory.draft()

    answer = viewer.get(reverse("draft", args=[row.id]))

    assert answer.status_code == 200
    assert reverse("draft_edit", args=[row.id]) not in answer.content.decode()
    assert reverse("draft_publish", args=[row.id]) not in answer.content.decode()


@pytest.mark.parametrize("page", [page for page in CHANGES if page != "draft_comment"])
def test_a_post_by_a_stranger_is_not_found_either(stranger: Client, page: str) -> None:
    row = factory.draft()

    answer = stranger.post(reverse(page, args=[row.id]), {"version": 1, "how": "private"})

    assert answer.status_code == 404
