from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.conf import settings
from django.test import override_settings


@pytest.fixture(autouse=True)
def here() -> Iterator[None]:
    """Servers of the tests may be reached, quickly given up, and tried again at once."""
    changed = {"http_allow_hosts": ["127.0.0.1"], "notice_send_seconds": 1}
    with override_settings(BEATWRIGHT=settings.BEATWRIGHT | changed):
        yield
