"""Count what is limited in a table of its own, which PostgreSQL does not log."""

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps


def leave_unlogged(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    """Let counting wait for no disk; after a crash the counters begin again."""
    if editor.connection.vendor == "postgresql":
        editor.execute("ALTER TABLE accounts_counter SET UNLOGGED")


class Migration(migrations.Migration):
    dependencies = [("accounts", "0008_security_events")]

    operations = [
        migrations.CreateModel(
            name="Counter",
            fields=[
                ("key", models.CharField(max_length=200, primary_key=True, serialize=False)),
                ("count", models.PositiveIntegerField()),
                ("ends_at", models.FloatField(db_index=True)),
            ],
        ),
        migrations.RunPython(leave_unlogged, migrations.RunPython.noop),
    ]
