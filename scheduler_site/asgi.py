"""The web entry point: ``uvicorn scheduler_site.asgi:application``."""

import os

from django.core.asgi import get_asgi_application

from jobs.database import sessions
from jobs.database.deadlines import answer_within
from jobs.logs import stream
from jobs.private import keep_private

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "scheduler_site.settings")
keep_private()
application = get_asgi_application()
# A database that takes a statement and never answers, or a reader of the log that does not read,
# must not take all threads of the server one after the other.
answer_within(60)
sessions.requests_are_answered_here()
stream.make_patient()
