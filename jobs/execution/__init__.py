"""The worker side.

A message enters, naming a queued run; what leaves is the run's outcome, logs and progress.

The rule: the database decides who may run what (a guarded update before the body starts), and who
may say how it ended (a guarded update after it). Tasks stay plain Celery tasks; this package wraps
them from outside.
"""
