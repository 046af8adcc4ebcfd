"""Let a search find parts of words.

A tsvector knows beginnings of words only. The column becomes the text that it is on SQLite anyway, and PostgreSQL finds
parts of it by their trigrams. Where it has no pg_trgm, or we may not create the extension, the search reads through the
column as SQLite does: docs/operations.md says how to add the index later.
"""

from django.db import DatabaseError, migrations, models, transaction
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

INDEX = (
    "CREATE INDEX connector_by_words ON connectors_connector USING gin (words gin_trgm_ops) WHERE unlisted_at IS NULL"
)


def forwards(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    """Turn the column into text and index it."""
    if editor.connection.vendor != "postgresql":
        return
    editor.execute("DROP INDEX IF EXISTS connector_by_words")
    editor.execute(
        "ALTER TABLE connectors_connector ALTER COLUMN words TYPE text"
        " USING array_to_string(tsvector_to_array(words), ' ')"
    )
    try:
        with transaction.atomic(using=editor.connection.alias):
            editor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
            editor.execute(INDEX)
    except DatabaseError:
        print("\n  PostgreSQL gave no pg_trgm: searches read the whole catalogue.", end="")


def backwards(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    """Turn the column into a tsvector and index it; the extension stays, others may use it."""
    if editor.connection.vendor != "postgresql":
        return
    editor.execute("DROP INDEX IF EXISTS connector_by_words")
    editor.execute("ALTER TABLE connectors_connector ALTER COLUMN words TYPE tsvector USING words::tsvector")
    editor.execute(
        "CREATE INDEX connector_by_words ON connectors_connector USING gin (words) WHERE unlisted_at IS NULL"
    )


class Migration(migrations.Migration):
    dependencies = [("connectors", "0006_unfinished_forms")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunPython(forwards, backwards)],
            state_operations=[
                migrations.AlterField("connector", "words", models.TextField(default="", editable=False)),
            ],
        )
    ]
