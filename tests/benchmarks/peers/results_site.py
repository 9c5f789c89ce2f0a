"""Celery with django-celery-results and -beat as their manuals set them up.

``celery -A results_site worker`` works, ``results_site.py fill N`` puts N tasks into the queue.
KEEPS is "starts and ends" (track_started), "ends", or "nothing".
"""

from __future__ import annotations

import os
import sys

import django
from celery import Celery
from django.conf import settings

settings.configure(
    INSTALLED_APPS=["django.contrib.contenttypes", "django_celery_beat", "django_celery_results"],
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
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "none")  # by it Celery knows that there is Django
django.setup()

KEEPS = os.environ["KEEPS"]
app = Celery("peer", broker=os.environ["BROKER"])
app.conf.update(
    task_default_queue="default",
    task_ignore_result=KEEPS == "nothing",
    task_track_started=KEEPS == "starts and ends",
    result_backend=None if KEEPS == "nothing" else "django-db",
    result_extended=True,
    worker_send_task_events=True,
    task_send_sent_event=True,
)


@app.task(name="noop")
def noop() -> None:
    """Nothing: only that it ran counts."""


def fill(number: int) -> None:
    from django.core.management import call_command  # noqa: PLC0415

    call_command("migrate", verbosity=0)
    for _ in range(number):
        noop.delay()


if __name__ == "__main__":
    fill(int(sys.argv[2]))
