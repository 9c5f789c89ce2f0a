"""The web entry point: ``gunicorn scheduler_site.wsgi``."""

import os

from django.core.wsgi import get_wsgi_application

from jobs import log_stream
from jobs.database.deadlines import answer_within

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "scheduler_site.settings")
application = get_wsgi_application()
# A database that takes a statement and never answers, or a reader of the log that does not read, must not take all
# threads of the server one after the other.
answer_within(60)
log_stream.install()
