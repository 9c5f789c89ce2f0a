"""Beatwright in a Django project: what the project imports. Everything else is internal.

    INSTALLED_APPS += ["beatwright"]              # settings.py
    beatwright.setup(app)                         # beside app = Celery(…)
    path("beatwright/", include("beatwright.urls"))   # urls.py

``settings.BEATWRIGHT`` may override any default; ``manage.py check`` says what is missing, and what
to do about it.
"""

from beatwright.celery_app import setup

__all__ = ["setup"]
