from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("beatwright", "0010_messages_taken"),
    ]

    operations = [
        migrations.AlterField(
            model_name="bulkoperation",
            name="verb",
            field=models.CharField(
                choices=[('pause', 'Pause'), ('resume', 'Resume'), ('run', 'Run'), ('add_tag', 'Add Tag'), ('set_queue', 'Set Queue'), ('archive', 'Archive'), ('reschedule', 'Reschedule'), ('requeue', 'Requeue'), ('discard', 'Discard'), ('rerun', 'Rerun'), ('cancel', 'Cancel')],
                max_length=10,
            ),
        ),
    ]
