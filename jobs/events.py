"""What happened, for whoever listens (logs, metrics, notifications): nothing here is called, only
sent.

Each is a Django signal sent with ``send_robust``, so that a listener cannot break what it listens
to.
"""

from django.dispatch import Signal

runs_planned = Signal()  # runs (Outgoing), began_ns: committed
runs_published = Signal()  # runs (Outgoing), began_ns: the broker has them
run_claimed = Signal()  # run_id, job_id, attempt, worker, began_ns
body_began = Signal()  # claim
body_ended = Signal()  # claim; the exception that ended it, if one did, is the one being handled
attempt_ended = Signal()  # run_id, attempt, state (the run's, which may be queued again), began_ns
run_finished = Signal()  # run_id, job_id, attempt, state
# A process waits for the database to answer again, and is about to ask once more.
database_awaited = Signal()
