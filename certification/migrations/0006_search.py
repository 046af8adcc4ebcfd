"""Index what the queue's search looks through: parts of name, key and tag, and the beginning of a commit.

PostgreSQL finds them by trigrams, where it has pg_trgm and we may create the extension; else, and on SQLite, the search
reads the rounds of the view, as before.
"""

from django.db import DatabaseError, migrations, transaction
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

INDEX = """
CREATE INDEX round_by_words ON certification_round USING gin (
  upper(name::text) gin_trgm_ops, upper(key::text) gin_trgm_ops, upper(tag::text) gin_trgm_ops,
  (commit::text) gin_trgm_ops
)
"""


def forwards(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    """Create the index where the database can."""
    if editor.connection.vendor != "postgresql":
        return
    try:
        with transaction.atomic(using=editor.connection.alias):
            editor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
            editor.execute(INDEX)
    except DatabaseError:
        print("\n  PostgreSQL gave no pg_trgm: a search in the queue reads all of its rounds.", end="")


def backwards(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    """Drop the index."""
    if editor.connection.vendor == "postgresql":
        editor.execute("DROP INDEX IF EXISTS round_by_words")


class Migration(migrations.Migration):
    dependencies = [("certification", "0005_looks"), ("connectors", "0006_unfinished_forms")]

    operations = [migrations.RunPython(forwards, backwards)]
