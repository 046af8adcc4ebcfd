"""Database triggers that maintain the tallies of drafts and the edition of the catalog.

Triggers and not Python, because they cover every writer: the API, a bulk load, an operator's SQL. They are installed
after each `migrate`, because SQLite drops a table's triggers whenever Django rebuilds the table.
"""

from __future__ import annotations

from typing import Any

from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

KEY = "project_id, private, integration_mask"

POSTGRESQL = (
    # One statement for all rows of a bulk load, in key order, so that two of them cannot deadlock.
    f"""
    CREATE OR REPLACE FUNCTION connectors_tally_added() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      INSERT INTO connectors_tally ({KEY}, count)
      SELECT {KEY}, count(*) FROM added GROUP BY {KEY} ORDER BY {KEY}
      ON CONFLICT ({KEY}) DO UPDATE SET count = connectors_tally.count + excluded.count;
      RETURN NULL;
    END $$
    """,
    """
    CREATE OR REPLACE TRIGGER connectors_tally_added AFTER INSERT ON connectors_connectorstaged
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION connectors_tally_added()
    """,
    f"""
    CREATE OR REPLACE FUNCTION connectors_tally_removed() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      UPDATE connectors_tally SET count = count - 1
      WHERE ({KEY}) = (OLD.project_id, OLD.private, OLD.integration_mask);
      RETURN NULL;
    END $$
    """,
    """
    CREATE OR REPLACE TRIGGER connectors_tally_removed AFTER DELETE ON connectors_connectorstaged
    FOR EACH ROW EXECUTE FUNCTION connectors_tally_removed()
    """,
    f"""
    CREATE OR REPLACE FUNCTION connectors_tally_moved() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      INSERT INTO connectors_tally ({KEY}, count) VALUES (NEW.project_id, NEW.private, NEW.integration_mask, 0)
      ON CONFLICT DO NOTHING;
      PERFORM FROM connectors_tally
      WHERE ({KEY}) IN (
        (OLD.project_id, OLD.private, OLD.integration_mask), (NEW.project_id, NEW.private, NEW.integration_mask)
      )
      ORDER BY {KEY} FOR UPDATE;
      UPDATE connectors_tally SET count = count - 1
      WHERE ({KEY}) = (OLD.project_id, OLD.private, OLD.integration_mask);
      UPDATE connectors_tally SET count = count + 1
      WHERE ({KEY}) = (NEW.project_id, NEW.private, NEW.integration_mask);
      RETURN NULL;
    END $$
    """,
    """
    CREATE OR REPLACE TRIGGER connectors_tally_moved AFTER UPDATE ON connectors_connectorstaged
    FOR EACH ROW WHEN (
      (OLD.project_id, OLD.private, OLD.integration_mask)
      IS DISTINCT FROM (NEW.project_id, NEW.private, NEW.integration_mask)
    ) EXECUTE FUNCTION connectors_tally_moved()
    """,
    """
    CREATE OR REPLACE FUNCTION connectors_edition_changed() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      INSERT INTO connectors_edition (id, mark) VALUES (1, gen_random_uuid())
      ON CONFLICT (id) DO UPDATE SET mark = excluded.mark;
      RETURN NULL;
    END $$
    """,
    *(
        f"""
        CREATE OR REPLACE TRIGGER connectors_edition_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON {table}
        FOR EACH STATEMENT EXECUTE FUNCTION connectors_edition_changed()
        """
        for table in ("connectors_connector", "connectors_access")
    ),
)

SQLITE = {
    "connectors_tally_added": f"""
    AFTER INSERT ON connectors_connectorstaged BEGIN
      INSERT INTO connectors_tally ({KEY}, count) VALUES (NEW.project_id, NEW.private, NEW.integration_mask, 1)
      ON CONFLICT ({KEY}) DO UPDATE SET count = count + 1;
    END
    """,
    "connectors_tally_removed": f"""
    AFTER DELETE ON connectors_connectorstaged BEGIN
      UPDATE connectors_tally SET count = count - 1
      WHERE ({KEY}) = (OLD.project_id, OLD.private, OLD.integration_mask);
    END
    """,
    "connectors_tally_moved": f"""
    AFTER UPDATE ON connectors_connectorstaged
    WHEN (OLD.project_id, OLD.private, OLD.integration_mask)
      IS NOT (NEW.project_id, NEW.private, NEW.integration_mask) BEGIN
      UPDATE connectors_tally SET count = count - 1
      WHERE ({KEY}) = (OLD.project_id, OLD.private, OLD.integration_mask);
      INSERT INTO connectors_tally ({KEY}, count) VALUES (NEW.project_id, NEW.private, NEW.integration_mask, 1)
      ON CONFLICT ({KEY}) DO UPDATE SET count = count + 1;
    END
    """,
    **{
        f"{table}_{what}": f"""
        AFTER {what} ON {table} BEGIN
          INSERT INTO connectors_edition (id, mark) VALUES (1, lower(hex(randomblob(16))))
          ON CONFLICT (id) DO UPDATE SET mark = excluded.mark;
        END
        """
        for table in ("connectors_connector", "connectors_access")
        for what in ("insert", "update", "delete")
    },
}


def install(using: str, **_: Any) -> None:
    """Install the latest version of the triggers. Receiver of `post_migrate`."""
    connection = connections[using]
    if "connectors_edition" not in connection.introspection.table_names():
        return  # Migrated to an earlier state, without tallies.
    with transaction.atomic(using=using), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            for statement in POSTGRESQL:
                cursor.execute(statement)
        else:
            for name, body in SQLITE.items():
                cursor.execute(f"DROP TRIGGER IF EXISTS {name}")
                cursor.execute(f"CREATE TRIGGER {name} {body}")


def count_anew(connection: BaseDatabaseWrapper) -> int:
    """Rebuild every tally from the drafts, and return how many were wrong. Call within a transaction."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("LOCK TABLE connectors_connectorstaged IN SHARE MODE")
        cursor.execute(f"SELECT {KEY}, count FROM connectors_tally WHERE count <> 0")
        before = set(cursor.fetchall())
        cursor.execute(f"SELECT {KEY}, count(*) FROM connectors_connectorstaged GROUP BY {KEY}")
        after = set(cursor.fetchall())
        cursor.execute("DELETE FROM connectors_tally")
        cursor.executemany(
            f"INSERT INTO connectors_tally ({KEY}, count) VALUES (%s, %s, %s, %s)",
            sorted(after),
        )
    return len({row[:3] for row in before ^ after})


def remove(connection: BaseDatabaseWrapper) -> None:
    """Remove the triggers."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            for name in ("tally_added", "tally_removed", "tally_moved", "edition_changed"):
                cursor.execute(f"DROP FUNCTION IF EXISTS connectors_{name} CASCADE")
        else:
            for name in SQLITE:
                cursor.execute(f"DROP TRIGGER IF EXISTS {name}")
