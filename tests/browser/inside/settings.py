"""The product's settings and one more app, whose tasks the browser tests watch."""

from __future__ import annotations

from scheduler_site.settings import *  # noqa: F403 - all of them, as they are
from scheduler_site.settings import INSTALLED_APPS as PRODUCT_APPS

INSTALLED_APPS = [*PRODUCT_APPS, "tests.browser.inside"]
