"""The beat side: what is due becomes runs, runs become messages.

Any number of schedulers may do this at once.

Only one of them, the leader, also reconciles with the broker, watches the schedule files, ends
pauses that ran out and fires plain django-celery-beat rows.
"""

from jobs.scheduler.beat import JobScheduler

__all__ = ["JobScheduler"]
