"""Plain Celery tasks, one topic per file; they know no Job and no Run.

The Celery app imports every module in here, so a file dropped here is registered without further
wiring. Modules whose name begins with an underscore are helpers and are only imported by those that
need them.
"""
