"""The public certificate and the badge."""

from __future__ import annotations

import base64
import json
import uuid
from xml.etree import ElementTree

import pytest
from django.test import Client
from django.urls import reverse

from certification.certificates import certificates
from connectors.models import ConnectorStaged
from tests import factory
from tests.certification.world import World

pytestmark = pytest.mark.django_db


def badge(client: Client, id: object) -> str:
    answer = client.get(reverse("badge", args=[id]))
    assert answer.status_code == 200
    assert answer["Content-Type"] == "image/svg+xml"
    return str(ElementTree.fromstring(answer.content).attrib["aria-label"])


def test_a_certified_connector_has_badge_page_and_document(world: World, client: Client) -> None:
    row = world.certified(world.person("Rita"))

    document = client.get(reverse("certificate_document", args=[row.pk])).json()
    page = client.get(reverse("certificate", args=[row.pk])).content.decode()

    assert badge(client, row.pk) == "connector: certified 1.0.0"
    assert document["commit"] == world.git("rev-parse", "1.0.0")
    assert document["connector"]["id"] == str(row.pk)
    assert {check["id"]: check["outcome"] for check in document["checks"]}["secrets"] == "passed"
    assert all(criterion["verdict"] for criterion in document["criteria"])
    assert document["criteria"]
    assert document["commit"] in page


def test_what_no_machine_checked_stands_on_it_with_the_reason(world: World, client: Client) -> None:
    row = world.certified(world.person("Rita"))

    document = client.get(reverse("certificate_document", args=[row.pk])).json()
    page = client.get(reverse("certificate", args=[row.pk])).content.decode()

    criteria = {criterion["title"]: criterion for criterion in document["criteria"]}
    assert criteria["No dependency has a known vulnerability that matters"] == {
        "title": "No dependency has a known vulnerability that matters",
        "level": "Must",
        "verdict": "Pass",
        "checksNotRun": ["dependencies"],
        "reason": "Read by hand.",
    }
    assert "reason" not in criteria["No secret is in the repository"]
    assert "Not checked by machine: dependencies did not run. Reviewer: Read by hand." in " ".join(page.split())


def test_the_connectors_page_leads_to_its_certificate(world: World, client: Client) -> None:
    row = world.certified(world.person("Rita"))

    page = client.get(reverse("catalog_connector", args=[row.pk])).content.decode()

    assert f'href="{reverse("certificate", args=[row.pk])}"' in page
    private = factory.at("Published", certification=False)
    client.force_login(factory.owner())
    page = client.get(reverse("catalog_connector", args=[private.pk])).content.decode()
    assert reverse("certificate", args=[private.pk]) not in page


def test_an_unlisted_one_says_so_everywhere(world: World, client: Client) -> None:
    row = world.certified(world.person("Rita"))
    before = client.get(reverse("certificate_document", args=[row.pk])).json()
    factory.act(row, {"action": "unlist"})

    document = client.get(reverse("certificate_document", args=[row.pk])).json()
    signed = client.get(reverse("signed_certificate", args=[row.pk])).content.decode()
    certificate = client.get(reverse("certificate", args=[row.pk])).content.decode()
    connector = client.get(reverse("catalog_connector", args=[row.pk])).content.decode()

    assert (before["state"], before["unlistedAt"]) == ("valid", None)
    assert document["state"] == "unlisted"
    assert document["unlistedAt"]
    assert json.loads(base64.urlsafe_b64decode(signed.split(".")[1] + "==")) == document
    assert badge(client, row.pk) == "connector: unlisted"
    assert "This Connector is unlisted" in certificate
    assert "Unlisted since" in certificate
    assert "This Connector is unlisted" in connector
    assert '<span class="cc-certified">' not in connector


def test_it_names_no_reviewer(world: World, client: Client) -> None:
    row = world.certified(world.person("Rita"))

    for name in ("certificate", "certificate_document"):
        assert "Rita" not in client.get(reverse(name, args=[row.pk])).content.decode()


@pytest.mark.parametrize("status", ["Draft", "Processing", "Failed", "private"])
def test_without_a_certificate_all_look_alike(client: Client, status: str) -> None:
    row = factory.at("Published", certification=False) if status == "private" else factory.at(status)

    assert badge(client, row.pk) == badge(client, uuid.uuid4()) == "connector: not certified"
    assert client.get(reverse("certificate", args=[row.pk])).status_code == 404
    assert client.get(reverse("certificate_document", args=[row.pk])).status_code == 404


def test_publishing_privately_afterwards_ends_the_certificate(world: World, client: Client) -> None:
    row = world.certified(world.person("Rita"))
    factory.act(row, {"action": "setName", "name": "Other"})
    factory.validated(factory.publish(row, certification=False))

    assert badge(client, row.pk) == "connector: not certified"
    assert client.get(reverse("certificate", args=[row.pk])).status_code == 404


def test_it_is_valid_exactly_while_the_connector_is_called_certified(world: World) -> None:
    def told(row: ConnectorStaged) -> tuple[bool, bool]:
        stored = ConnectorStaged.objects.get(pk=row.pk)
        return stored.certified, certificates.get_valid(row.pk) is not None

    in_review = world.submitted()
    assert told(in_review) == (False, False)
    row = world.certified(world.person("Rita"))
    assert told(row) == (True, True)
    row = factory.act(row, {"action": "unlist"})
    assert told(row) == (True, True)
    row = factory.act(row, {"action": "publish", "certification": True})
    assert row.already_listed
    assert told(row) == (True, True)
    row = factory.rejected(factory.publish(factory.act(row, {"action": "setName", "name": "B"}), certification=True))
    assert told(row) == (True, True)
    row = factory.validated(factory.publish(row, certification=False))
    assert told(row) == (False, False)


def test_the_badge_stands_ready_to_paste_on_the_page_of_the_draft(world: World, client: Client) -> None:
    row = world.certified(world.person("Rita"))
    client.force_login(factory.owner())

    review = client.get(reverse("draft", args=[row.pk])).context["review"]

    assert reverse("badge", args=[row.pk]) in review.badge
    assert reverse("certificate", args=[row.pk]) in review.badge


@pytest.mark.security
def test_a_tag_with_signs_of_markup_stays_text(world: World, client: Client) -> None:
    row = world.certified(world.person("Rita"))
    ConnectorStaged.objects.get(pk=row.pk).published.__class__.objects.filter(pk=row.pk).update(
        repository_tag='"><script>'
    )

    assert badge(client, row.pk) == 'connector: certified "><script>'


def test_no_cache_keeps_the_page_of_one_person_for_another(world: World, client: Client) -> None:
    rita = world.person("Rita")
    row = world.certified(rita)
    client.force_login(rita)

    page = client.get(reverse("certificate", args=[row.pk]))
    others = [client.get(reverse(name, args=[row.pk])) for name in ("badge", "certificate_document")]

    assert "Rita" in page.content.decode()
    assert "public" not in page.get("Cache-Control", "")
    assert all("public" in answer["Cache-Control"] and "Rita" not in answer.content.decode() for answer in others)
