"""The Celery application: ``celery -A scheduler_site worker|beat|flower``."""

from __future__ import annotations

import os

from jobs.execution.app import JobsApp
from jobs.execution.bootsteps import install

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "scheduler_site.settings")

app = JobsApp("beatwright")
app.config_from_object("django.conf:settings", namespace="CELERY")
# The current app is kept per thread; without this, a web server's threads would see an empty one.
app.set_default()
app.autodiscover_tasks()
app.autodiscover_tasks(["tasks"], related_name="")
install(app)
