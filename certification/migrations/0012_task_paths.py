"""Let messages that wait in the queue find their tasks, which moved to packages by subject."""

from django.db import migrations

from database import task_paths


class Migration(migrations.Migration):

    dependencies = [
        ("certification", "0011_unsent_fields"),
        ("django_tasks_database", "0001_initial"),
    ]

    operations = [
        task_paths.moved(
            {
                "certification.looks.look": "certification.comparison.tag_fetches.look",
                "certification.notifications.mail.send_one": "certification.notifications.channels.mail.send_one",
                "certification.notifications.commit_status.post_status": "certification.notifications.channels.commit_status.post_status",
            }
        ),
    ]
