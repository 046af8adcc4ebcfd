"""Fill what the reads of the API rely on, and index what only PostgreSQL needs an index for.

Different on the two databases: PostgreSQL finds words by a GIN index over a tsvector, SQLite looks through the text of
the column. PostgreSQL keeps documents within the row, compressed by LZ4: they are read far more often than the rest.
The triggers are put in place after each migration (connectors.store.triggers), because SQLite loses them with a table.
"""

from uuid import uuid4

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from connectors.store import search_index, triggers

LZ4 = "SELECT 1 FROM pg_settings WHERE name = 'default_toast_compression' AND 'lz4' = ANY (enumvals)"


def fill(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    """Count the drafts and cut out the words of the Connectors that are there already."""
    triggers.count_anew(editor.connection)
    apps.get_model("connectors", "Edition").objects.update_or_create(id=1, defaults={"mark": uuid4()})
    for row in apps.get_model("connectors", "Connector").objects.only("name", "description").iterator():
        row.words = search_index.join(row.name, row.description)
        row.save(update_fields=["words"])


def drop(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    """Take the triggers away: the tables that they write are about to go."""
    triggers.remove(editor.connection)


def tune(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    """Index the words and say how documents are stored."""
    if editor.connection.vendor != "postgresql":
        return
    editor.execute(
        "CREATE INDEX connector_by_words ON connectors_connector USING gin (words) WHERE unlisted_at IS NULL"
    )
    with editor.connection.cursor() as cursor:
        cursor.execute(LZ4)
        compression = "LZ4" if cursor.fetchone() else "pglz"
    for table in ("connectors_connectorstaged", "connectors_connector"):
        editor.execute(
            f"ALTER TABLE {table} ALTER COLUMN document SET STORAGE MAIN,"
            f" ALTER COLUMN document SET COMPRESSION {compression}"
        )


def untune(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    """Drop the index."""
    if editor.connection.vendor == "postgresql":
        editor.execute("DROP INDEX connector_by_words")


class Migration(migrations.Migration):
    dependencies = [("connectors", "0003_reads")]

    operations = [migrations.RunPython(fill, drop), migrations.RunPython(tune, untune)]
