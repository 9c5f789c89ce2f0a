"""Rolling up: runs that are over are counted once, into what pages, the API and metrics read.

What enters: runs with ``finished_at`` that are not marked ``rolled_up``. What leaves: buckets,
days, totals and healths, written in the transaction that sets the mark. So nothing is counted twice
or lost, whenever a run's end was committed.
"""

from jobs.maintenance.rollups.changes import Changes
from jobs.maintenance.rollups.service import RollUps
from jobs.maintenance.rollups.trouble import Troubles

__all__ = ["Changes", "RollUps", "Troubles"]
