"""Publishing and unlisting."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from connectors.choices import ConnectorStatus
from connectors.drafts import publishing, update
from connectors.drafts.update import Lookup
from connectors.models import Access, Connector, ConnectorStaged, Release
from tests import factory

PARTNER = "us-east-2.aws:partner"
S = ConnectorStatus
NEW_NAME = {"action": "setName", "name": "Second"}

pytestmark = pytest.mark.django_db


def test_private_publication_is_listed_private_and_not_certified() -> None:
    row = factory.at(S.PUBLISHED, certification=False, key="payments", privateProjects=[PARTNER])

    connector = Connector.objects.get()
    assert (connector.pk, connector.key, connector.version) == (row.id, "payments", 1)
    assert (connector.private, connector.certified, connector.unlisted_at) == (True, False, None)
    assert (row.private, row.already_listed, row.certified, row.has_changes) == (True, True, False, False)
    assert list(Access.objects.values_list("identifier", flat=True)) == [PARTNER]


def test_certified_publication_is_public_and_listed() -> None:
    row = factory.at(S.PUBLISHED)

    assert (row.private, row.already_listed, row.certified, row.has_changes) == (False, True, True, False)
    assert row.published.content() == row.content()


def test_release_keeps_what_was_published_from_which_commit() -> None:
    row = factory.at(S.PUBLISHED)
    factory.certified(factory.act(row, NEW_NAME))

    second, first = Release.objects.all()
    assert (first.number, first.content["name"]) == (1, "Acme payments")
    assert (second.number, second.content["name"]) == (2, "Second")
    assert (second.commit, second.tree, second.certified) == (factory.COMMIT, factory.TREE, True)
    assert second.run == factory.last_run(row)


def test_next_publication_replaces_the_content_and_moves_the_version() -> None:
    row = factory.certified(factory.act(factory.at(S.PUBLISHED), NEW_NAME))

    assert (row.published.name, row.published.version) == ("Second", 2)
    assert Connector.objects.count() == 1


def test_edit_after_publication_has_changes_and_leaves_production_alone() -> None:
    row = factory.act(factory.at(S.PUBLISHED), NEW_NAME)

    assert (row.status, row.has_changes) == (S.PUBLISHED, True)
    assert Connector.objects.get().name == "Acme payments"
    undone = factory.act(row, {"action": "setName", "name": "Acme payments"})
    assert not undone.has_changes


def test_refused_next_version_leaves_the_old_one_in_production() -> None:
    row = factory.act(factory.at(S.PUBLISHED), NEW_NAME)
    failed = factory.rejected(factory.publish(row, certification=True))

    connector = Connector.objects.get()
    assert (failed.status, failed.already_listed, failed.certified) == (S.FAILED, True, True)
    assert (connector.name, connector.version) == ("Acme payments", 1)


def test_project_that_was_removed_loses_access_with_the_next_publication() -> None:
    row = factory.at(S.PUBLISHED, certification=False, privateProjects=[PARTNER, "a:bb"])

    factory.act(row, {"action": "removePrivateProject", "privateProject": PARTNER})
    assert Access.objects.count() == 2
    factory.validated(factory.publish(row, certification=False))

    assert list(Access.objects.values_list("identifier", flat=True)) == ["a:bb"]


def test_private_publication_of_a_certified_connector_takes_it_back() -> None:
    row = factory.validated(factory.publish(factory.at(S.PUBLISHED), certification=False))

    assert (row.private, row.certified, row.published.private) == (True, False, True)


def test_unlisted_connector_is_listed_again_by_a_new_certificate() -> None:
    row = factory.act(factory.at(S.PUBLISHED), {"action": "unlist"})
    assert not row.already_listed

    again = factory.certified(factory.act(row, NEW_NAME))

    assert again.already_listed


def test_unlisting_moves_the_version_of_the_connector() -> None:
    factory.act(factory.at(S.PUBLISHED), {"action": "unlist"})

    assert Connector.objects.get().version == 2


def test_failure_after_publishing_leaves_no_connector_and_no_release_behind() -> None:
    row = factory.at(S.IN_CERTIFICATION)

    with (
        pytest.raises(RuntimeError),
        transaction.atomic(),
        update.changing(Lookup(id=row.id), by=factory.certifier()) as change,
    ):
        change.draft.certify()
        publishing.publish(change, certified=True, run=factory.last_run(row))
        raise RuntimeError

    assert not Connector.objects.exists()
    assert not Release.objects.exists()
    assert ConnectorStaged.objects.get().status == S.IN_CERTIFICATION


def test_database_refuses_a_certified_private_connector() -> None:
    factory.at(S.PUBLISHED)

    with pytest.raises(IntegrityError), transaction.atomic():
        Connector.objects.update(private=True)


def test_database_refuses_an_unknown_status() -> None:
    factory.draft()

    with pytest.raises(IntegrityError), transaction.atomic():
        ConnectorStaged.objects.update(status="Lost")
