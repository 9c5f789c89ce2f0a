"""The last step of publishing: what is marked and committed is sent, or its marks are taken
back.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence

from celery import current_app

from jobs import events
from jobs.dispatch.brokers.broker import BROKER_ERRORS, broker_of
from jobs.dispatch.brokers.gate import BrokerUnavailable, gate
from jobs.dispatch.messages import message
from jobs.dispatch.messages.outgoing import Outgoing
from jobs.models import Run

logger = logging.getLogger(__name__)


def send_marked(batch: Sequence[Outgoing]) -> None:
    """Send the messages of runs whose marks are committed. Raises BrokerUnavailable, having taken
    the marks back.

    Part of a batch may be out all the same: the next mark makes those messages stale.
    """
    if not batch:
        return
    began_ns = time.time_ns()
    try:
        message.send_runs(broker_of(current_app), batch)
    except BROKER_ERRORS as error:
        gate.is_doubtful = True
        _unmark(batch)
        raise BrokerUnavailable(error) from error
    events.runs_published.send_robust(Run, runs=batch, began_ns=began_ns)
    if logger.isEnabledFor(logging.DEBUG):
        _log(batch)


def _unmark(batch: Sequence[Outgoing]) -> None:
    Run.objects.filter(pk__in=[run.id for run in batch]).unpublish()


def _log(batch: Sequence[Outgoing]) -> None:
    for run in batch:
        about = {
            "run_id": str(run.id),
            "job": run.job_name,
            "task": run.task,
            "attempt": run.attempt + 1,
        }
        logger.debug("run published", extra=about)
