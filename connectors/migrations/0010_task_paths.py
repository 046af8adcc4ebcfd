"""Let messages that wait in the queue find their tasks, which moved to packages by subject."""

from django.db import migrations

from database import task_paths


class Migration(migrations.Migration):

    dependencies = [
        ("connectors", "0009_longer_project_identifiers"),
        ("django_tasks_database", "0001_initial"),
    ]

    operations = [
        task_paths.moved(
            {
                "connectors.validation.tasks.run_validation": "connectors.worker.tasks.run_validation",
                "connectors.runs.tasks.run_validation": "connectors.worker.tasks.run_validation",
            }
        ),
    ]
