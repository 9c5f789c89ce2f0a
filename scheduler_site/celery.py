"""The Celery application: ``celery -A scheduler_site worker|beat|flower``."""

from __future__ import annotations

import os
from typing import Any

from celery.signals import import_modules

import tasks
from jobs import conf
from jobs.execution.app import JobsApp
from jobs.execution.consumer.bootsteps import add_steps
from jobs.params.task_modules import import_tasks
from jobs.private import keep_private

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "scheduler_site.settings")
keep_private()

app = JobsApp("beatwright")
app.config_from_object("django.conf:settings", namespace="CELERY")
# The current app is kept per thread; without this, a web server's threads would see an empty one.
app.set_default()
add_steps(app)


@import_modules.connect(sender=app, weak=False)
def _import_tasks(sender: JobsApp, **_: Any) -> None:
    """Ours and the operator's, instead of Celery's own search, which ends at the first module that
    fails.
    """
    import_tasks(sender, [tasks.__name__, *conf.get().task_modules])
