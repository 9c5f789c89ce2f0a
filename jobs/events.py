"""What happened, for whoever listens (logs, metrics, notifications): nothing here is called, only sent.

Each is a Django signal sent with ``send_robust``, so that a listener cannot break what it listens to.
"""

from django.dispatch import Signal

run_claimed = Signal()  # run_id, job_id, attempt, worker
run_finished = Signal()  # run_id, job_id, attempt, state
