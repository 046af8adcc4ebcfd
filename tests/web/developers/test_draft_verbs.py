"""Publish, preview, unlist, delete and comment: consequences first, then the verb."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Event
from connectors.models import ConnectorStaged
from tests import factory

pytestmark = pytest.mark.django_db


def version(row: ConnectorStaged) -> int:
    return ConnectorStaged.objects.values_list("version", flat=True).get(pk=row.pk)


@pytest.mark.parametrize(("how", "certification"), [("private", False), ("certification", True)])
def test_publishing_starts_the_checks(owner: Client, how: str, certification: bool) -> None:
    row = factory.draft()

    answer = owner.post(reverse("draft_publish", args=[row.id]), {"version": 1, "how": how})

    row.refresh_from_db()
    assert answer["Location"] == reverse("draft", args=[row.id])
    assert row.status == "Processing"
    assert factory.last_run(row).certification is certification
    assert Event.objects.get(name="connector:publish-requested").actor_label == "Olive Owner"


def test_publishing_without_saying_how_is_asked_again(owner: Client) -> None:
    row = factory.draft()

    answer = owner.post(reverse("draft_publish", args=[row.id]), {"version": 1})

    row.refresh_from_db()
    assert answer.status_code == 409
    assert "how" in answer.context["form"].errors
    assert row.status == "Draft"


def test_a_certified_connector_without_changes_offers_no_certification(owner: Client) -> None:
    row = factory.at("Published")

    answer = owner.post(reverse("draft_publish", args=[row.id]), {"version": row.version, "how": "certification"})

    assert answer.status_code == 409
    assert "already certified" in answer.content.decode()
    assert not answer.context["can"].certify().possible


@pytest.mark.parametrize(
    ("page", "data"),
    [
        ("draft_publish", {"how": "private"}),
        ("draft_preview", {}),
        ("draft_delete", {}),
    ],
)
def test_what_was_confirmed_for_an_older_version_is_asked_again(owner: Client, page: str, data: dict[str, str]) -> None:
    row = factory.draft()
    factory.act(row, {"action": "setName", "name": "Other"})

    answer = owner.post(reverse(page, args=[row.id]), {"version": 1, **data})
    again = owner.post(reverse(page, args=[row.id]), {"version": answer.context["form"]["version"].value(), **data})

    assert answer.status_code == 409
    assert "draft has changed since" in answer.content.decode()
    assert again.status_code == 302


def test_a_preview_is_requested(owner: Client) -> None:
    row = factory.draft()

    owner.post(reverse("draft_preview", args=[row.id]), {"version": 1})

    row.refresh_from_db()
    assert row.is_previewable == "pending"


def test_unlisting_takes_a_certified_connector_from_the_catalog(owner: Client) -> None:
    row = factory.at("Published")

    owner.post(reverse("draft_unlist", args=[row.id]), {"version": row.version})

    assert ConnectorStaged.objects.get(pk=row.pk).published.unlisted_at is not None
    assert row.name not in owner.get(reverse("catalog")).content.decode()


def test_an_unlisted_connector_is_listed_again_at_once(owner: Client) -> None:
    row = factory.act(factory.at("Published"), {"action": "unlist"})

    offered = owner.get(reverse("draft", args=[row.id])).content.decode()
    told = owner.get(reverse("draft_publish", args=[row.id])).content.decode()
    answer = owner.post(
        reverse("draft_publish", args=[row.id]), {"version": row.version, "how": "certification"}, follow=True
    )

    assert "The Connector is unlisted." in offered
    assert "List again" in offered
    assert "Submit for certification" not in offered
    assert "listed again immediately" in told
    assert "checks run over" not in told
    assert "listed again in search and catalog" in answer.content.decode()
    assert ConnectorStaged.objects.get(pk=row.pk).already_listed


def test_unlisting_what_is_not_certified_says_why_not(owner: Client) -> None:
    row = factory.draft()

    answer = owner.post(reverse("draft_unlist", args=[row.id]), {"version": 1})

    assert answer.status_code == 409
    assert "Only a certified Connector" in answer.content.decode()


def test_a_draft_that_was_never_published_is_deleted(owner: Client) -> None:
    row = factory.draft()

    answer = owner.post(reverse("draft_delete", args=[row.id]), {"version": 1})

    assert answer["Location"] == reverse("drafts")
    assert not ConnectorStaged.objects.exists()
    assert Event.objects.filter(name="connector:deleted").exists()


def test_a_draft_with_a_private_connector_is_deleted_with_it(owner: Client) -> None:
    row = factory.at("Published", certification=False)

    offered = owner.get(reverse("draft", args=[row.id])).content.decode()
    told = owner.get(reverse("draft_delete", args=[row.id])).content.decode()
    answer = owner.post(reverse("draft_delete", args=[row.id]), {"version": row.version})

    assert reverse("draft_delete", args=[row.id]) in offered
    assert "private Connector is deleted too" in told
    assert answer["Location"] == reverse("drafts")
    assert not ConnectorStaged.objects.exists()


def test_a_public_one_is_not_deleted(owner: Client) -> None:
    row = factory.at("Published")

    answer = owner.post(reverse("draft_delete", args=[row.id]), {"version": row.version})

    assert answer.status_code == 409
    assert ConnectorStaged.objects.exists()


def test_looking_at_a_confirmation_page_changes_nothing(owner: Client) -> None:
    row, listed = factory.draft(), factory.at("Published")

    for page in ("draft_publish", "draft_preview", "draft_tag", "draft_delete"):
        assert owner.get(reverse(page, args=[row.id])).status_code == 200
    assert owner.get(reverse("draft_unlist", args=[listed.id])).status_code == 200

    assert (version(row), version(listed)) == (1, listed.version)


@pytest.mark.parametrize(
    ("page", "status"),
    [
        ("draft_publish", "Processing"),
        ("draft_publish", "ReadyForCertification"),
        ("draft_publish", "InCertification"),
        ("draft_tag", "InCertification"),
        ("draft_preview", "Processing"),
        ("draft_unlist", "Draft"),
        ("draft_delete", "Published"),
        ("draft_delete", "InCertification"),
    ],
)
def test_a_step_that_cannot_be_taken_now_is_not_told_of(owner: Client, page: str, status: str) -> None:
    row = factory.at(status)

    answer = owner.get(reverse(page, args=[row.id]), follow=True)

    assert answer.redirect_chain == [(reverse("draft", args=[row.id]), 302)]
    assert len(list(answer.context["messages"])) == 1


def test_a_comment_speaks_for_the_project(owner: Client) -> None:
    row = factory.at("InCertification")

    answer = owner.post(reverse("draft_comment", args=[row.id]), {"comment": "We changed it.\r\nThanks!"})

    comment = row.comments.get()
    assert answer["Location"].endswith("#conversation")
    assert (comment.public_name, comment.text) == ("acme", "We changed it.\nThanks!")
    assert "Olive" not in ConnectorStaged.objects.get(pk=row.pk).document


def test_a_comment_before_any_certification_is_refused_and_kept(owner: Client) -> None:
    row = factory.draft()

    answer = owner.post(reverse("draft_comment", args=[row.id]), {"comment": "Too early"})

    assert answer.status_code == 422
    assert not row.comments.exists()


def test_an_empty_comment_is_asked_again(owner: Client) -> None:
    row = factory.at("InCertification")

    answer = owner.post(reverse("draft_comment", args=[row.id]), {"comment": "  "})

    assert answer.status_code == 422
    assert "comment" in answer.context["comment_form"].errors
