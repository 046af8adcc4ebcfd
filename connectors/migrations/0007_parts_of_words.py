"""Let a search find parts of words: keep the ends of each word beside it (connectors.store.search_index)."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from connectors.store import search_index

ENDS = """
UPDATE connectors_connector SET words = coalesce(
  (
    SELECT array_to_tsvector(array_agg(DISTINCT substr(word, begin)))
    FROM unnest(tsvector_to_array(words)) AS word, generate_series(1, length(word)) AS begin
  ),
  words
)
"""


def cut(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    """Write the column of every Connector that is there already."""
    if editor.connection.vendor == "postgresql":
        editor.execute(ENDS)
        return
    for row in apps.get_model("connectors", "Connector").objects.only("name", "description").iterator():
        row.words = search_index.join(row.name, row.description)
        row.save(update_fields=["words"])


class Migration(migrations.Migration):
    dependencies = [("connectors", "0006_unfinished_forms")]

    # Backwards there is nothing to do: the words are among their ends.
    operations = [migrations.RunPython(cut, migrations.RunPython.noop)]
