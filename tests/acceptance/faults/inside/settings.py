"""The product's settings and one more app, whose tasks and patches the fault plan needs."""

from __future__ import annotations

from scheduler_site.settings import *  # noqa: F403 - all of them, as they are
from scheduler_site.settings import BEATWRIGHT as PRODUCT
from scheduler_site.settings import INSTALLED_APPS as PRODUCT_APPS

INSTALLED_APPS = [*PRODUCT_APPS, "tests.acceptance.faults.inside.apps.Inside"]
BEATWRIGHT = PRODUCT | {
    "task_modules": [*PRODUCT["task_modules"], "tests.acceptance.faults.inside.dirt"]
}
