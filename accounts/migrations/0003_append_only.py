"""Let the database itself refuse to change or delete an event, and make the table of the shared cache."""

from django.core.management import call_command
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

POSTGRESQL = (
    """
    CREATE FUNCTION accounts_event_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION 'events are append-only'; END $$
    """,
    """
    CREATE TRIGGER accounts_event_append_only BEFORE UPDATE OR DELETE ON accounts_event
    FOR EACH ROW EXECUTE FUNCTION accounts_event_is_append_only()
    """,
)
SQLITE = (
    """
    CREATE TRIGGER accounts_event_no_update BEFORE UPDATE ON accounts_event
    BEGIN SELECT RAISE(ABORT, 'events are append-only'); END
    """,
    """
    CREATE TRIGGER accounts_event_no_delete BEFORE DELETE ON accounts_event
    BEGIN SELECT RAISE(ABORT, 'events are append-only'); END
    """,
)
DROP = {
    "postgresql": (
        "DROP TRIGGER IF EXISTS accounts_event_append_only ON accounts_event",
        "DROP FUNCTION IF EXISTS accounts_event_is_append_only",
    ),
    "sqlite": (
        "DROP TRIGGER IF EXISTS accounts_event_no_update",
        "DROP TRIGGER IF EXISTS accounts_event_no_delete",
    ),
}


def create(apps: StateApps | None, editor: BaseDatabaseSchemaEditor) -> None:
    """Add the triggers of this database."""
    for statement in {"postgresql": POSTGRESQL, "sqlite": SQLITE}[editor.connection.vendor]:
        editor.execute(statement)


def drop(apps: StateApps | None, editor: BaseDatabaseSchemaEditor) -> None:
    """Remove them."""
    for statement in DROP[editor.connection.vendor]:
        editor.execute(statement)


def create_cache_table(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    """Make the table of the cache where the settings keep it in the database."""
    call_command("createcachetable", database=editor.connection.alias, verbosity=0)


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_api_client")]

    operations = [
        migrations.RunPython(create, drop),
        migrations.RunPython(create_cache_table, migrations.RunPython.noop),
    ]
