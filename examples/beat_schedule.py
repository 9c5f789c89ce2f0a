"""A beat_schedule as it stands in a Celery project's settings: it is read, not run."""

from datetime import timedelta

from celery.schedules import crontab

EVENING = 18

CELERY_BEAT_SCHEDULE = {
    "say-hello-every-30-seconds": {
        "task": "LogTask",
        "schedule": 30.0,
        "kwargs": {"message": "hello"},
    },
    "invoices-on-mondays": {
        "task": "InvoiceProcessor",
        "schedule": crontab(hour=7, minute=30, day_of_week="monday"),
        "args": ("weekly", ["Ireland", "Germany"]),
    },
    "birthdays": {
        "task": "BirthdayProcessor",
        "schedule": crontab(minute=0, hour=[8, EVENING]),
        "options": {"queue": "greetings"},
    },
    "clean-up": {"task": "EchoTask", "schedule": timedelta(minutes=15)},
}
