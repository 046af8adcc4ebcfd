"""Publish a draft into its production Connector, unlist it, and list it again."""

from __future__ import annotations

from connectors.contract import fields
from connectors.contract.fields import Search
from connectors.drafts import representation
from connectors.drafts.draft_change import Change
from connectors.errors import InvalidOperation
from connectors.models import Access, Connector, ConnectorStaged, Release, ValidationRun
from connectors.store import search_index
from validator.report.entries import INFORMATION, Entry

LISTED_AGAIN = Entry(
    type=INFORMATION,
    title="Listed again",
    message="Nothing has changed since certification, and the certificate is valid. The checks were not repeated.",
    application=None,
)


def publish(change: Change, *, certified: bool, run: ValidationRun | None) -> Connector:
    """Copy the draft's content into its production Connector, list it, and keep the release.

    Call after the draft's own verb (`publish_privately`, `certify`), in the same transaction. `run` is the
    validation whose commit is published.
    """
    draft = change.draft
    row = draft.published or Connector(staged=draft, version=0)
    row.take(draft.content())
    row.key, row.project_id, row.private = draft.key, draft.project_id, draft.private
    row.certified, row.version = certified, row.version + 1
    row.commit, row.tree = (run.commit, run.tree) if run else ("", "")
    row.published_at, row.unlisted_at = change.now, None
    save(row)
    Access.objects.filter(connector=row).exclude(identifier__in=row.private_projects).delete()
    Access.objects.bulk_create(
        [Access(connector=row, identifier=identifier) for identifier in row.private_projects], ignore_conflicts=True
    )
    draft.production = row  # type: ignore[attr-defined]
    last = draft.releases.order_by("-number").first()
    Release.objects.create(
        draft=draft,
        number=last.number + 1 if last else 1,
        certified=certified,
        tag=row.repository_tag,
        commit=row.commit,
        tree=row.tree,
        content=row.content(),
        run=run,
        released_at=change.now,
        released_by=change.by.label[:256],
    )
    change.record("connector:published", details={"certified": certified, "version": row.version}, commit=row.commit)
    return row


def unlist(change: Change) -> None:
    """Remove a certified Connector from search and catalog; its own URLs still answer."""
    draft = change.draft
    if refusal := draft.refusal_of_unlist():
        raise refusal
    row = draft.published
    row.unlisted_at, row.version = change.now, row.version + 1
    save(row)


def list_again(change: Change) -> None:
    """Return an unlisted Connector to search and catalog as it was certified. Nothing is published again."""
    draft = change.draft
    if not draft.can_list_again():
        raise InvalidOperation("Only an unlisted Connector that is certified and unchanged can be listed again.")
    draft.list_again()
    draft.publishing_report = {"entries": [representation.report_entry(LISTED_AGAIN, now=change.now)]}
    row = draft.published
    row.unlisted_at, row.version = None, row.version + 1
    save(row)


def delete(draft: ConnectorStaged) -> None:
    """Delete the production Connector of a draft that is about to be deleted, with its releases."""
    if draft.published is None:
        return
    draft.releases.all().delete()
    Connector.objects.filter(pk=draft.pk).delete()


def save(row: Connector) -> None:
    """Store a production Connector with its derived data."""
    prepare(row)
    row.save()


def prepare(row: Connector) -> None:
    """Update the row's derived data: its document and its search index."""
    row.document = representation.document(representation.connector(row))
    row.words = search_index.join(*(field.words(row) for field in fields.found_by(Search.TEXT)))
