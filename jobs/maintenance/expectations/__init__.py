"""Whether occurrences were as their jobs expect: judged from the ledger, each once.

What enters is what is open (a deadline in the past, a run at work) or has just ended; what leaves
is a ``Miss`` beside the run. Alerts are made from those by ``maintenance.alerts``.
"""

from jobs.maintenance.expectations.ended import judge_ended, note_in_time
from jobs.maintenance.expectations.service import check_expectations

__all__ = ["check_expectations", "judge_ended", "note_in_time"]
