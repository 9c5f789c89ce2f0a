"""Ending runs for workers that cannot do it themselves any more: they are gone, or seem so."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from celery import states
from django.db.models import QuerySet

from jobs.lifecycle.finish import finish_expired
from jobs.lifecycle.message import Message
from jobs.lifecycle.outcome import Ending, Outcome
from jobs.models import Loss, Run

logger = logging.getLogger(__name__)


def lost(error: str, loss: Loss) -> Outcome:
    """An attempt whose process is gone; ``error`` says it in words."""
    return Outcome(
        Ending.LOST,
        states.FAILURE,
        error=f"WorkerLostError: {error}",
        reason=str(loss.label),
        loss=loss,
    )


class Leased(NamedTuple):
    """A running run as it was found: its message, and the end of its lease."""

    run_id: UUID
    publish: int
    worker: str
    lease: datetime | None

    @property
    def message(self) -> Message:
        return Message(self.run_id, self.publish, self.worker)


def leased(runs: QuerySet[Run]) -> list[Leased]:
    """These running runs as they are now."""
    return [
        Leased(*row)
        for row in runs.values_list("id", "publish_count", "worker", "lease_expires_at")
    ]


def end_all(found: Iterable[Leased], outcome: Outcome) -> int:
    """Record ``outcome`` for each whose lease is still the one that was found; returns how many
    these were.
    """
    return sum(_end(one, outcome) for one in found)


def _end(one: Leased, outcome: Outcome) -> bool:
    state = finish_expired(one.message, outcome, lease=one.lease) if one.lease else None
    if state:
        facts = {"run_id": str(one.run_id), "state": state}
        logger.warning("run taken from %s: %s", one.worker, outcome.reason, extra=facts)
    return state is not None
