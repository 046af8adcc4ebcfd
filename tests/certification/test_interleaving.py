"""What people add to a connector meets its deletion or its decision, at every place where the two can meet."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection
from django.utils import timezone

from certification.comparison import tag_fetches
from certification.desk import presence
from certification.models import Round
from certification.rounds import conversation, rounds, submissions
from certification.verdicts import waiver_decisions
from connectors.drafts import update
from connectors.drafts.update import Lookup
from connectors.errors import ConnectorError
from connectors.models import ConnectorStaged, Finding
from tests import factory
from tests.interleaving import at_every_place

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite lets one writer in at a time."),
]

Step = Callable[[], object]


def refused() -> ConnectorStaged:
    """Return a draft that a reviewer refused: it has a round, and can be deleted."""
    return factory.fail(factory.at("InCertification"))


def last_round(row: ConnectorStaged) -> Round:
    found = rounds.latest(row.pk)
    assert found
    return found


def deleting(row: ConnectorStaged) -> Step:
    return lambda: update.delete(Lookup(id=row.pk), by=factory.developer())


def keeping(row: ConnectorStaged) -> Step:
    return lambda: submissions.keep(row, by=factory.developer(), notes="Use the test shop.")


def looking(row: ConnectorStaged) -> Step:
    return lambda: tag_fetches.ask(row, by="Rita")


def opening(row: ConnectorStaged) -> Step:
    seen, by = last_round(row), factory.reviewer()
    return lambda: presence.note(seen, by=by, now=timezone.now())


def typing(row: ConnectorStaged) -> Step:
    seen, by = last_round(row), factory.reviewer()
    return lambda: conversation.keep_unsent(seen, by=by, slot="note", text="Hm.", now=timezone.now())


def unexpected(one: Callable[[], tuple[Step, Step]]) -> list[Exception]:
    """Return the errors that are not explained to anybody."""
    errors = [error for ended in at_every_place(one) for error in (ended.first, ended.second) if error]
    return [error for error in errors if not isinstance(error, ConnectorError)]


@pytest.mark.parametrize("verb", [keeping, looking, opening, typing])
def test_something_is_added_to_a_refused_draft_while_it_is_deleted(verb: Callable[[ConnectorStaged], Step]) -> None:
    def make() -> tuple[Step, Step]:
        row = refused()
        return verb(row), deleting(row)

    def turned() -> tuple[Step, Step]:
        added, delete = make()
        return delete, added

    assert unexpected(make) == unexpected(turned) == []


def test_a_waiver_is_proposed_while_the_connector_is_decided() -> None:
    def make() -> tuple[Step, Step]:
        row = factory.at("InCertification")
        run = factory.last_run(row)
        finding = Finding.objects.create(run=run, check_id="secrets", rule="token", severity="error", fingerprint="f")
        by = factory.reviewer()

        def propose() -> object:
            return waiver_decisions.propose(
                row.pk, finding.pk, by=by, scope="finding", reason="A public key of the vendor."
            )

        return propose, lambda: factory.fail(row)

    assert unexpected(make) == []
    assert unexpected(lambda: make()[::-1]) == []
