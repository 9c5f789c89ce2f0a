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
        "crontab -l, /etc/crontab or a file of /etc/cron.d. Each line becomes a RunCommand job.",
        "CRON_TZ=Europe/Berlin\n30 2 * * *  /usr/local/bin/backup --all\n@hourly     cd /srv/app && ./hourly.sh",
    ),
    Example(
        "Celery's beat_schedule",
        "The Python it stands in: it is read, never run. Or the same as JSON.",
        'beat_schedule = {\n    "nightly": {"task": "EchoTask",\n                "schedule": crontab(hour=2, minute=30)},\n}',
    ),
    Example(
        "django-celery-beat",
        "What manage.py dumpdata django_celery_beat prints.",
        '[{"model": "django_celery_beat.intervalschedule", "pk": 1,\n  "fields": {"every": 5, "period": "minutes"}},\n'
        ' {"model": "django_celery_beat.periodictask", "pk": 1,\n'
        '  "fields": {"name": "poll", "task": "EchoTask", "interval": 1}}]',
    ),
    Example(
        "schedule.json",
        "Our own form, as export_schedule writes it, or that of the older systems.",
        '{"jobs": [{"name": "hello", "task": "LogTask",\n           "params": {"message": "hello"},\n'
        '           "schedule": "*/5 * * * *"}]}',
    ),
)
