"""What models cannot say: the groups of the four roles, and the index that searches jobs.

Job search finds any part of name, task or tags: on PostgreSQL by a trigram index, if its extension may be made; on
SQLite by an index of just the columns that are searched, so that reading all of it is quick. A later migration that
alters beatwright_job has to make the latter again: Django rebuilds the table with the indexes of the model alone.
"""

from django.db import DatabaseError, migrations, transaction

from jobs.access.groups import grant

# As it is in this release; a later migration grants what comes later.
VIEWER = """
    beatwright.view_alert beatwright.view_auditentry beatwright.view_backfill beatwright.view_bulkoperation
    beatwright.view_job beatwright.view_jobstate beatwright.view_jobversion beatwright.view_leader beatwright.view_pool
    beatwright.view_queue beatwright.view_run beatwright.view_runlog beatwright.view_worker
    django_celery_beat.view_periodictask django_celery_beat.view_crontabschedule
    django_celery_beat.view_intervalschedule django_celery_beat.view_clockedschedule
    django_celery_beat.view_solarschedule
    django_celery_results.view_taskresult django_celery_results.view_groupresult
""".split()
OPERATOR = VIEWER + """
    beatwright.run_job beatwright.pause_job beatwright.cancel_run beatwright.rerun_run beatwright.requeue_dead
    beatwright.change_alert beatwright.pause_queue beatwright.add_apitoken
""".split()
EDITOR = OPERATOR + """
    beatwright.add_job beatwright.change_job beatwright.delete_job beatwright.import_job beatwright.backfill_job
    beatwright.manage_pool beatwright.use_secret beatwright.manage_secret
""".split()
ADMIN = EDITOR + """
    beatwright.control_worker beatwright.manage_token beatwright.view_secret beatwright.command_job
    beatwright.delete_run
    beatwright.view_restriction beatwright.add_restriction beatwright.change_restriction beatwright.delete_restriction
    auth.view_user auth.add_user auth.change_user auth.delete_user
    auth.view_group auth.add_group auth.change_group auth.delete_group
    django_celery_beat.add_periodictask django_celery_beat.change_periodictask django_celery_beat.delete_periodictask
    django_celery_beat.add_crontabschedule django_celery_beat.change_crontabschedule
    django_celery_beat.delete_crontabschedule
    django_celery_beat.add_intervalschedule django_celery_beat.change_intervalschedule
    django_celery_beat.delete_intervalschedule
    django_celery_beat.add_clockedschedule django_celery_beat.change_clockedschedule
    django_celery_beat.delete_clockedschedule
    django_celery_beat.add_solarschedule django_celery_beat.change_solarschedule
    django_celery_beat.delete_solarschedule
""".split()

COVERING = "CREATE INDEX job_search ON beatwright_job (name, task, tags, archived_at, id)"
TRIGRAMS = """
CREATE INDEX job_search ON beatwright_job USING gin (
    UPPER(name::text) gin_trgm_ops, UPPER(task::text) gin_trgm_ops, UPPER(tags::text) gin_trgm_ops
) WITH (fastupdate = off)
"""


def make_groups(apps, schema_editor):
    roles = {"viewer": VIEWER, "operator": OPERATOR, "editor": EDITOR, "admin": ADMIN}
    grant(apps, roles, using=schema_editor.connection.alias)


def create_search(apps, schema_editor):
    connection = schema_editor.connection
    if connection.vendor == "sqlite":
        schema_editor.execute(COVERING)
        return
    try:
        with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
            cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
            cursor.execute(TRIGRAMS)
    except DatabaseError:
        pass  # not allowed, or not installed: search reads every job then; docs/reference/console.md says how to mend it


def drop_search(apps, schema_editor):
    schema_editor.execute("DROP INDEX IF EXISTS job_search")


class Migration(migrations.Migration):
    dependencies = [
        ("beatwright", "0001_initial"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("django_celery_beat", "0019_alter_periodictasks_options"),
        ("django_celery_results", "0014_alter_taskresult_status"),
    ]

    operations = [
        migrations.RunPython(make_groups, migrations.RunPython.noop),
        migrations.RunPython(create_search, drop_search),
    ]
