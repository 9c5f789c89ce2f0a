"""The composition root: settings, URLs, the Celery app and the web entry points.

Nobody imports it.
"""

from scheduler_site.celery import app as celery_app

__all__ = ["celery_app"]
