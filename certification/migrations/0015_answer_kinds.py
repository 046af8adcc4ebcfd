"""What reviewers can say is no list in the column any more: decisions register themselves."""

from django.db import migrations, models

import certification.choices


class Migration(migrations.Migration):
    dependencies = [("certification", "0014_spelling")]

    operations = [
        migrations.AlterField(
            model_name="answer",
            name="kind",
            field=models.CharField(choices=certification.choices.answer_kinds, max_length=32),
        ),
    ]
