"""A copy never disagrees with its rows, no matter who writes and how it ends."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from connectors.choices import ConnectorStatus
from connectors.drafts import rebuild, update
from connectors.drafts.rebuild import Wrong
from connectors.drafts.update import Lookup
from connectors.errors import ConnectorError
from connectors.models import Connector, ConnectorStaged, Tally
from tests import factory

pytestmark = pytest.mark.django_db

NOTHING = Wrong(drafts=0, connectors=0, tallies=0)
TYPES = {"action": "setIntegrationTypes", "integrationTypes": ["psp", "tax"]}


def change(*actions: dict[str, object]) -> Callable[[], object]:
    """Return a write: these actions on a new draft."""
    return lambda: factory.act(factory.draft(), *actions)


def unlist() -> None:
    """Publish with a certificate, then unlist."""
    factory.act(factory.at(ConnectorStatus.PUBLISHED), {"action": "unlist"})


def edit_after_publishing() -> None:
    """Change what is published already, so that the draft has changes."""
    factory.act(factory.at(ConnectorStatus.PUBLISHED), {"action": "setName", "name": "Newer"}, TYPES)


def publish_again() -> None:
    """Change what is published, and certify the change."""
    factory.certified(factory.act(factory.at(ConnectorStatus.PUBLISHED), TYPES))


def comment() -> None:
    """Add a public comment to what is in certification."""
    factory.act(factory.at(ConnectorStatus.IN_CERTIFICATION), {"action": "addCertificationComment", "comment": "Hi"})


def delete() -> None:
    """Delete one of two drafts."""
    factory.draft()
    update.delete(Lookup(id=factory.draft().id), by=factory.developer())


def read_configuration() -> None:
    """Store what the worker read from connect.yaml."""
    keys = [{"key": "A", "description": "a", "required": True, "default": "1"}]
    application = {"applicationName": "app", "applicationType": "service", "standardConfiguration": keys}
    with update.changing(Lookup(id=factory.draft().id), by=factory.WORKER, derived=True) as step:
        step.draft.take_configuration(
            configurations=[{**application, "securedConfiguration": []}],
            global_configuration=None,
            api_client={"scopes": ["view_products"]},
        )


def refused_update() -> None:
    """Send two actions of which the second is refused."""
    row = factory.draft()
    unlist = {"action": "unlist"}
    with pytest.raises(ConnectorError), transaction.atomic():
        update.apply(Lookup(id=row.id), version=1, requested=[TYPES, unlist], by=factory.developer())


WRITES = {
    "create": factory.draft,
    "create in two Projects": lambda: (factory.draft(), factory.draft(factory.project("other"))),
    "set types": change(TYPES),
    "set types and back": change(TYPES, {"action": "setIntegrationTypes", "integrationTypes": []}),
    "set texts": change(
        {"action": "setDescription", "description": "Größe \u2028 'x' \\ \"y\""},
        {"action": "setCreatorName", "creatorName": "N"},
    ),
    "set repository": change({"action": "setRepository", "tag": "2.0.0"}),
    "add and remove a Project": change(
        {"action": "addPrivateProject", "privateProject": "europe-west1.gcp:one"},
        {"action": "removePrivateProject", "privateProject": "europe-west1.gcp:one"},
    ),
    "ask for a preview": change({"action": "updatePreviewable"}),
    **{f"bring to {status}": (lambda status=status: factory.at(status)) for status in ConnectorStatus},
    "publish privately": lambda: factory.at(ConnectorStatus.PUBLISHED, certification=False),
    "comment": comment,
    "edit after publishing": edit_after_publishing,
    "publish again": publish_again,
    "unlist": unlist,
    "delete": delete,
    "read connect.yaml": read_configuration,
    "refused update": refused_update,
}


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
def test_every_copy_says_what_its_rows_say_after(write: Callable[[], object]) -> None:
    write()

    assert ConnectorStaged.objects.exists()
    assert rebuild.mend(store=False) == NOTHING


def test_tally_sees_bulk_writes_and_plain_sql() -> None:
    row = factory.draft(integrationTypes=["psp"])
    ConnectorStaged.objects.bulk_create(
        [ConnectorStaged(project=row.project, name=f"Bulk {n}", creator_email="a@example.com") for n in range(5)]
    )
    ConnectorStaged.objects.filter(name="Bulk 0").delete()
    ConnectorStaged.objects.filter(name="Bulk 1").update(project=factory.project("other"), private=False)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE connectors_connectorstaged SET integration_mask = 3 WHERE name = 'Bulk 2'")

    counted = set(Tally.objects.exclude(count=0).values_list("project__key", "private", "integration_mask", "count"))

    assert counted == {
        ("acme", True, row.integration_mask, 1),
        ("acme", True, 0, 2),
        ("acme", True, 3, 1),
        ("other", False, 0, 1),
    }


def test_tally_is_as_before_when_the_transaction_is_undone() -> None:
    factory.draft()
    before = set(Tally.objects.values_list("integration_mask", "count"))

    with transaction.atomic():
        factory.draft(integrationTypes=["psp"])
        transaction.set_rollback(True)

    assert set(Tally.objects.values_list("integration_mask", "count")) == before


@pytest.fixture
def spoilt() -> ConnectorStaged:
    """Return a published draft whose copies somebody spoilt by SQL."""
    row = factory.at(ConnectorStatus.PUBLISHED, integrationTypes=["psp"])
    ConnectorStaged.objects.filter(pk=row.pk).update(document="{}")
    Connector.objects.filter(pk=row.pk).update(words="other")
    Tally.objects.update(count=7)
    return row


def test_rebuild_writes_what_is_wrong_again(spoilt: ConnectorStaged) -> None:
    found = rebuild.mend(store=True)

    assert (found.drafts, found.connectors) == (1, 1)
    assert found.tallies
    assert rebuild.mend(store=False) == NOTHING
    assert ConnectorStaged.objects.get(pk=spoilt.pk).document == spoilt.document


def test_check_names_what_is_wrong_and_changes_nothing(spoilt: ConnectorStaged) -> None:
    with pytest.raises(CommandError, match="1 drafts, 1 Connectors"):
        call_command("rebuild", "--check")

    assert ConnectorStaged.objects.get(pk=spoilt.pk).document == "{}"
    assert set(Tally.objects.values_list("count", flat=True)) == {7}


def test_command_says_that_nothing_is_wrong(capsys: pytest.CaptureFixture[str]) -> None:
    factory.draft()

    call_command("rebuild")

    assert capsys.readouterr().out == "All derived data matches its rows.\n"
