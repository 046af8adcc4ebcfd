"""Keep when an invitation was mailed, and which addresses want no mail of any."""

from django.db import migrations, models
from django.db.models import F


def take_over(apps, schema_editor):
    """Count each invitation of the past as a mail: each was one."""
    apps.get_model("accounts", "Invitation").objects.update(mailed_at=F("created_at"))


class Migration(migrations.Migration):
    dependencies = [("accounts", "0009_counters")]

    operations = [
        migrations.CreateModel(
            name="InvitedAddress",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("address_hash", models.CharField(editable=False, max_length=64, unique=True)),
                ("refused_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={"ordering": ["id"], "verbose_name_plural": "invited addresses"},
        ),
        migrations.AddField(
            model_name="invitation", name="mailed_at", field=models.DateTimeField(blank=True, null=True)
        ),
        migrations.RunPython(take_over, migrations.RunPython.noop),
    ]
