"""The simulated worlds bring their own database; the tests' own is not asked."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytest_django.plugin import DjangoDbBlocker

from scheduler_site.celery import app


@pytest.fixture(autouse=True)
def _own_database(django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    app.set_current()
    with django_db_blocker.unblock():
        yield
