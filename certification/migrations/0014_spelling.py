"""Spell the texts that an installation starts with as the pages do; what somebody has changed stays as it is."""

from django.db import migrations, models

CRITERIA = {
    "licence": {
        "title": ("The licence is clear", "The license is clear"),
        "text": (
            "The repository has a licence file of a known licence, and what is copied from others may be.",
            "The repository has a file with a known license, and the licenses of copied code allow the copies.",
        ),
    },
    "function": {
        "text": (
            "The applications do what name and description promise, and nothing beside it that an operator would not "
            "expect.",
            "The applications do what the name and description promise, and nothing else that an operator would not "
            "expect.",
        ),
    },
}
ANSWER = (
    "Thank you for the careful work. The connector is certified and can be found in the catalogue now.",
    "Thank you for the careful work. The connector is certified and is now in the catalog.",
)
REASONS = [
    ("security", "Security"),
    ("function", "Does not do what it says"),
    ("quality", "Code quality or tests"),
    ("documentation", "Documentation or license"),
    ("contract", "connect.yaml or listing"),
    ("no-answer", "No answer in time"),
    ("other", "Other"),
]


def rewrite(apps, schema_editor):
    """Replace each text that is still the one of the first migration."""
    criterion, answer = (apps.get_model("certification", name) for name in ("Criterion", "PreparedAnswer"))
    for key, fields in CRITERIA.items():
        for field, (before, after) in fields.items():
            criterion.objects.filter(key=key, **{field: before}).update(**{field: after})
    answer.objects.filter(text=ANSWER[0]).update(text=ANSWER[1])


def reason_of(model):
    """Return the reason of a refusal with its new label; the stored ids stay."""
    field = models.CharField(blank=True, choices=REASONS, default="", max_length=16)
    return migrations.AlterField(model_name=model, name="reason", field=field)


class Migration(migrations.Migration):
    dependencies = [("certification", "0013_signed_rounds")]

    operations = [migrations.RunPython(rewrite, migrations.RunPython.noop), reason_of("answer"), reason_of("round")]
