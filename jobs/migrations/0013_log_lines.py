"""Number the lines of logs, so that any of them is found without reading what lies before it."""

from django.db import migrations, models

LINES = "length(text) - length(replace(text, chr(10), ''))"
NUMBER = """
UPDATE jobs_runlog SET first_line = counted.last - counted.lines + 1, last_line = counted.last FROM (
    SELECT id, {lines} AS lines, sum({lines}) OVER (PARTITION BY run_id, attempt ORDER BY seq) AS last FROM jobs_runlog
) AS counted WHERE counted.id = jobs_runlog.id
"""


def number(apps, schema_editor):
    lines = LINES if schema_editor.connection.vendor == "postgresql" else LINES.replace("chr(", "char(")
    schema_editor.execute(NUMBER.format(lines=lines))


class Migration(migrations.Migration):
    dependencies = [("jobs", "0012_idempotency")]

    operations = [
        migrations.AddField(
            "runlog",
            "first_line",
            models.PositiveIntegerField(default=1, help_text="The number of its first line."),
        ),
        migrations.AddField(
            "runlog",
            "last_line",
            models.PositiveIntegerField(default=1, help_text="The number of its last line."),
        ),
        migrations.RunPython(number, migrations.RunPython.noop),
    ]
