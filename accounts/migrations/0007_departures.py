"""Keep who left a Project; those who left before are taken from the event log."""

from datetime import timedelta

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


def take_over(apps, schema_editor):
    """Make a row of each departure in the event log, the last one of a person and a Project."""
    event, user = apps.get_model("accounts", "Event"), apps.get_model("accounts", "User")
    project, departure = apps.get_model("accounts", "Project"), apps.get_model("accounts", "Departure")
    left = event.objects.filter(name__in=("member:left", "member:removed")).order_by("id")
    people, projects = dict(user.objects.values_list("email", "pk")), dict(project.objects.values_list("key", "pk"))
    for key, details, at in left.values_list("project_key", "details", "at"):
        of, who = projects.get(key), people.get(details.get("member"))
        if of and who:
            bar = at + timedelta(days=settings.REVIEW_BAR_DAYS)
            departure.objects.update_or_create(
                project_id=of, user_id=who, defaults={"left_at": at, "barred_until": bar}
            )


class Migration(migrations.Migration):
    dependencies = [("accounts", "0006_task_paths")]

    operations = [
        migrations.CreateModel(
            name="Departure",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("left_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("barred_until", models.DateTimeField()),
                (
                    "project",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="departures",
                        to="accounts.project",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="departures",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["-left_at"],
                "constraints": [
                    models.UniqueConstraint(fields=("project", "user"), name="one_departure_per_project")
                ],
            },
        ),
        migrations.RunPython(take_over, migrations.RunPython.noop),
    ]
