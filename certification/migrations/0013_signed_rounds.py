"""That a second signature is missing follows from the approvals: the value that said it a second time goes."""

from django.db import migrations, models


def forget(apps, schema_editor):
    """Let rounds that waited for a second signature wait for a review, as they do."""
    apps.get_model("certification", "Round").objects.filter(awaits="second").update(awaits="review")


def remember(apps, schema_editor):
    """Mark the open rounds whose commit somebody signed and that wait for a review."""
    approvals = apps.get_model("certification", "Approval").objects.filter(
        round=models.OuterRef("pk"), commit=models.OuterRef("commit")
    )
    rounds = apps.get_model("certification", "Round").objects.filter(models.Exists(approvals), awaits="review")
    rounds.filter(decided_at=None).update(awaits="second")


class Migration(migrations.Migration):
    dependencies = [("certification", "0012_task_paths")]

    operations = [
        migrations.RunPython(forget, remember),
        migrations.AlterField(
            model_name="round",
            name="awaits",
            field=models.CharField(
                choices=[
                    ("review", "A review"),
                    ("answer", "An answer to a question"),
                    ("changes", "Requested changes"),
                    ("checks", "The checks of a new tag"),
                ],
                default="review",
                max_length=8,
            ),
        ),
    ]
