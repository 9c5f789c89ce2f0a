"""What can be handed in, one small example of each kind."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Example:
    title: str
    about: str
    text: str


EXAMPLES = (
    Example(
        "A crontab",
        "The output of crontab -l, /etc/crontab or a file from /etc/cron.d. Each line becomes "
        "a RunCommand job.",
        "CRON_TZ=Europe/Berlin\n30 2 * * *  backup --all\n@hourly     cd /srv/app && ./hourly.sh",
    ),
    Example(
        "Celery's beat_schedule",
        "The Python module that contains it, which is read but never run, or the same as JSON.",
        'beat_schedule = {\n  "nightly": {\n    "task": "EchoTask",\n'
        '    "schedule": crontab(minute=30, hour=2),\n  },\n}',
    ),
    Example(
        "django-celery-beat",
        "The output of manage.py dumpdata django_celery_beat.",
        '[{"model": "django_celery_beat.periodictask",\n  "fields": {"name": "poll", '
        '"interval": 1, …}}, …]',
    ),
    Example(
        "schedule.json",
        "The format that export_schedule writes, or one of the older systems’ formats.",
        '{"jobs": [{\n  "name": "hello",\n  "task": "LogTask",\n  "params": {"message": "hello"},\n'
        '  "schedule": "*/5 * * * *"\n}]}',
    ),
)
