"""What is kept twice for the sake of reading, compared with the rows it was made from, and written again.

Documents, words, masks and tallies are copies. Nothing should ever be found here; an operator who changed rows by SQL,
or restored a part of a backup, finds it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.db import connection, transaction

from connectors.choices import mask_of
from connectors.drafts import publishing, update
from connectors.drafts.update import Lookup
from connectors.errors import ResourceNotFound
from connectors.models import Connector, ConnectorStaged
from connectors.store import triggers
from database import portions


@dataclass(frozen=True)
class Wrong:
    """How many copies did not say what their rows say."""

    drafts: int
    connectors: int
    tallies: int

    @property
    def any(self) -> bool:
        """Whether there was one at all."""
        return bool(self.drafts or self.connectors or self.tallies)


def mend(*, store: bool) -> Wrong:
    """Compare every copy, and write the wrong ones again when `store` says so."""
    drafts = sum(_mend_draft(row, store=store) for row in _drafts())
    connectors = sum(_mend_connector(row, store=store) for row in portions.read(Connector.objects.all()))
    with transaction.atomic():
        tallies = triggers.count_anew(connection)
        if not store:
            transaction.set_rollback(True)
    return Wrong(drafts, connectors, tallies)


def _drafts() -> Iterator[ConnectorStaged]:
    rows = ConnectorStaged.objects.select_related("production").prefetch_related("comments")
    return portions.read(rows)


def _mend_draft(row: ConnectorStaged, *, store: bool) -> bool:
    right = (mask_of(row.integration_types), update.document_of(row))
    if (row.integration_mask, row.document) == right:
        return False
    if store:
        # Read again under a lock: somebody may have changed or deleted the draft since.
        with transaction.atomic():
            try:
                draft = update.load(Lookup(id=row.pk))
            except ResourceNotFound:
                return False
            draft.integration_mask = mask_of(draft.integration_types)
            draft.document = update.document_of(draft)
            draft.save(update_fields=["integration_mask", "document"])
    return True


def _mend_connector(row: Connector, *, store: bool) -> bool:
    before = (row.integration_mask, row.document, row.words)
    row.integration_mask = mask_of(row.integration_types)
    publishing.prepare(row)
    if before == (row.integration_mask, row.document, row.words):
        return False
    if store:
        with transaction.atomic():
            found = Connector.objects.select_for_update().filter(pk=row.pk).first()
            if found is None:
                return False
            found.integration_mask = mask_of(found.integration_types)
            publishing.save(found)
    return True
