"""The web entry point: ``gunicorn scheduler_site.wsgi``."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from typing import Any

from django.conf import settings
from django.core.wsgi import get_wsgi_application

from jobs.database import sessions
from jobs.database.deadlines import answer_within
from jobs.logs import stream
from jobs.private import keep_private

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "scheduler_site.settings")
keep_private()
_django: Callable[..., Iterable[bytes]] = get_wsgi_application()
# A database that takes a statement and never answers, or a reader of the log that does not read,
# must not take all threads of the server one after the other.
answer_within(60)
sessions.requests_are_answered_here()
stream.make_patient()


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Django, with URL_PREFIX taken off the address where the proxy has left it there."""
    path, prefix = environ.get("PATH_INFO", ""), settings.URL_PREFIX
    if prefix and f"{path}/".startswith(f"{prefix}/"):
        environ["PATH_INFO"] = path.removeprefix(prefix)
    return _django(environ, start_response)
