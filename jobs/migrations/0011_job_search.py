"""Search for jobs by any part of name, task or tags.

On PostgreSQL a trigram index, if its extension may be made; on SQLite an index that holds just what is searched, so that
reading all of it is quick. A later migration that alters jobs_job has to make the latter anew: on SQLite, Django rebuilds
the table with the indexes of the model alone.
"""

from django.db import DatabaseError, migrations, models, transaction

COVERING = "CREATE INDEX job_search ON jobs_job (name, task, tags, archived_at, id)"
TRIGRAMS = """
CREATE INDEX job_search ON jobs_job USING gin (
    UPPER(name::text) gin_trgm_ops, UPPER(task::text) gin_trgm_ops, UPPER(tags::text) gin_trgm_ops
) WITH (fastupdate = off)
"""


def create(apps, schema_editor):
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


def drop(apps, schema_editor):
    schema_editor.execute("DROP INDEX IF EXISTS job_search")


class Migration(migrations.Migration):
    dependencies = [("jobs", "0010_import")]

    operations = [
        migrations.RunPython(create, drop),
        migrations.AddIndex("job", models.Index(fields=["owner"], name="job_owner")),
    ]
