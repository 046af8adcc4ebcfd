"""The connector form: a new draft, a changed one, problems beside their fields, and two people at once."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Event
from connectors.models import ConnectorStaged
from tests import factory

pytestmark = pytest.mark.django_db

TYPED: dict[str, Any] = {
    "project": "acme",
    "repository_url": "https://github.com/acme/payments",
    "repository_tag": "1.0.0",
    "name": "Acme payments",
    "key": "acme-payments",
    "description": "Takes money.\r\nGives it back.",
    "documentation_url": "https://docs.acme.example/",
    "integration_types": ["psp", "tax"],
    "supported_regions": ["europe-west1.gcp"],
    "private_projects": "europe-west1.gcp:shop\nus-central1.gcp:shop-2",
    "creator_company": "Acme",
    "creator_name": "Dev Eloper",
    "creator_title": "Engineer",
    "creator_email": "dev@acme.example",
    "creator_support_url": "https://acme.example/help",
    "creator_logo_url": "https://acme.example/logo.svg",
    "creator_no_of_contributors": "4",
}


def posted(page: str, row: ConnectorStaged, client: Client, **changes: Any) -> dict[str, Any]:
    """Return what a browser would send back from the form of a draft, with these changes."""
    form = client.get(reverse(page, args=[row.id])).context["form"]
    data = {name: form[name].value() for name in form.fields}
    return {name: "" if value is None else value for name, value in data.items()} | changes


def test_a_complete_form_becomes_a_draft_with_every_field(owner: Client) -> None:
    answer = owner.post(reverse("draft_new"), TYPED)

    row = ConnectorStaged.objects.get()
    assert answer.status_code == 302
    assert answer["Location"] == reverse("draft", args=[row.id])
    assert (row.project.key, row.key, row.name) == ("acme", "acme-payments", "Acme payments")
    assert row.description == "Takes money.\nGives it back."
    assert row.repository_url == "https://github.com/acme/payments"
    assert row.integration_types == ["psp", "tax"]
    assert row.supported_regions == ["europe-west1.gcp"]
    assert row.private_projects == ["europe-west1.gcp:shop", "us-central1.gcp:shop-2"]
    assert row.documentation_url == "https://docs.acme.example/"
    assert row.creator_no_of_contributors == 4
    assert row.creator_logo_url == "https://acme.example/logo.svg"
    assert row.runs.get().kind == "configuration"


def test_the_person_is_recorded_as_the_one_who_acted(owner: Client) -> None:
    owner.post(reverse("draft_new"), TYPED)

    event = Event.objects.get(name="connector:created")
    assert (event.actor_kind, event.actor_label, event.project_key) == ("user", "Olive Owner", "acme")


def test_every_problem_stands_beside_its_field_and_nothing_typed_is_lost(owner: Client) -> None:
    wrong = {
        **TYPED,
        "name": "",
        "key": "no spaces please",
        "repository_url": "https://example.com/acme/payments",
        "repository_tag": "-rf",
        "documentation_url": "ftp://docs",
        "private_projects": "europe-west1.gcp:shop\nnonsense",
        "creator_email": "nobody",
        "creator_no_of_contributors": "some",
    }

    answer = owner.post(reverse("draft_new"), wrong)

    form = answer.context["form"]
    assert answer.status_code == 422
    assert set(form.errors) == {
        "name",
        "key",
        "repository_url",
        "repository_tag",
        "documentation_url",
        "private_projects",
        "creator_email",
        "creator_no_of_contributors",
    }
    assert not ConnectorStaged.objects.exists()
    page = answer.content.decode()
    assert 'value="no spaces please"' in page
    assert "europe-west1.gcp:shop\nnonsense" in page
    assert 'value="some"' in page
    assert 'value="https://acme.example/logo.svg"' in page


def test_a_taken_key_is_said_beside_the_key(owner: Client) -> None:
    factory.draft(factory.project("other"), key="acme-payments")

    answer = owner.post(reverse("draft_new"), TYPED)

    assert answer.status_code == 422
    assert answer.context["form"].errors["key"] == ["This key is taken. Keys are unique over all Projects."]


def test_a_draft_cannot_be_made_in_a_project_of_others(owner: Client) -> None:
    factory.project("other")

    answer = owner.post(reverse("draft_new"), {**TYPED, "project": "other"})

    assert answer.status_code == 422
    assert "project" in answer.context["form"].errors
    assert not ConnectorStaged.objects.exists()


def test_somebody_without_a_project_is_told_the_first_step(viewer: Client) -> None:
    answer = viewer.get(reverse("draft_new"))

    assert "Create a Project first" in answer.content.decode()


def test_the_address_of_a_release_names_repository_and_tag(owner: Client) -> None:
    typed = {**TYPED, "repository_url": "github.com/acme/payments/releases/tag/v2.0.0", "repository_tag": ""}

    owner.post(reverse("draft_new"), typed)

    row = ConnectorStaged.objects.get()
    assert (row.repository_url, row.repository_tag) == ("https://github.com/acme/payments.git", "v2.0.0")


def test_only_what_was_changed_is_sent_as_actions(owner: Client) -> None:
    row = factory.draft(description="Line one\r\nline two ", supportedRegions=["us-central1.gcp", "europe-west1.gcp"])

    answer = owner.post(
        reverse("draft_edit", args=[row.id]), posted("draft_edit", row, owner, name="Acme money", creator_title="Dr")
    )

    row.refresh_from_db()
    changes = Event.objects.filter(name="connector:updated").order_by("id")
    assert answer.status_code == 302
    assert (row.name, row.creator_title, row.version) == ("Acme money", "Dr", 2)
    assert [event.details for event in changes] == [{"name": "Acme money"}, {"creatorTitle": "Dr"}]


def test_a_form_without_a_change_changes_nothing(owner: Client) -> None:
    row = factory.draft(description=" padded\r\n", integrationTypes=["tax", "psp"])

    owner.post(reverse("draft_edit", args=[row.id]), posted("draft_edit", row, owner))

    row.refresh_from_db()
    assert row.version == 1


def test_a_new_tag_and_other_projects_are_actions_of_one_version_step(owner: Client) -> None:
    row = factory.draft(privateProjects=["europe-west1.gcp:old"])

    owner.post(
        reverse("draft_edit", args=[row.id]),
        posted("draft_edit", row, owner, repository_tag="2.0.0", private_projects="europe-west1.gcp:new"),
    )

    row.refresh_from_db()
    assert (row.repository_tag, row.private_projects, row.version) == ("2.0.0", ["europe-west1.gcp:new"], 2)


def test_a_problem_of_an_action_stands_beside_its_field(owner: Client) -> None:
    row = factory.draft(supportedRegions=["europe-west1.gcp"])

    answer = owner.post(
        reverse("draft_edit", args=[row.id]),
        posted("draft_edit", row, owner, name="New name", supported_regions=[]),
    )

    row.refresh_from_db()
    assert answer.status_code == 422
    assert set(answer.context["form"].errors) == {"supported_regions"}
    assert 'value="New name"' in answer.content.decode()
    assert row.version == 1


def test_a_number_that_no_action_can_remove_says_so(owner: Client) -> None:
    row = factory.draft(creator={"email": "dev@acme.example", "noOfContributors": 3})

    answer = owner.post(
        reverse("draft_edit", args=[row.id]), posted("draft_edit", row, owner, creator_no_of_contributors="")
    )

    assert set(answer.context["form"].errors) == {"creator_no_of_contributors"}


def test_two_people_at_once_lose_nothing(owner: Client) -> None:
    row = factory.draft(description="old")
    typed = posted("draft_edit", row, owner, name="Mine", creator_title="Typed")
    factory.act(row, {"action": "setName", "name": "Theirs"}, {"action": "setDescription", "description": "newer"})

    answer = owner.post(reverse("draft_edit", args=[row.id]), typed)

    row.refresh_from_db()
    assert answer.status_code == 409
    assert (row.name, row.version) == ("Theirs", 2)
    told = {c.label: (c.before, c.now, c.yours) for c in answer.context["conflicts"]}
    assert told == {"Name": ("Acme payments", "Theirs", "Mine"), "Description": ("old", "newer", "newer")}
    form = answer.context["form"]
    assert (form["name"].value(), form["creator_title"].value()) == ("Mine", "Typed")
    assert form["description"].value() == "newer"


def test_saving_again_after_a_conflict_keeps_both_sides(owner: Client) -> None:
    row = factory.draft()
    typed = posted("draft_edit", row, owner, name="Mine")
    factory.act(row, {"action": "setDescription", "description": "newer"})
    shown = owner.post(reverse("draft_edit", args=[row.id]), typed).context["form"]

    owner.post(
        reverse("draft_edit", args=[row.id]),
        {name: value for name in shown.fields if (value := shown[name].value()) is not None},
    )

    row.refresh_from_db()
    assert (row.name, row.description, row.version) == ("Mine", "newer", 3)


def test_a_forged_base_is_taken_for_the_present(owner: Client) -> None:
    row = factory.draft()

    owner.post(reverse("draft_edit", args=[row.id]), posted("draft_edit", row, owner, name="Mine", base="forged"))

    row.refresh_from_db()
    assert row.name == "Mine"


@pytest.mark.parametrize("status", ["Processing", "ReadyForCertification", "InCertification"])
def test_a_frozen_draft_sends_back_to_its_page(owner: Client, status: str) -> None:
    row = factory.at(status)

    answer = owner.get(reverse("draft_edit", args=[row.id]))

    assert answer["Location"] == reverse("draft", args=[row.id])


def test_a_frozen_draft_refuses_what_is_posted_and_keeps_it(owner: Client) -> None:
    row = factory.draft()
    typed = posted("draft_edit", row, owner, name="Mine")
    factory.publish(row, certification=False)
    typed["version"] = 2

    answer = owner.post(reverse("draft_edit", args=[row.id]), typed)

    assert answer.status_code == 422
    assert "Processing" in str(answer.context["form"].non_field_errors())
    assert 'value="Mine"' in answer.content.decode()


def test_a_public_connector_has_no_list_of_private_projects(owner: Client) -> None:
    row = factory.at("Published")

    form = owner.get(reverse("draft_edit", args=[row.id])).context["form"]

    assert "private_projects" not in form.fields
