"""django-celery-beat as its manual sets it up: ``celery -A beat_site beat``, or ``beat_site.py fill
N DUE``.
"""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime, timedelta

import django
from celery import Celery
from django.conf import settings

settings.configure(
    INSTALLED_APPS=["django.contrib.contenttypes", "django_celery_beat"],
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            "HOST": os.environ["PGHOST"],
            "USER": "postgres",
            "NAME": os.environ["PGDATABASE"],
            "CONN_MAX_AGE": None,
        }
    },
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    USE_TZ=True,
    TIME_ZONE="UTC",
)
django.setup()

app = Celery("peer", broker=os.environ["BROKER"])
app.conf.update(
    task_default_queue="default", beat_scheduler="django_celery_beat.schedulers:DatabaseScheduler"
)


@app.task(name="noop")
def noop() -> None:
    """Nothing: only its message counts."""


def fill(number: int, due: datetime) -> None:
    """So many jobs of one day's interval, all next due at ``due``."""
    from django.core.management import call_command  # noqa: PLC0415
    from django_celery_beat.models import IntervalSchedule, PeriodicTask, PeriodicTasks  # noqa: PLC0415

    call_command("migrate", verbosity=0)
    daily = IntervalSchedule.objects.create(every=1, period=IntervalSchedule.DAYS)
    last = due - timedelta(days=1)
    rows = [
        PeriodicTask(name=f"job-{n}", task="noop", interval=daily, last_run_at=last)
        for n in range(number)
    ]
    PeriodicTask.objects.bulk_create(rows, batch_size=1000)
    PeriodicTasks.update_changed()


if __name__ == "__main__":
    fill(int(sys.argv[2]), datetime.fromtimestamp(float(sys.argv[3]), UTC))
