"""Giving each open bulk operation its turn."""

from __future__ import annotations

import time
from collections import deque
from datetime import datetime

from jobs.isolation import by_itself
from jobs.maintenance.bulk.batch import work_off_a_batch
from jobs.models import BulkOperation
from jobs.models.bulk_operation import OPEN

LIMIT = 20
SECONDS = 1.0


class BulkOperations:
    """Works off a batch of each open operation in turn, the oldest first, for one second: other
    services wait.
    """

    def run_once(self, *, now: datetime) -> dict[str, int]:
        """Returns how many items were done, and how many failed."""
        until = time.monotonic() + SECONDS
        counts = {"bulk items done": 0, "bulk items failed": 0}
        queue = deque(
            BulkOperation.objects.filter(state__in=OPEN)
            .order_by("pk")
            .values_list("pk", flat=True)[:LIMIT]
        )
        while queue and time.monotonic() < until:
            worked_off = by_itself(
                queue.popleft(), lambda pk: work_off_a_batch(pk, now, until), what="bulk operation"
            )
            if not worked_off or (batch := worked_off[0]) is None:
                continue
            counts["bulk items done"] += batch.done
            counts["bulk items failed"] += len(batch.failures)
            if batch.has_more:
                queue.append(batch.operation.pk)
        return counts
