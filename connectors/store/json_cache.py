"""Read stored documents with plain statements.

Most requests of the API are these, and cost 1.4 to 1.7 times as much where the representation is made for each. A
document is a copy; `drafts.update` and `drafts.publishing` write it with its row, and a test compares all of them.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.db import connection

from connectors.models import Connector, ConnectorStaged
from connectors.store.sql_conditions import Selection
from database import statements

NEAR = 200
"""Up to this offset the rows before a page are read; beyond it, only the index."""

FEW = 2000
"""Up to this many rows are collected through another index and then sorted."""

DRAFTS = ConnectorStaged._meta.db_table
CONNECTORS = Connector._meta.db_table


def one(table: str, rows: Selection) -> str | None:
    """Return the document of the one row selected, or None."""
    found = statements.row(f"SELECT document FROM {table} WHERE {rows.sql}", rows.values)
    return found[0] if found else None


def page(
    table: str, rows: Selection, *, order: Sequence[str], limit: int, offset: int, gather: bool = False
) -> list[str]:
    """Return the documents of one page, in an order whose terms are columns, with DESC or not.

    `gather` means that an index finds few rows. PostgreSQL can only estimate how many, and would scan in sort order
    until it has found enough.
    """
    # Limit and offset are literals, because the plan depends on them: a prepared statement for every limit would sort
    # the Project's drafts instead of using their index.
    ordered = f"WHERE {rows.sql} ORDER BY {', '.join(order)} LIMIT {limit:d} OFFSET {offset:d}"
    if gather and connection.vendor == "postgresql":
        # OFFSET 0 separates the two steps: first all rows, then their order.
        gathered = f"(SELECT * FROM {table} WHERE {rows.sql} OFFSET 0) AS gathered"
        part = f"ORDER BY {', '.join(order)} LIMIT {limit:d} OFFSET {offset:d}"
        ordered = f"WHERE id IN (SELECT id FROM {gathered} {part}) ORDER BY {', '.join(order)}"
    elif offset > NEAR:
        ordered = f"WHERE id IN (SELECT id FROM {table} {ordered}) ORDER BY {', '.join(order)}"
    return [document for (document,) in statements.rows(f"SELECT document FROM {table} {ordered}", rows.values)]
