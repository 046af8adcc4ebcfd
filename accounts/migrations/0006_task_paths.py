"""Let messages that wait in the queue find their tasks, which moved to packages by subject."""

from django.db import migrations

from database import task_paths


class Migration(migrations.Migration):

    dependencies = [
        ("accounts", "0005_names"),
        ("django_tasks_database", "0001_initial"),
    ]

    operations = [
        task_paths.moved(
            {
                "accounts.invitations.deliver": "accounts.mail.invitation_mail.deliver",
                "accounts.letters.send_notice": "accounts.mail.account_mails.send_notice",
                "accounts.outbox.deliver": "accounts.mail.outbox.deliver",
            }
        ),
    ]
