"""Importing this fails, and says what to do, where the app is not installed."""

from __future__ import annotations

from importlib.util import find_spec

from django.apps import apps
from django.contrib import admin
from django.core.exceptions import ImproperlyConfigured

if not any(config.label == "beatwright" for config in apps.get_app_configs()):
    raise ImproperlyConfigured('beatwright.urls: Add "beatwright" to INSTALLED_APPS.')
if not (find_spec("unfold") and find_spec("rest_framework")):
    raise ImproperlyConfigured(
        'beatwright.urls: the console is not installed; pip install "beatwright[console]".'
    )


def default_admin() -> admin.AdminSite:
    """The project's own."""
    return admin.site
