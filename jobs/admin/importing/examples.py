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
        "CRON_TZ=Europe/Berlin\n30 2 * * *  backup --all\n@hourly     cd /srv/app && ./hourly.sh",
    ),
    Example(
        "Celery's beat_schedule",
        "The Python it stands in: it is read, never run. Or the same as JSON.",
        'beat_schedule = {\n  "nightly": {\n    "task": "EchoTask",\n'
        '    "schedule": crontab(minute=30, hour=2),\n  },\n}',
    ),
    Example(
        "django-celery-beat",
        "What manage.py dumpdata django_celery_beat prints.",
        '[{"model": "django_celery_beat.periodictask",\n  "fields": {"name": "poll", "interval": 1, …}}, …]',
    ),
    Example(
        "schedule.json",
        "Our own form, as export_schedule writes it, or that of the older systems.",
        '{"jobs": [{\n  "name": "hello",\n  "task": "LogTask",\n  "params": {"message": "hello"},\n'
        '  "schedule": "*/5 * * * *"\n}]}',
    ),
)
