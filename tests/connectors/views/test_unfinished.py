"""What is typed into the form of a draft and not saved: it is kept, comes back, and meets what others changed."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from connectors.models import ConnectorStaged, Unfinished
from tests import factory
from tests.connectors.views.test_editing import posted

pytestmark = pytest.mark.django_db

CHANGED: dict[str, Any] = {
    "name": "Half a na",
    "description": "Line one\r\nline two",
    "creator_email": "half@",
    "creator_no_of_contributors": "many",
    "integration_types": ["tax"],
    "supported_regions": [],
    "private_projects": "europe-west1.gcp:shop\r\nnons",
}


def kept(client: Client, row: ConnectorStaged, **changes: Any) -> None:
    """Type into the form of a draft and close the window."""
    answer = client.post(reverse("draft_keep_changes", args=[row.id]), posted("draft_edit", row, client, **changes))
    assert answer.status_code == 200


def edited(client: Client, row: ConnectorStaged) -> Any:
    return client.get(reverse("draft_edit", args=[row.id]))


def test_what_was_typed_comes_back_right_or_wrong(owner: Client) -> None:
    row = factory.draft(integrationTypes=["psp"], supportedRegions=["europe-west1.gcp"])
    kept(owner, row, **CHANGED)

    answer = edited(owner, row)

    form = answer.context["form"]
    assert {name: form[name].value() for name in CHANGED} == CHANGED
    assert "and did not save" in answer.content.decode()
    assert not form.errors


def test_keeping_changes_nothing_in_the_draft(owner: Client) -> None:
    row = factory.draft()

    kept(owner, row, name="Mine")

    row.refresh_from_db()
    assert (row.name, row.version) == ("Acme payments", 1)


def test_what_was_kept_is_saved_like_anything_typed(owner: Client) -> None:
    row = factory.draft(description="old", privateProjects=["europe-west1.gcp:shop"])
    kept(owner, row, name="Mine", private_projects="europe-west1.gcp:other")

    owner.post(reverse("draft_edit", args=[row.id]), posted("draft_edit", row, owner))

    row.refresh_from_db()
    assert (row.name, row.description, row.private_projects) == ("Mine", "old", ["europe-west1.gcp:other"])
    assert not Unfinished.objects.exists()


def test_what_others_changed_meanwhile_is_shown_and_not_undone(owner: Client) -> None:
    row = factory.draft(description="old")
    kept(owner, row, name="Mine")
    factory.act(row, {"action": "setName", "name": "Theirs"}, {"action": "setDescription", "description": "newer"})

    answer = edited(owner, row)

    told = {c.label: (c.before, c.now, c.yours) for c in answer.context["conflicts"]}
    assert told == {"Name": ("Acme payments", "Theirs", "Mine"), "Description": ("old", "newer", "newer")}
    owner.post(reverse("draft_edit", args=[row.id]), posted("draft_edit", row, owner))
    row.refresh_from_db()
    assert (row.name, row.description) == ("Mine", "newer")


def test_typing_that_came_back_to_what_stands_there_is_not_mentioned(owner: Client) -> None:
    row = factory.draft(description="One\ntwo", creator={"email": "dev@acme.example", "noOfContributors": 3})

    kept(owner, row)

    assert edited(owner, row).context["kept"] is None


def test_a_form_without_a_base_counts_from_the_present(owner: Client) -> None:
    row = factory.draft(description="old")
    owner.post(reverse("draft_keep_changes", args=[row.id]), {"name": "Mine"})

    form = edited(owner, row).context["form"]
    assert (form["name"].value(), form["description"].value()) == ("Mine", "old")


def test_somebody_finishes_later(owner: Client) -> None:
    row = factory.draft()

    answer = owner.post(
        reverse("draft_edit", args=[row.id]), posted("draft_edit", row, owner, creator_email="half@", later="1")
    )

    assert answer["Location"] == reverse("draft", args=[row.id])
    assert edited(owner, row).context["form"]["creator_email"].value() == "half@"


def test_somebody_drops_what_was_typed(owner: Client) -> None:
    row = factory.draft()
    kept(owner, row, name="Mine")

    owner.post(reverse("draft_drop_changes", args=[row.id]))

    assert edited(owner, row).context["form"]["name"].value() == "Acme payments"


def test_without_a_script_a_look_keeps_what_was_typed(owner: Client) -> None:
    row = factory.draft()
    typed = posted("draft_edit", row, owner, name="Mine", repository_url="https://example.com/nothing", look="1")

    answer = owner.post(reverse("draft_edit", args=[row.id]), typed)

    assert answer.context["form"]["name"].value() == "Mine"
    assert answer.context["look"].problem


def test_the_unfinished_new_form_is_another_one(owner: Client) -> None:
    row = factory.draft()
    kept(owner, row, name="Mine")

    assert owner.get(reverse("draft_new")).context["kept"] is None


@pytest.mark.parametrize("page", ["draft_keep_changes", "draft_drop_changes", "draft_probe_again"])
def test_others_reach_none_of_it(stranger: Client, viewer: Client, page: str) -> None:
    row = factory.draft()

    assert stranger.post(reverse(page, args=[row.id]), {"name": "Mine"}).status_code == 404
    assert viewer.post(reverse(page, args=[row.id]), {"name": "Mine"}).status_code == 403
    assert not Unfinished.objects.exists()
